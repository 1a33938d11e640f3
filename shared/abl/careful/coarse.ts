import type { Images } from '../../contract/dataset.ts';

/** A part of every image, in pixels. */
export interface Region {
  top: number;
  left: number;
  height: number;
  width: number;
}

/**
 * A region of every image, averaged over square blocks until it has at most `most` values, so that covariances
 * between all of them can be had. Shapes finer than a block are lost, their mean colour is not.
 */
export class CoarseImages {
  /** Values of one image. */
  readonly size: number;
  readonly #data: Images;
  readonly #region: Region;
  readonly #block: number;

  constructor(data: Images, region: Region, most: number) {
    const valuesFor = (block: number) =>
      Math.ceil(region.height / block) * Math.ceil(region.width / block) * data.channels;
    let block = 1;
    while (valuesFor(block) > most) block++;
    this.size = valuesFor(block);
    this.#data = data;
    this.#region = region;
    this.#block = block;
  }

  /** Writes the image's values, 0..1, to `into`, `stride` apart from `at` on. */
  read(index: number, into: Float32Array | Float64Array, at = 0, stride = 1): void {
    const { width, channels } = this.#data;
    const { top: first, left: start } = this.#region;
    const [below, end] = [first + this.#region.height, start + this.#region.width];
    const block = this.#block;
    const image = this.#data.image(index);
    let to = at;
    for (let top = first; top < below; top += block) {
      const bottom = Math.min(below, top + block);
      for (let left = start; left < end; left += block) {
        const right = Math.min(end, left + block);
        const scale = 1 / (255 * (bottom - top) * (right - left));
        for (let channel = 0; channel < channels; channel++) {
          let sum = 0;
          for (let y = top; y < bottom; y++) {
            for (let x = left; x < right; x++) sum += image[(y * width + x) * channels + channel]!;
          }
          into[to] = sum * scale;
          to += stride;
        }
      }
    }
  }

  /** These images one after another; read in the order of the data set. */
  table(indices: Int32Array): Table {
    const values = new Float32Array(indices.length * this.size);
    const rows = Int32Array.from(indices.keys()).sort((a, b) => indices[a]! - indices[b]!);
    for (const row of rows) this.read(indices[row]!, values, row * this.size);
    return new Table(values, this.size);
  }
}

/** Images as rows of values. */
export class Table {
  readonly size: number;
  readonly #values: Float32Array;

  constructor(values: Float32Array, size: number) {
    this.#values = values;
    this.size = size;
  }

  get rows(): number {
    return this.#values.length / this.size;
  }

  /** The mean of these rows. */
  mean(rows: Int32Array): Float64Array {
    const { size } = this;
    const sum = new Float64Array(size);
    for (const row of rows) {
      for (let p = 0, at = row * size; p < size; p++, at++) sum[p]! += this.#values[at]!;
    }
    return sum.map((value) => value / rows.length);
  }

  /** The projection of each of these rows on a direction. */
  project(rows: Int32Array, direction: Float64Array): Float64Array {
    const { size } = this;
    return Float64Array.from(rows, (row) => {
      let sum = 0;
      for (let p = 0, at = row * size; p < size; p++, at++) sum += this.#values[at]! * direction[p]!;
      return sum;
    });
  }
}

/** Images of a batch; small enough that a batch of coarse images stays in a processor's cache. */
const BATCH = 128;
/** Rows and columns of sums that are made at once: each value read is used several times. */
const [TILE_ROWS, TILE_COLUMNS] = [2, 4];

/** Sums of products of coarse images' deviations, i.e. a covariance in the making. */
export class Scatter {
  readonly size: number;
  /** size x size, lower triangle. */
  readonly sums: Float64Array;
  count = 0;
  readonly #images: CoarseImages;
  /** Value by value, so that the innermost loop runs along memory; doubles, which need no conversion. */
  readonly #batch: Float64Array;

  constructor(images: CoarseImages) {
    this.size = images.size;
    this.sums = new Float64Array(this.size * this.size);
    this.#images = images;
    // Tiles at the edge read values that are not there: zeros.
    this.#batch = new Float64Array((this.size + TILE_COLUMNS) * BATCH);
  }

  /** Adds the images' deviations from `mean`. */
  add(indices: Int32Array, mean: Float64Array): void {
    const { size } = this;
    const batch = this.#batch;
    for (let from = 0; from < indices.length; from += BATCH) {
      batch.fill(0);
      const part = indices.subarray(from, from + BATCH);
      part.forEach((index, i) => this.#images.read(index, batch, i, BATCH));
      for (let p = 0; p < size; p++) {
        const centre = mean[p]!;
        for (let at = p * BATCH, end = at + part.length; at < end; at++) batch[at]! -= centre;
      }
      for (let row = 0; row < size; row += TILE_ROWS) {
        for (let column = 0; column < row + TILE_ROWS; column += TILE_COLUMNS) this.#addTile(row, column);
      }
    }
    this.count += indices.length;
  }

  /** Mean variance of a value. */
  meanVariance(): number {
    let trace = 0;
    for (let i = 0; i < this.size; i++) trace += this.sums[i * this.size + i]!;
    return trace / this.size / this.count;
  }

  #addTile(row: number, column: number): void {
    const batch = this.#batch;
    const [a, b] = [row * BATCH, (row + 1) * BATCH];
    const c = column * BATCH;
    let [a0, a1, a2, a3, b0, b1, b2, b3] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (let k = 0; k < BATCH; k++) {
      const x = batch[a + k]!;
      const y = batch[b + k]!;
      const c0 = batch[c + k]!;
      const c1 = batch[c + BATCH + k]!;
      const c2 = batch[c + 2 * BATCH + k]!;
      const c3 = batch[c + 3 * BATCH + k]!;
      a0 += x * c0;
      a1 += x * c1;
      a2 += x * c2;
      a3 += x * c3;
      b0 += y * c0;
      b1 += y * c1;
      b2 += y * c2;
      b3 += y * c3;
    }
    this.#addRow(row, column, a0, a1, a2, a3);
    this.#addRow(row + 1, column, b0, b1, b2, b3);
  }

  /** Adds what lies in the lower triangle. */
  #addRow(row: number, column: number, ...values: number[]): void {
    if (row >= this.size) return;
    const at = row * this.size + column;
    for (let i = 0; i < values.length && column + i <= row; i++) this.sums[at + i]! += values[i]!;
  }
}
