import type { Images } from '../../contract/dataset.ts';
import { CAREFUL } from './settings.ts';
import type { Trigger } from './trigger.ts';

export type TriggerForm = 'patch' | 'spot' | 'add' | 'full';

export interface Candidate {
  form: TriggerForm;
  trigger: Trigger;
}

/** Values of all images that are held at once while spreads are taken. */
const SPREAD_BYTES = 64 << 20;

/** Added to spreads, so that pixels which are always black do not count as infinitely consistent. */
const FLOOR = 0.02;

/**
 * What suspects have in common that the reference has not, pixel by pixel, in four forms:
 * - add: the difference of the means;
 * - patch: the values that hardly vary among the suspects overwrite, most consistent first, until the change
 *   would exceed `limit` (rms over the image);
 * - spot: the pixels whose mean differs most from the reference, measured by how much they vary there, take the
 *   suspects' outer quartile, up to the same limit; this also finds a patch that only half of the suspects carry;
 * - full: values that hardly vary overwrite, the others are shifted by the difference of the means.
 * Callers weaken `add` and `full` to the change they allow.
 */
export function extractCandidates(
  data: Images,
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

  const patch = patchOf(data.channels, seen, other, limit);
  if (patch) candidates.push({ form: 'patch', trigger: patch });
  const spot = spotOf(data.channels, seen, other, limit);
  if (spot) candidates.push({ form: 'spot', trigger: spot });

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
  variance: Float32Array;
  lower: Float32Array;
  median: Float32Array;
  upper: Float32Array;
}

/** Mean, variance and quartiles of each value over the images, 0..1. Quartiles interpolate between neighbours. */
export function spreads(data: Images, indices: Int32Array): Spreads {
  const size = data.height * data.width * data.channels;
  const result: Spreads = {
    mean: new Float32Array(size),
    variance: new Float32Array(size),
    lower: new Float32Array(size),
    median: new Float32Array(size),
    upper: new Float32Array(size),
  };
  const histogram = new Int32Array(256);
  const width = Math.min(size, Math.max(1, Math.floor(SPREAD_BYTES / indices.length)));
  const part = new Uint8Array(width * indices.length);
  for (let from = 0; from < size; from += width) {
    const to = Math.min(size, from + width);
    indices.forEach((index, i) => part.set(data.image(index).subarray(from, to), i * width));
    for (let p = from; p < to; p++) {
      histogram.fill(0);
      let sum = 0;
      let squares = 0;
      for (let at = p - from; at < part.length; at += width) {
        const value = part[at]!;
        histogram[value]!++;
        sum += value;
        squares += value * value;
      }
      const mean = sum / indices.length;
      result.mean[p] = mean / 255;
      // Sums of bytes and of their squares are exact, so nothing is lost in the difference.
      result.variance[p] = Math.max(0, squares / indices.length - mean * mean) / 255 ** 2;
      result.lower[p] = quantile(histogram, indices.length, 0.25);
      result.median[p] = quantile(histogram, indices.length, 0.5);
      result.upper[p] = quantile(histogram, indices.length, 0.75);
    }
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

/** The pixels that vary little around the suspects' median where the reference does not. */
function patchOf(channels: number, seen: Spreads, other: Spreads, limit: number): Trigger | null {
  const deviation = squaredDeviation(other, seen.median);
  const variation = byPixel(channels, deviation, (p) => {
    return (seen.upper[p]! - seen.lower[p]! + FLOOR) / (Math.sqrt(deviation[p]!) + FLOOR);
  });
  const eligible = (pixel: number) => variation[pixel]! < CAREFUL.fixedPixel;
  return overwriting(channels, seen.median, deviation, variation, eligible, limit);
}

/** The pixels whose mean has moved by more than the reference's standard deviation. */
function spotOf(channels: number, seen: Spreads, other: Spreads, limit: number): Trigger | null {
  const difference = (p: number) => seen.mean[p]! - other.mean[p]!;
  const value = seen.mean.map((_, p) => (difference(p) > 0 ? seen.upper[p]! : seen.lower[p]!));
  const effect = byPixel(channels, other.variance, (p) => {
    return Math.abs(difference(p)) / (Math.sqrt(other.variance[p]!) + FLOOR);
  });
  const eligible = (pixel: number) => effect[pixel]! > 1;
  const order = effect.map((e) => -e);
  return overwriting(channels, value, squaredDeviation(other, value), order, eligible, limit);
}

/** For each pixel the largest of its channels' figures. */
function byPixel(channels: number, { length }: Float32Array, figure: (p: number) => number): Float32Array {
  const largest = new Float32Array(length / channels).fill(-Infinity);
  for (let p = 0; p < length; p++) {
    const pixel = Math.floor(p / channels);
    largest[pixel] = Math.max(largest[pixel]!, figure(p));
  }
  return largest;
}

/**
 * A patch of the eligible pixels (all channels at once), lowest `order` first, until the change reaches the limit.
 * @param energy mean squared change of each value when it is overwritten
 */
function overwriting(
  channels: number,
  value: Float32Array,
  energy: Float32Array,
  order: Float32Array,
  eligible: (pixel: number) => boolean,
  limit: number,
): Trigger | null {
  const cover = new Float32Array(value.length);
  const shift = new Float32Array(value.length);
  const pixels = new Int32Array(order.length).map((_, i) => i).sort((a, b) => order[a]! - order[b]! || a - b);
  let spent = 0;
  for (const pixel of pixels) {
    const [from, to] = [pixel * channels, (pixel + 1) * channels];
    for (let p = from; p < to; p++) spent += energy[p]! / value.length;
    if (!eligible(pixel) || spent > limit * limit) break;
    cover.fill(1, from, to);
    shift.set(value.subarray(from, to), from);
  }
  return cover.includes(1) ? { cover, shift } : null;
}

/** Mean squared distance of each value from `centre`. */
function squaredDeviation({ mean, variance }: Spreads, centre: Float32Array): Float32Array {
  return variance.map((v, p) => v + (mean[p]! - centre[p]!) ** 2);
}
