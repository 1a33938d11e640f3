import { UnusableFile, type Size } from './source.ts';

interface NetpbmHeader extends Size {
  /** 2, 3: text; 5, 6: binary. */
  variant: number;
  channels: 1 | 3;
  maximum: number;
  /** Offset of the first sample. */
  start: number;
}

const SPACE = new Set([9, 10, 11, 12, 13, 32]);

/** Whether the bytes begin as a PGM or PPM file (P2, P3, P5, P6). */
export function isNetpbm(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && [0x32, 0x33, 0x35, 0x36].includes(bytes[1] ?? 0) && SPACE.has(bytes[2] ?? 0);
}

/** Reads the header of a PGM or PPM file. @throws UnusableFile */
export function netpbmHeader(bytes: Uint8Array): NetpbmHeader {
  const variant = bytes[1]! - 0x30;
  const reader = new Tokens(bytes, 2);
  const width = reader.integer('width');
  const height = reader.integer('height');
  const maximum = reader.integer('maximum value');
  if (width < 1 || height < 1) throw new UnusableFile('damaged: its header gives no size');
  if (maximum < 1 || maximum > 65535) throw new UnusableFile(`damaged: maximum value ${maximum}`);
  const channels = variant === 3 || variant === 6 ? 3 : 1;
  return { variant, channels, width, height, maximum, start: reader.position + 1 };
}

/**
 * Decodes a PGM or PPM image (P2, P3, P5, P6; 8 or 16 bits a sample) to 8 bits:
 * round(255 * sample / maximum). Only the first image of a file that holds several is read.
 * @throws UnusableFile when the file is cut short or damaged
 */
export function decodeNetpbm(bytes: Uint8Array): Size & { channels: 1 | 3; data: Uint8Array } {
  const header = netpbmHeader(bytes);
  const { width, height, channels, maximum } = header;
  const count = width * height * channels;
  const samples =
    header.variant < 4 ? textSamples(bytes, header, count) : binarySamples(bytes, header, count);
  const data = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const sample = samples(i);
    if (sample > maximum) throw new UnusableFile(`damaged: a sample of ${sample} exceeds ${maximum}`);
    data[i] = maximum === 255 ? sample : Math.round((sample * 255) / maximum);
  }
  return { width, height, channels, data };
}

function textSamples(bytes: Uint8Array, header: NetpbmHeader, count: number): (i: number) => number {
  // Each sample takes at least a digit and a space: refuses sizes that the file cannot hold.
  if (bytes.length - header.start < 2 * count - 1) throw new UnusableFile('cut short');
  const reader = new Tokens(bytes, header.start - 1);
  return () => reader.integer('sample');
}

function binarySamples(bytes: Uint8Array, header: NetpbmHeader, count: number): (i: number) => number {
  const { start } = header;
  const wide = header.maximum > 255;
  if (bytes.length - start < count * (wide ? 2 : 1)) throw new UnusableFile('cut short');
  return wide ? (i) => bytes[start + 2 * i]! * 256 + bytes[start + 2 * i + 1]! : (i) => bytes[start + i]!;
}

/** Decimal numbers between white space and comments ('#' to the end of the line). */
class Tokens {
  readonly #bytes: Uint8Array;
  position: number;

  constructor(bytes: Uint8Array, position: number) {
    this.#bytes = bytes;
    this.position = position;
  }

  integer(what: string): number {
    this.#skipSpace();
    let value = 0;
    const from = this.position;
    for (;;) {
      const digit = (this.#bytes[this.position] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      if (value > 0x7fffffff) throw new UnusableFile(`damaged: ${what} too large`);
      this.position++;
    }
    if (this.position === from) {
      throw new UnusableFile(
        from >= this.#bytes.length ? 'cut short' : `damaged: no ${what} where one belongs`,
      );
    }
    return value;
  }

  #skipSpace(): void {
    for (;;) {
      const byte = this.#bytes[this.position];
      if (byte === 0x23) {
        while (this.position < this.#bytes.length && this.#bytes[this.position] !== 10) this.position++;
      } else if (byte !== undefined && SPACE.has(byte)) this.position++;
      else return;
    }
  }
}
