import type { Images } from '../../contract/dataset.ts';
import { Cholesky } from './cholesky.ts';

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

  /** Writes the image's values, 0..1, to `into` from `at` on. */
  read(index: number, into: Float32Array | Float64Array, at = 0): void {
    const { width, channels } = this.#data;
    const { top: first, left: start } = this.#region;
    const [below, end] = [first + this.#region.height, start + this.#region.width];
    const block = this.#block;
    const image = this.#data.image(index);
    let to = at;
    if (block === 1) {
      for (let y = first; y < below; y++) {
        const last = (y * width + end) * channels;
        for (let p = (y * width + start) * channels; p < last; p++) into[to++] = image[p]! * BYTE;
      }
      return;
    }
    for (let top = first; top < below; top += block) {
      const bottom = Math.min(below, top + block);
      for (let left = start; left < end; left += block) {
        const right = Math.min(end, left + block);
        const scale = 1 / (255 * (bottom - top) * (right - left));
        for (let channel = 0; channel < channels; channel++) {
          let sum = 0;
          for (let y = top; y < bottom; y++) {
            const last = (y * width + right) * channels;
            for (let p = (y * width + left) * channels + channel; p < last; p += channels) sum += image[p]!;
          }
          into[to++] = sum * scale;
        }
      }
    }
  }

  /**
   * These images one after another; read in the order of the data set.
   * @param known values by index, of images that need not be read again; the others are added, up to a limit
   */
  table(indices: Int32Array, known?: Map<number, Float32Array>): Table {
    const { size } = this;
    const values = new Float32Array(indices.length * size);
    const rows = Int32Array.from(indices.keys()).sort((a, b) => indices[a]! - indices[b]!);
    for (const row of rows) {
      const image = known?.get(indices[row]!);
      if (image) values.set(image, row * size);
      else this.read(indices[row]!, values, row * size);
      if (image || !known || known.size >= MOST_KNOWN_VALUES / size) continue;
      known.set(indices[row]!, values.slice(row * size, (row + 1) * size));
    }
    return new Table(values, size);
  }
}

/** Values that are known at a time: 32 MB. */
const MOST_KNOWN_VALUES = 8_000_000;

/** The full value of a byte is 1. */
const BYTE = 1 / 255;

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

  /** All rows. */
  get all(): Int32Array {
    return Int32Array.from({ length: this.rows }, (_, row) => row);
  }

  /** The mean of these rows. */
  mean(rows: Int32Array): Float64Array {
    const { size } = this;
    const values = this.#values;
    const sum = new Float64Array(size);
    for (let i = 0; i < rows.length; i++) {
      for (let p = 0, at = rows[i]! * size; p < size; p++, at++) sum[p]! += values[at]!;
    }
    return sum.map((value) => value / rows.length);
  }

  /** The variance of these rows, summed over all values. */
  variance(rows: Int32Array): number {
    const { size } = this;
    const values = this.#values;
    const mean = this.mean(rows);
    let sum = 0;
    for (let i = 0; i < rows.length; i++) {
      for (let p = 0, at = rows[i]! * size; p < size; p++, at++) sum += (values[at]! - mean[p]!) ** 2;
    }
    return sum / rows.length;
  }

  /** The projection of each of these rows on a direction. */
  project(rows: Int32Array, direction: Float64Array): Float64Array {
    const { size } = this;
    const values = this.#values;
    const result = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i++) {
      const from = rows[i]! * size;
      // Four sums side by side, since one would wait for itself.
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let p = 0;
      for (; p + 3 < size; p += 4) {
        s0 += values[from + p]! * direction[p]!;
        s1 += values[from + p + 1]! * direction[p + 1]!;
        s2 += values[from + p + 2]! * direction[p + 2]!;
        s3 += values[from + p + 3]! * direction[p + 3]!;
      }
      for (; p < size; p++) s0 += values[from + p]! * direction[p]!;
      result[i] = s0 + s1 + s2 + s3;
    }
    return result;
  }

  /** The projections of all rows on each of the directions. */
  projectAll(directions: Float64Array[]): Float64Array[] {
    const { size, rows } = this;
    const values = this.#values;
    const result = directions.map(() => new Float64Array(rows));
    const spare = new Float64Array(rows);
    for (const [at, [a, b, c, d]] of foursOf(directions)) {
      for (let row = 0; row < rows; row++) {
        let s0 = 0;
        let s1 = 0;
        let s2 = 0;
        let s3 = 0;
        for (let p = 0, from = row * size; p < size; p++, from++) {
          const value = values[from]!;
          s0 += value * a[p]!;
          s1 += value * b[p]!;
          s2 += value * c[p]!;
          s3 += value * d[p]!;
        }
        (result[at] ?? spare)[row] = s0;
        (result[at + 1] ?? spare)[row] = s1;
        (result[at + 2] ?? spare)[row] = s2;
        (result[at + 3] ?? spare)[row] = s3;
      }
    }
    return result;
  }

  /** For each of the weightings, a number by row, the sum of all rows times their weights. */
  combine(weightings: Float64Array[]): Float64Array[] {
    const { size, rows } = this;
    const values = this.#values;
    const result = weightings.map(() => new Float64Array(size));
    const spare = new Float64Array(size);
    for (const [at, [a, b, c, d]] of foursOf(weightings)) {
      const [s0, s1, s2, s3] = [0, 1, 2, 3].map((i) => result[at + i] ?? spare) as Four;
      for (let row = 0; row < rows; row++) {
        const w0 = a[row]!;
        const w1 = b[row]!;
        const w2 = c[row]!;
        const w3 = d[row]!;
        for (let p = 0, from = row * size; p < size; p++, from++) {
          const value = values[from]!;
          s0[p]! += w0 * value;
          s1[p]! += w1 * value;
          s2[p]! += w2 * value;
          s3[p]! += w3 * value;
        }
      }
    }
    return result;
  }
}

