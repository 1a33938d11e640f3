import type { FileSlice } from './trees/file-slice.ts';

const CHUNK_BYTES = 1 << 20;
const CHUNKS_KEPT = 3;

/** Records of one length, one after the other in a file. Reads ahead where they are asked for in their order. */
export class Rows {
  readonly count: number;
  readonly bytes: number;
  readonly #slice: FileSlice;
  readonly #offset: number;
  readonly #perChunk: number;
  readonly #chunks = new Map<number, Promise<Buffer>>();
  #last = -1;

  /** @param offset where the first begins. @throws UnusableFile when the file ends before the last */
  constructor(slice: FileSlice, offset: number, bytes: number, count: number) {
    this.#slice = slice.part(slice.name, 0, offset + bytes * count);
    this.#offset = offset;
    this.bytes = bytes;
    this.count = count;
    this.#perChunk = Math.max(1, Math.floor(CHUNK_BYTES / Math.max(1, bytes)));
  }

  async read(index: number): Promise<Uint8Array> {
    const follows = index === this.#last + 1;
    this.#last = index;
    const chunk = Math.floor(index / this.#perChunk);
    if (!follows && !this.#chunks.has(chunk)) {
      return this.#slice.read(this.#offset + index * this.bytes, this.bytes);
    }
    const at = (index - chunk * this.#perChunk) * this.bytes;
    return (await this.#chunk(chunk)).subarray(at, at + this.bytes);
  }

  #chunk(chunk: number): Promise<Buffer> {
    const known = this.#chunks.get(chunk);
    if (known) return known;
    const from = chunk * this.#perChunk;
    const count = Math.min(this.#perChunk, this.count - from);
    const reading = this.#slice.read(this.#offset + from * this.bytes, count * this.bytes);
    this.#chunks.set(chunk, reading);
    for (const oldest of [...this.#chunks.keys()].slice(0, -CHUNKS_KEPT)) this.#chunks.delete(oldest);
    return reading;
  }
}
