import type { ImageSet } from '../../contract/dataset.ts';
import { CAREFUL } from './settings.ts';
import type { Trigger } from './trigger.ts';

export type TriggerForm = 'patch' | 'add' | 'full';

export interface Candidate {
  form: TriggerForm;
  trigger: Trigger;
}

/** Added to spreads, so that pixels which are always black do not count as infinitely consistent. */
const FLOOR = 0.02;

/**
 * What suspects have in common that the reference has not, pixel by pixel, in three forms:
 * - add: the difference of the means;
 * - patch: the values that hardly vary among the suspects overwrite, most consistent first, until the change
 *   would exceed `limit` (rms over the image);
 * - full: values that hardly vary overwrite, the others are shifted by the difference of the means.
 * Callers weaken `add` and `full` to the change they allow.
 */
export function extractCandidates(
  data: ImageSet,
  suspects: Int32Array,
  reference: Int32Array,
  limit: number,
): Candidate[] {
  const seen = spreads(data, suspects);
  const other = spreads(data, reference);
  const size = seen.mean.length;
  const none = new Float32Array(size);
  const difference = seen.mean.map((mean, p) => mean - other.mean[p]!);
  const candidates: Candidate[] = [{ form: 'add', trigger: { cover: none, shift: difference } }];

  const patch = patchOf(data, seen, reference, limit);
  if (patch) candidates.push({ form: 'patch', trigger: patch });

  const cover = new Float32Array(size);
  const shift = difference.slice();
  for (let p = 0; p < size; p++) {
    const ratio = (seen.upper[p]! - seen.lower[p]!) / Math.max(other.upper[p]! - other.lower[p]!, 2 * FLOOR);
    if (ratio >= CAREFUL.fixedPixel) continue;
    cover[p] = 1;
    shift[p] = seen.median[p]!;
  }
  candidates.push({ form: 'full', trigger: { cover, shift } });
  return candidates;
}

interface Spreads {
  mean: Float32Array;
  lower: Float32Array;
  median: Float32Array;
  upper: Float32Array;
}

/** Mean and quartiles of each value over the images, 0..1. Quartiles interpolate between neighbours. */
export function spreads(data: ImageSet, indices: Int32Array): Spreads {
  const size = data.height * data.width * data.channels;
  const result: Spreads = {
    mean: new Float32Array(size),
    lower: new Float32Array(size),
    median: new Float32Array(size),
    upper: new Float32Array(size),
  };
  const histogram = new Int32Array(256);
  for (let p = 0; p < size; p++) {
    histogram.fill(0);
    let sum = 0;
    for (const index of indices) {
      const value = data.images[index * size + p]!;
      histogram[value]!++;
      sum += value;
    }
    result.mean[p] = sum / indices.length / 255;
    result.lower[p] = quantile(histogram, indices.length, 0.25);
    result.median[p] = quantile(histogram, indices.length, 0.5);
    result.upper[p] = quantile(histogram, indices.length, 0.75);
  }
  return result;
}

/** The quantile of `count` byte values given as a histogram, linear between ranks, 0..1. */
function quantile(histogram: Int32Array, count: number, share: number): number {
  const rank = share * (count - 1);
  const below = Math.floor(rank);
  let seen = 0;
  let value = 0;
  while ((seen += histogram[value]!) <= below) value++;
  let next = value;
  if (seen <= below + 1 && below + 1 < count) {
    do next++;
    while (histogram[next] === 0);
  }
  return (value + (rank - below) * (next - value)) / 255;
}

/** The pixels (all channels at once) that vary little around the suspects' median where the reference does not. */
function patchOf(data: ImageSet, seen: Spreads, reference: Int32Array, limit: number): Trigger | null {
  const { channels } = data;
  const size = seen.mean.length;
  const deviation = squaredDeviation(data, reference, seen.median);
  const pixels = size / channels;
  const variation = new Float32Array(pixels);
  const energy = new Float32Array(pixels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let p = pixel * channels; p < (pixel + 1) * channels; p++) {
      const ratio = (seen.upper[p]! - seen.lower[p]! + FLOOR) / (Math.sqrt(deviation[p]!) + FLOOR);
      variation[pixel] = Math.max(variation[pixel]!, ratio);
      energy[pixel]! += deviation[p]! / channels;
    }
  }
  const order = new Int32Array(pixels)
    .map((_, i) => i)
    .sort((a, b) => variation[a]! - variation[b]! || a - b);
  const cover = new Float32Array(size);
  const shift = new Float32Array(size);
  let spent = 0;
  let chosen = 0;
  for (const pixel of order) {
    spent += energy[pixel]! / pixels;
    if (variation[pixel]! >= CAREFUL.fixedPixel || spent > limit * limit) break;
    for (let p = pixel * channels; p < (pixel + 1) * channels; p++) {
      cover[p] = 1;
      shift[p] = seen.median[p]!;
    }
    chosen++;
  }
  return chosen > 0 ? { cover, shift } : null;
}

/** Mean squared distance of each value from `centre`. */
function squaredDeviation(data: ImageSet, indices: Int32Array, centre: Float32Array): Float32Array {
  const size = centre.length;
  const sum = new Float64Array(size);
  for (const index of indices) {
    for (let p = 0; p < size; p++) {
      const d = data.images[index * size + p]! / 255 - centre[p]!;
      sum[p]! += d * d;
    }
  }
  return Float32Array.from(sum, (s) => s / indices.length);
}
