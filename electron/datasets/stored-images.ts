import * as fs from 'node:fs';
import { ExpectedError } from '../../shared/contract/errors.ts';
import type { Images, ImagesShape, SharedImages } from '../../shared/contract/dataset.ts';
import { imageBytes } from '../../shared/images.ts';

/** Of the images that are held in memory: one array of everything may be larger than the system allows. */
const PIECE_BYTES = 1 << 30;

interface Run {
  position: number;
  offset: number;
  length: number;
}

/**
 * The images of a stored split: the first `held` in memory, the others read from the file when they are wanted.
 * An epoch passes over all images in a random order, so it makes no difference to the number of reads which are
 * held; that they never change saves the bookkeeping.
 */
export class StoredImages implements Images {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly labels: Int32Array;
  readonly held: number;
  readonly #size: number;
  readonly #file: string;
  readonly #descriptor: number;
  readonly #pieces: Uint8Array[] = [];
  readonly #perPiece: number;
  /** The images of the last `prepare`, and where each lies. */
  #ready = new Uint8Array(0);
  readonly #places = new Map<number, number>();
  readonly #one: Uint8Array;
  #reading: Promise<void> = Promise.resolve();

  /** @param held images to hold; `load` reads them */
  constructor(file: string, shape: ImagesShape, held: number) {
    this.count = shape.count;
    this.height = shape.height;
    this.width = shape.width;
    this.channels = shape.channels;
    this.labels = shape.labels;
    this.held = Math.min(held, shape.count);
    this.#size = imageBytes(shape);
    this.#perPiece = Math.max(1, Math.floor(PIECE_BYTES / this.#size));
    this.#one = new Uint8Array(this.#size);
    this.#file = file;
    try {
      this.#descriptor = fs.openSync(file, 'r');
    } catch (error) {
      throw this.#damaged('it cannot be read', error);
    }
  }

  /** Reads what is to be held. @throws ExpectedError 'bad-input' naming the file */
  async load(): Promise<void> {
    for (let from = 0; from < this.held; from += this.#perPiece) {
      const count = Math.min(this.#perPiece, this.held - from);
      const piece = new Uint8Array(new SharedArrayBuffer(count * this.#size));
      await this.#read(piece, { position: from * this.#size, offset: 0, length: piece.length });
      this.#pieces.push(piece);
    }
  }

  image(index: number): Uint8Array {
    if (index < this.held) {
      const at = (index % this.#perPiece) * this.#size;
      return this.#pieces[Math.floor(index / this.#perPiece)]!.subarray(at, at + this.#size);
    }
    const place = this.#places.get(index);
    if (place !== undefined) return this.#ready.subarray(place, place + this.#size);
    return this.#readNow(index);
  }

  prepare(indices: Int32Array): Promise<void> {
    if (this.held === this.count) return this.#reading;
    const wanted = indices.filter((index) => index >= this.held).sort();
    const reading = this.#reading.catch(() => undefined).then(() => this.#readAll(wanted));
    // Whoever awaits it is told; a reader that has gone on to something else is not to be stopped by it.
    reading.catch(() => undefined);
    this.#reading = reading;
    return reading;
  }

  shared(): SharedImages | null {
    if (this.held < this.count) return null;
    const { count, height, width, channels, labels } = this;
    return { count, height, width, channels, labels, perPiece: this.#perPiece, pieces: this.#pieces };
  }

  /** Waits for reads under way and closes the file. */
  async close(): Promise<void> {
    await this.#reading.catch(() => undefined);
    fs.closeSync(this.#descriptor);
  }

  /** @param wanted rising; neighbours in the file are read at once */
  async #readAll(wanted: Int32Array): Promise<void> {
    this.#places.clear();
    if (this.#ready.length < wanted.length * this.#size)
      this.#ready = new Uint8Array(wanted.length * this.#size);
    const runs: Run[] = [];
    const places: [number, number][] = [];
    let end = 0;
    for (const [i, index] of wanted.entries()) {
      if (i > 0 && wanted[i - 1] === index) continue;
      const position = index * this.#size;
      const last = runs.at(-1);
      if (last && last.position + last.length === position) last.length += this.#size;
      else runs.push({ position, offset: end, length: this.#size });
      places.push([index, end]);
      end += this.#size;
    }
    await Promise.all(runs.map((run) => this.#read(this.#ready, run)));
    for (const [index, place] of places) this.#places.set(index, place);
  }

  #read(into: Uint8Array, { position, offset, length }: Run): Promise<void> {
    // One call reads at most 2 GiB, and may read less than it was asked for.
    return new Promise((resolve, reject) => {
      fs.read(this.#descriptor, into, offset, Math.min(length, 1 << 30), position, (error, got) => {
        if (error) reject(this.#damaged('it cannot be read', error));
        else if (got === 0) reject(this.#damaged('it ends too early'));
        else if (got === length) resolve();
        else {
          const rest = { position: position + got, offset: offset + got, length: length - got };
          this.#read(into, rest).then(resolve, reject);
        }
      });
    });
  }

  #readNow(index: number): Uint8Array {
    let got = 0;
    while (got < this.#size) {
      let more: number;
      try {
        more = fs.readSync(this.#descriptor, this.#one, got, this.#size - got, index * this.#size + got);
      } catch (error) {
        throw this.#damaged('it cannot be read', error);
      }
      if (more === 0) throw this.#damaged('it ends too early');
      got += more;
    }
    return this.#one;
  }

  #damaged(reason: string, cause?: unknown): ExpectedError {
    const message = `The stored data set is damaged: ${this.#file}: ${reason}.`;
    return new ExpectedError('bad-input', message, 'Import it again.', { cause });
  }
}
