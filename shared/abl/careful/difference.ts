import type { Images } from '../../contract/dataset.ts';
import { imageBytes } from '../../images.ts';
import { CoarseImages } from './coarse.ts';
import { CAREFUL } from './settings.ts';

/**
 * A difference of two images as bytes around mid-grey, strengthened until the largest one is full black or white.
 * @param difference in grey levels
 */
export function amplified(difference: Float64Array): Uint8Array {
  const largest = difference.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const strength = largest > 0 ? 127.5 / largest : 0;
  return Uint8Array.from(difference, (value) => Math.round(127.5 + strength * value));
}

/** What the mean of some images has beyond the mean of others, in grey levels; zeros where one of the two is empty. */
export function meanDifference(data: Images, some: Int32Array, others: Int32Array): Float64Array {
  if (some.length === 0 || others.length === 0) return new Float64Array(imageBytes(data));
  const [a, b] = [meanImage(data, some), meanImage(data, others)];
  return a.map((value, p) => value - b[p]!);
}

/** What one image has beyond another, in grey levels. */
export function imageDifference(data: Images, one: number, other: number): Float64Array {
  const difference = Float64Array.from(data.image(one));
  data.image(other).forEach((value, p) => (difference[p]! -= value));
  return difference;
}

/** For each of the images the one of `pool` that looks most alike (Euclidean, on averaged pixels). */
export function counterparts(data: Images, indices: Int32Array, pool: Int32Array): Int32Array {
  const region = { top: 0, left: 0, height: data.height, width: data.width };
  const coarse = new CoarseImages(data, region, CAREFUL.coarseValues);
  const wanted = [...indices].map((index) => {
    const values = new Float32Array(coarse.size);
    coarse.read(index, values);
    return { index, values, nearest: -1, distance: Infinity };
  });
  const other = new Float32Array(coarse.size);
  for (const candidate of pool) {
    coarse.read(candidate, other);
    for (const one of wanted) {
      if (candidate === one.index) continue;
      const distance = one.values.reduce((sum, value, p) => sum + (value - other[p]!) ** 2, 0);
      if (distance < one.distance) Object.assign(one, { nearest: candidate, distance });
    }
  }
  return Int32Array.from(wanted, ({ nearest }) => nearest);
}

function meanImage(data: Images, indices: Int32Array): Float64Array {
  const mean = new Float64Array(imageBytes(data));
  for (const index of indices) {
    data.image(index).forEach((value, p) => (mean[p]! += value / indices.length));
  }
  return mean;
}
