import type { Images } from '../../contract/dataset.ts';
import { CoarseImages } from './coarse.ts';
import { CAREFUL } from './settings.ts';

/** By how images look, or by their shapes alone: without how bright each colour is and how much it varies. */
export type Likeness = 'look' | 'shapes';

/**
 * Which classes the images belong to that are most alike, independently of any network.
 * @param pool images to compare with, by data-set index
 */
export class Neighbours {
  readonly #data: Images;
  readonly #pool: Int32Array;
  readonly #images: CoarseImages;
  readonly #values: Float32Array;
  readonly #likeness: Likeness;

  constructor(data: Images, pool: Int32Array, likeness: Likeness) {
    const region = { top: 0, left: 0, height: data.height, width: data.width };
    this.#data = data;
    this.#pool = pool;
    this.#likeness = likeness;
    this.#images = new CoarseImages(data, region, CAREFUL.coarseValues);
    this.#values = new Float32Array(pool.length * this.#images.size);
    const { size } = this.#images;
    pool.forEach((index, i) => this.#read(index, this.#values.subarray(i * size, (i + 1) * size)));
  }

  /** The labels of the image's nearest neighbours (Euclidean, itself excepted), nearest first. */
  labelsNear(index: number): number[] {
    const { size } = this.#images;
    const one = new Float32Array(size);
    this.#read(index, one);
    const nearest: { distance: number; label: number }[] = [];
    this.#pool.forEach((other, i) => {
      if (other === index) return;
      const limit = nearest.length < CAREFUL.neighbours ? Infinity : nearest.at(-1)!.distance;
      const distance = this.#squaredDistance(one, i * size, limit);
      if (distance >= limit) return;
      const at = nearest.findIndex((known) => known.distance > distance);
      nearest.splice(at < 0 ? nearest.length : at, 0, { distance, label: this.#data.labels[other]! });
      nearest.length = Math.min(nearest.length, CAREFUL.neighbours);
    });
    return nearest.map(({ label }) => label);
  }

  #read(index: number, into: Float32Array): void {
    this.#images.read(index, into);
    if (this.#likeness === 'look') return;
    for (let channel = 0; channel < this.#data.channels; channel++)
      standardize(into, channel, this.#data.channels);
  }

  /** Ends early beyond `limit`: most images are far away. */
  #squaredDistance(one: Float32Array, from: number, limit: number): number {
    let sum = 0;
    for (let p = 0; p < one.length && sum < limit; p += 32) {
      for (let q = p, end = Math.min(one.length, p + 32); q < end; q++) {
        const difference = one[q]! - this.#values[from + q]!;
        sum += difference * difference;
      }
    }
    return sum;
  }
}

/** Added to standard deviations, 0..1, so that the noise of an even surface is no shape. */
const LEAST_DEVIATION = 0.02;

/** Every `step`-th value from `from` on: mean 0, standard deviation 1. */
function standardize(values: Float32Array, from: number, step: number): void {
  let [sum, squares, count] = [0, 0, 0];
  for (let p = from; p < values.length; p += step, count++) {
    sum += values[p]!;
    squares += values[p]! ** 2;
  }
  const mean = sum / count;
  const deviation = Math.sqrt(Math.max(0, squares / count - mean ** 2)) + LEAST_DEVIATION;
  for (let p = from; p < values.length; p += step) values[p] = (values[p]! - mean) / deviation;
}
