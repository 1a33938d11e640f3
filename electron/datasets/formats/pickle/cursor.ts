import { UnusableFile } from '../source.ts';
import type { FileSlice } from '../trees/file-slice.ts';

const WINDOW_BYTES = 1 << 18;

/** Reads a file from its beginning to its end through a window; what is long is stepped over. */
export class Cursor {
  readonly slice: FileSlice;
  #window: Buffer = Buffer.alloc(0);
  #from = 0;
  #at = 0;

  constructor(slice: FileSlice) {
    this.slice = slice;
  }

  get position(): number {
    return this.#from + this.#at;
  }

  byte(): number {
    if (this.#at >= this.#window.length) this.#fill(1);
    return this.#window[this.#at++]!;
  }

  /** @param length at most the window's */
  take(length: number): Buffer {
    if (this.#at + length > this.#window.length) this.#fill(length);
    const bytes = this.#window.subarray(this.#at, this.#at + length);
    this.#at += length;
    return bytes;
  }

  /** Up to the next line feed, which is left out. */
  line(): string {
    const bytes: number[] = [];
    for (let byte = this.byte(); byte !== 10; byte = this.byte()) {
      if (bytes.length >= 4096) throw new UnusableFile('damaged: a line of a pickle without an end');
      bytes.push(byte);
    }
    return Buffer.from(bytes).toString('utf8');
  }

  skip(length: number): void {
    if (length > this.slice.length - this.position) throw new UnusableFile('cut short');
    if (this.#at + length <= this.#window.length) this.#at += length;
    else {
      this.#from = this.position + length;
      this.#window = Buffer.alloc(0);
      this.#at = 0;
    }
  }

  #fill(length: number): void {
    this.#from = this.position;
    this.#at = 0;
    this.#window = this.slice.readNow(this.#from, Math.max(length, WINDOW_BYTES));
    if (this.#window.length < length) throw new UnusableFile('cut short');
  }
}
