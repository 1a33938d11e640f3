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
  read(index: number, into: Float32Array, at = 0, stride = 1): void {
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
const BATCH = 256;

/** Sums of products of coarse images' deviations, i.e. a covariance in the making. */
export class Scatter {
  readonly size: number;
  /** size x size, lower triangle. */
  readonly sums: Float64Array;
  count = 0;
  readonly #images: CoarseImages;
  readonly #batch: Float32Array;

  constructor(images: CoarseImages) {
    this.size = images.size;
    this.sums = new Float64Array(this.size * this.size);
    this.#images = images;
    this.#batch = new Float32Array(this.size * BATCH);
  }

  /** Adds the images' deviations from `mean`. */
  add(indices: Int32Array, mean: Float64Array): void {
    const { size, sums } = this;
    const batch = this.#batch;
    for (let from = 0; from < indices.length; from += BATCH) {
      batch.fill(0);
      const part = indices.subarray(from, from + BATCH);
      // Value by value, so that the inner loop below runs along memory. Unused places stay 0.
      part.forEach((index, i) => this.#images.read(index, batch, i, BATCH));
      for (let p = 0; p < size; p++) {
        const centre = mean[p]!;
        for (let at = p * BATCH, end = at + part.length; at < end; at++) batch[at]! -= centre;
      }
      for (let i = 0; i < size; i++) {
        for (let j = 0; j <= i; j++) sums[i * size + j]! += productSum(batch, i * BATCH, j * BATCH);
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
}

function productSum(values: Float32Array, a: number, b: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  for (let k = 0; k < BATCH; k += 4) {
    s0 += values[a + k]! * values[b + k]!;
    s1 += values[a + k + 1]! * values[b + k + 1]!;
    s2 += values[a + k + 2]! * values[b + k + 2]!;
    s3 += values[a + k + 3]! * values[b + k + 3]!;
  }
  return s0 + s1 + s2 + s3;
}
