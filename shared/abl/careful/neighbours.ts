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
  /** By image of the pool: the sum of each group of GROUP values. */
  readonly #sums: Float64Array;
  readonly #likeness: Likeness;

  constructor(data: Images, pool: Int32Array, likeness: Likeness) {
    const region = { top: 0, left: 0, height: data.height, width: data.width };
    this.#data = data;
    this.#pool = pool;
    this.#likeness = likeness;
    this.#images = new CoarseImages(data, region, CAREFUL.coarseValues);
    this.#values = new Float32Array(pool.length * this.#images.size);
    const { size } = this.#images;
    const groups = Math.ceil(size / GROUP);
    this.#sums = new Float64Array(pool.length * groups);
    pool.forEach((index, i) => {
      const values = this.#values.subarray(i * size, (i + 1) * size);
      this.#read(index, values);
      this.#sums.set(sumsOf(values), i * groups);
    });
  }

  /** The labels of the image's nearest neighbours (Euclidean, itself excepted), nearest first. */
  labelsNear(index: number): number[] {
    const { size } = this.#images;
    const one = new Float32Array(size);
    this.#read(index, one);
    const nearest: { distance: number; label: number }[] = [];
    const [pool, values, sums] = [this.#pool, this.#values, this.#sums];
    const own = sumsOf(one);
    let limit = Infinity;
    for (let i = 0; i < pool.length; i++) {
      const other = pool[i]!;
      if (other === index || leastDistance(own, sums, i * own.length, limit) >= limit) continue;
      const distance = squaredDistance(one, values, i * size, limit);
      if (distance >= limit) continue;
      const at = nearest.findIndex((known) => known.distance > distance);
      nearest.splice(at < 0 ? nearest.length : at, 0, { distance, label: this.#data.labels[other]! });
      nearest.length = Math.min(nearest.length, CAREFUL.neighbours);
      if (nearest.length === CAREFUL.neighbours) limit = nearest.at(-1)!.distance;
    }
    return nearest.map(({ label }) => label);
  }

  #read(index: number, into: Float32Array): void {
    this.#images.read(index, into);
    if (this.#likeness === 'look') return;
    for (let channel = 0; channel < this.#data.channels; channel++)
      standardize(into, channel, this.#data.channels);
  }
}

/** Values whose sum stands for them at first: neighbours in a row of the image. */
const GROUP = 16;

function sumsOf(values: Float32Array): Float64Array {
  const sums = new Float64Array(Math.ceil(values.length / GROUP));
  for (let p = 0; p < values.length; p++) sums[Math.floor(p / GROUP)]! += values[p]!;
  return sums;
}

/**
 * What a squared distance is at least, by the sums of groups (Cauchy and Schwarz), a little less for what rounding may do.
 * Images differ most in what neighbours have in common, so this is enough to see that most are far away.
 */
function leastDistance(one: Float64Array, sums: Float64Array, from: number, limit: number): number {
  const enough = limit * GROUP * (1 + 1e-6);
  let sum = 0;
  for (let g = 0; g < one.length && sum < enough; g++) {
    const difference = one[g]! - sums[from + g]!;
    sum += difference * difference;
  }
  return sum < enough ? 0 : limit;
}

/** Of one from the values that begin at `from`. Ends early beyond `limit`: most images are far away. */
function squaredDistance(one: Float32Array, values: Float32Array, from: number, limit: number): number {
  let sum = 0;
  for (let p = 0; p < one.length && sum < limit; p += 32) {
    for (let q = p, end = Math.min(one.length, p + 32); q < end; q++) {
      const difference = one[q]! - values[from + q]!;
      sum += difference * difference;
    }
  }
  return sum;
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