type Four = [Float64Array, Float64Array, Float64Array, Float64Array];

/** Four vectors at a time, so that what all are multiplied with is read once; the last four may hold one repeatedly. */
function foursOf(vectors: Float64Array[]): [at: number, four: Four][] {
  return Array.from({ length: Math.ceil(vectors.length / 4) }, (_, i) => [
    4 * i,
    [0, 1, 2, 3].map((k) => vectors[Math.min(4 * i + k, vectors.length - 1)]!) as Four,
  ]);
}

/** Of a value between 0 and 1: less than a step of a byte, so that constant images do not count as different. */
const LEAST_VARIANCE = 1e-8;

/** Images whose products are added at once: each sum is read and written once for all of them. */
const TOGETHER = 8;

/** Sums of products of coarse images' deviations, i.e. a covariance in the making. */
export class Scatter {
  readonly size: number;
  /** size x size, lower triangle. */
  readonly sums: Float64Array;
  count = 0;
  readonly #images: CoarseImages;
  /** Deviations of some images. Doubles need no conversion. */
  readonly #rows: Float64Array[];

  constructor(images: CoarseImages) {
    this.size = images.size;
    this.sums = new Float64Array(this.size * this.size);
    this.#images = images;
    this.#rows = Array.from({ length: TOGETHER }, () => new Float64Array(this.size));
  }

  /** Adds what another one has of the same region. */
  addAll({ sums, count }: Scatter): void {
    for (let i = 0; i < sums.length; i++) this.sums[i]! += sums[i]!;
    this.count += count;
  }

  /** Adds the images' deviations from `mean`. */
  add(indices: Int32Array, mean: Float64Array): void {
    for (let from = 0; from < indices.length; from += TOGETHER) {
      for (const [i, row] of this.#rows.entries()) {
        const index = indices[from + i];
        // Beyond the last image there is nothing to add.
        if (index === undefined) {
          row.fill(0);
          continue;
        }
        this.#images.read(index, row);
        for (let p = 0; p < row.length; p++) row[p]! -= mean[p]!;
      }
      this.#addProducts();
    }
    this.count += indices.length;
  }

  /**
   * The covariance, ready to solve for.
   * @param ridge what is added to each variance, as a share of the mean variance; it keeps noise from counting
   */
  solver(ridge: number): Cholesky {
    const { size, sums, count } = this;
    const matrix = sums.map((sum) => sum / count);
    const added = Math.max(ridge * this.meanVariance(), LEAST_VARIANCE);
    for (let i = 0; i < size; i++) matrix[i * size + i]! += added;
    return new Cholesky(matrix, size);
  }

  /** Mean variance of a value. */
  meanVariance(): number {
    let trace = 0;
    for (let i = 0; i < this.size; i++) trace += this.sums[i * this.size + i]!;
    return trace / this.size / this.count;
  }

  #addProducts(): void {
    const { size, sums } = this;
    const [a, b, c, d, e, f, g, h] = this.#rows as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    for (let row = 0; row < size; row++) {
      const a0 = a[row]!;
      const b0 = b[row]!;
      const c0 = c[row]!;
      const d0 = d[row]!;
      const e0 = e[row]!;
      const f0 = f[row]!;
      const g0 = g[row]!;
      const h0 = h[row]!;
      for (let p = 0, at = row * size; p <= row; p++, at++) {
        sums[at]! +=
          a0 * a[p]! +
          b0 * b[p]! +
          c0 * c[p]! +
          d0 * d[p]! +
          e0 * e[p]! +
          f0 * f[p]! +
          g0 * g[p]! +
          h0 * h[p]!;
      }
    }
  }
}
