import { Rows } from '../rows.ts';
import { UnusableFile } from '../source.ts';
import { FileSlice } from '../trees/file-slice.ts';
import { type Scratch, writeAll } from '../trees/scratch.ts';
import { type Layout, layoutOf } from './axes.ts';
import { numbersIn, type NumberType } from './number-type.ts';
import type { StoredArray } from './stored-array.ts';

/** Bytes that are turned round at once where the images do not lie one after the other. */
const BLOCK_BYTES = 64 << 20;
const CHUNK_BYTES = 4 << 20;
/** Rounding errors of whoever scaled the numbers. */
const TOLERANCE = 1e-3;

/** Numbers of an array, smallest and largest. */
export interface Span {
  low: number;
  high: number;
}

/** Images in an array, read one by one. */
export class ArrayImages {
  readonly layout: Layout;
  readonly type: NumberType;
  readonly #rows: Rows;
  readonly #steps: { h: number; w: number; c: number };
  #toByte: ((value: number) => number) | null = null;

  private constructor(
    layout: Layout,
    type: NumberType,
    rows: Rows,
    steps: { h: number; w: number; c: number },
  ) {
    this.layout = layout;
    this.type = type;
    this.#rows = rows;
    this.#steps = steps;
  }

  /**
   * @param scratch where an array is laid turned round in which each image is scattered over the whole file
   * @throws UnusableFile when it holds no images in that order of axes
   */
  static async open(array: StoredArray, axes: string, scratch: Scratch): Promise<ArrayImages> {
    const { type, slice, offset } = array;
    if (type.kind === 'text') throw new UnusableFile('it holds texts, not images');
    const layout = layoutOf(array.shape, array.strides, axes);
    const { count, height, width, channels, steps } = layout;
    const length = height * width * channels;
    const together = steps.n === length || count <= 1;
    if (together) {
      const rows = new Rows(slice, offset, length * type.bytes, count);
      return new ArrayImages(layout, type, rows, steps);
    }
    const turned = await turnRound(slice, offset, type, layout, scratch);
    const rows = new Rows(turned, 0, length * type.bytes, count);
    return new ArrayImages(layout, type, rows, { h: width * channels, w: channels, c: 1 });
  }

  /** Whether its numbers are bytes as they are. */
  get bytes(): boolean {
    return this.type.bytes === 1 && this.type.kind === 'unsigned';
  }

  /** Its smallest and largest number: all of them are read. @throws UnusableFile for what is no number */
  async span(scratch: Scratch): Promise<Span> {
    let low = Infinity;
    let high = -Infinity;
    const perChunk = Math.max(1, Math.floor(CHUNK_BYTES / this.#rows.bytes));
    for (let from = 0; from < this.#rows.count; from += perChunk) {
      scratch.throwIfCancelled();
      for (let i = from; i < Math.min(this.#rows.count, from + perChunk); i++) {
        const numbers = numbersIn(await this.#rows.read(i), this.type);
        for (const value of numbers) {
          if (value < low) low = value;
          if (value > high) high = value;
          if (value !== value) throw new UnusableFile(`image ${i} holds values that are no numbers (NaN)`);
        }
      }
    }
    return { low, high };
  }

  /** Decides how numbers become bytes. @param toByte null = they are bytes */
  scale(toByte: ((value: number) => number) | null): void {
    this.#toByte = toByte;
  }

  /** height x width x channels bytes of an image. */
  async read(index: number): Promise<Uint8Array> {
    const { height, width, channels } = this.layout;
    const { h, w, c } = this.#steps;
    const numbers = numbersIn(await this.#rows.read(index), this.type);
    const plain = c <= 1 && w === channels && h === width * channels;
    const toByte = this.#toByte;
    if (plain && !toByte) return numbers as Uint8Array;
    const pixels = new Uint8Array(height * width * channels);
    let to = 0;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let k = 0; k < channels; k++) {
          const value = numbers[y * h + x * w + k * c]!;
          pixels[to++] = toByte ? toByte(value) : value;
        }
      }
    }
    return pixels;
  }
}

/**
 * How numbers become bytes 0..255, by their span: bytes stay, 16 bits keep the high byte, 0..1 and -1..1 are
 * stretched. @throws UnusableFile when they are something else, such as normalised by a mean that nobody knows
 */
export function byteScale(kinds: NumberType[], { low, high }: Span): ((value: number) => number) | null {
  const clamp = (value: number) => Math.max(0, Math.min(255, Math.round(value)));
  if (kinds.every(({ kind }) => kind === 'bool')) return (value) => (value ? 255 : 0);
  const float = kinds.some(({ kind }) => kind === 'float');
  if (float && low >= -TOLERANCE && high <= 1 + TOLERANCE) return (value) => clamp(value * 255);
  if (low >= -TOLERANCE && high <= 255 + TOLERANCE) {
    return kinds.every(({ kind, bytes }) => kind === 'unsigned' && bytes === 1) ? null : clamp;
  }
  if (!float && low >= 0 && high <= 65535) return (value) => value >> 8;
  if (float && low >= -1 - TOLERANCE && high <= 1 + TOLERANCE) return (value) => clamp((value + 1) * 127.5);
  throw new UnusableFile(
    `its values reach from ${short(low)} to ${short(high)}: pixels are expected as 0 to 255, 0 to 65535, 0 to 1 or -1 to 1`,
  );
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** Writes images that are scattered over a file (Fortran order, N last) one after the other, channels last. */
async function turnRound(
  slice: FileSlice,
  offset: number,
  type: NumberType,
  { count, height, width, channels, steps }: Layout,
  scratch: Scratch,
): Promise<FileSlice> {
  if (steps.n !== 1) {
    throw new UnusableFile(
      'its axes lie in an order that is not supported: save it with the images as first axis',
    );
  }
  const length = height * width * channels;
  const perBlock = Math.max(1, Math.floor(BLOCK_BYTES / (length * type.bytes)));
  const { path, handle } = await scratch.create();
  try {
    for (let from = 0; from < count; from += perBlock) {
      const images = Math.min(perBlock, count - from);
      const block = new Uint8Array(images * length * type.bytes);
      let element = 0;
      for (let y = 0; y < height; y++) {
        scratch.throwIfCancelled();
        for (let x = 0; x < width; x++) {
          for (let k = 0; k < channels; k++) {
            const at = offset + (y * steps.h + x * steps.w + k * steps.c + from) * type.bytes;
            const run = slice.readNow(at, images * type.bytes);
            for (let i = 0; i < images; i++) {
              const to = (i * length + element) * type.bytes;
              for (let b = 0; b < type.bytes; b++) block[to + b] = run[i * type.bytes + b]!;
            }
            element++;
          }
        }
      }
      await writeAll(handle, block);
    }
  } finally {
    await handle.close();
  }
  return FileSlice.open(path, scratch, slice.name);
}
