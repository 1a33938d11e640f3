import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { systemCode } from '../storage-errors.ts';
import { MAX_PACKED_BYTES } from './packed.ts';

const UINT8 = 8;
const LONGEST_HEADER = 4 + 4 * 4;

export interface IdxArray {
  shape: number[];
  data: Uint8Array;
}

/** Whether the first bytes are those of an IDX array of bytes (2 zeros, type 8, 1 to 4 dimensions). */
export function isIdxHead(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && bytes[1] === 0 && bytes[2] === UINT8 && bytes[3]! >= 1 && bytes[3]! <= 4;
}

/**
 * Reads an IDX array of bytes, packed with gzip or not. No more is read or unpacked than the header announces:
 * a small file can unpack to any length.
 * @throws ExpectedError 'bad-input' naming the file and what is wrong with it
 */
export async function readIdx(file: string): Promise<IdxArray> {
  const array = new ArrayReader(file);
  const fill = async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) array.add(chunk);
  };
  try {
    if (await isGzip(file)) await pipeline(createReadStream(file), createGunzip(), fill);
    else await pipeline(createReadStream(file), fill);
  } catch (error) {
    if (error instanceof ExpectedError) throw error;
    const code = systemCode(error);
    const unpacking = code?.startsWith('Z_') || code?.startsWith('ERR_');
    const reason = unpacking ? 'unpacked: it is damaged or cut short' : `read (${code ?? String(error)})`;
    throw new ExpectedError('bad-input', `${file} cannot be ${reason}.`, undefined, { cause: error });
  }
  return array.finish();
}

/** Takes the bytes of a file as they come, and refuses them as soon as they are known to be wrong. */
class ArrayReader {
  readonly #file: string;
  #head: Buffer = Buffer.alloc(0);
  #shape: number[] | null = null;
  #data: Buffer = Buffer.alloc(0);
  #length = 0;

  constructor(file: string) {
    this.#file = file;
  }

  add(chunk: Buffer): void {
    if (this.#shape) {
      this.#append(chunk);
      return;
    }
    this.#head = Buffer.concat([this.#head, chunk]);
    const size = this.#head.length >= 4 ? this.#headerSize() : LONGEST_HEADER;
    if (this.#head.length < size) return;
    this.#shape = Array.from({ length: size / 4 - 1 }, (_, i) => this.#head.readUInt32BE(4 + 4 * i));
    const announced = this.#shape.reduce((product, n) => product * n, 1);
    if (announced > MAX_PACKED_BYTES) {
      throw this.#refusal(`announces ${Math.round(announced / 1e6)} MB of data (limit 2,000 MB)`);
    }
    this.#data = Buffer.allocUnsafeSlow(announced);
    this.#append(this.#head.subarray(size));
  }

  finish(): IdxArray {
    if (!this.#shape) {
      if (this.#head.length >= 4) this.#headerSize();
      throw this.#refusal('is cut short: its header is incomplete');
    }
    if (this.#length < this.#data.length) {
      throw this.#refusal(
        `is cut short: it has ${this.#length} bytes of data instead of ${this.#data.length}`,
      );
    }
    return { shape: this.#shape, data: this.#data };
  }

  #headerSize(): number {
    if (!isIdxHead(this.#head)) throw this.#refusal('has not the header of an IDX file of bytes');
    return 4 + 4 * this.#head[3]!;
  }

  #append(chunk: Buffer): void {
    if (this.#length + chunk.length > this.#data.length) {
      throw this.#refusal(`holds more than the ${this.#data.length} bytes its header announces`);
    }
    chunk.copy(this.#data, this.#length);
    this.#length += chunk.length;
  }

  #refusal(what: string): ExpectedError {
    return new ExpectedError('bad-input', `${this.#file} ${what}.`);
  }
}

async function isGzip(file: string): Promise<boolean> {
  for await (const chunk of createReadStream(file, { end: 1 }) as AsyncIterable<Buffer>) {
    return chunk[0] === 0x1f && chunk[1] === 0x8b;
  }
  return false;
}
