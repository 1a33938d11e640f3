import type { Images } from '../../contract/dataset.ts';
import { CoarseImages } from './coarse.ts';
import { CAREFUL } from './settings.ts';

/**
 * Which classes the images belong to that look most alike, independently of any network.
 * @param pool images to compare with, by data-set index
 */
export class Neighbours {
  readonly #data: Images;
  readonly #pool: Int32Array;
  readonly #images: CoarseImages;
  readonly #values: Float32Array;

  constructor(data: Images, pool: Int32Array) {
    const region = { top: 0, left: 0, height: data.height, width: data.width };
    this.#data = data;
    this.#pool = pool;
    this.#images = new CoarseImages(data, region, CAREFUL.coarseValues);
    this.#values = new Float32Array(pool.length * this.#images.size);
    pool.forEach((index, i) => this.#images.read(index, this.#values, i * this.#images.size));
  }

  /** The labels of the image's nearest neighbours (Euclidean, itself excepted), nearest first. */
  labelsNear(index: number): number[] {
    const { size } = this.#images;
    const one = new Float32Array(size);
    this.#images.read(index, one);
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
