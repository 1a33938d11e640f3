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

  /** Writes the image's values, 0..1, to `into` from `at` on. */
  read(index: number, into: Float32Array | Float64Array, at = 0): void {
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
          into[to++] = sum * scale;
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
      const [a0, b0, c0, d0] = [a[row]!, b[row]!, c[row]!, d[row]!];
      const [e0, f0, g0, h0] = [e[row]!, f[row]!, g[row]!, h[row]!];
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
