import type { Images } from '../../contract/dataset.ts';
import { imageBytes } from '../../images.ts';
import type { Pause } from '../inspection.ts';
import { THRESHOLDS } from './thresholds.ts';

/** Mean image, 0..1. */
async function meanImage(data: Images, indices: Int32Array, pause: Pause): Promise<Float32Array> {
  const sums = new Float64Array(imageBytes(data));
  await forEachImage(data, indices, pause, (image) => {
    for (let p = 0; p < sums.length; p++) sums[p]! += image[p]! / 255;
  });
  return Float32Array.from(sums, (sum) => sum / indices.length);
}

async function forEachImage(
  data: Images,
  indices: Int32Array,
  pause: Pause,
  look: (image: Uint8Array) => void,
): Promise<void> {
  for (let from = 0; from < indices.length; from += READ_AT_ONCE) {
    const some = indices.subarray(from, from + READ_AT_ONCE);
    await data.prepare(some);
    for (const index of some) look(data.image(index));
    await pause();
  }
}

const READ_AT_ONCE = 100;

/** Sums of squares of a pattern: of all of it, and of what of it is one change of light and contrast. */
export interface Energy {
  all: number;
  uniform: number;
}

const sumOf = (one: Energy, other: Energy): Energy => ({
  all: one.all + other.all,
  uniform: one.uniform + other.uniform,
});

/**
 * Changes of light and contrast, by channel: a constant and a multiple of the usual image. What they explain of a pattern by least
 * squares is its uniform part.
 */
export class Light {
  readonly #usual: Float32Array;
  readonly #channels: number;
  /** By channel, of the usual image: its mean, and the sum of squares around it. */
  readonly #middle: Float64Array;
  readonly #spread: Float64Array;

  /** @param usual values with the channel last */
  constructor(usual: Float32Array, channels: number) {
    this.#usual = usual;
    this.#channels = channels;
    this.#middle = new Float64Array(channels);
    this.#spread = new Float64Array(channels);
    usual.forEach((value, p) => (this.#middle[p % channels]! += (value * channels) / usual.length));
    usual.forEach((value, p) => (this.#spread[p % channels]! += (value - this.#middle[p % channels]!) ** 2));
  }

  /** Lengths of a pattern along the changes: a constant, then a multiple, by channel. */
  #along(pattern: ArrayLike<number>, scale: number): Float64Array {
    const channels = this.#channels;
    const along = new Float64Array(2 * channels);
    const places = this.#usual.length / channels;
    for (let p = 0; p < this.#usual.length; p++) {
      const channel = p % channels;
      const value = pattern[p]! * scale;
      along[channel]! += value / Math.sqrt(places);
      along[channels + channel]! += value * (this.#usual[p]! - this.#middle[channel]!);
    }
    this.#spread.forEach((spread, c) => (along[channels + c]! *= spread > 0 ? 1 / Math.sqrt(spread) : 0));
    return along;
  }

  /** How much of the mean of these images is chance: the variance of its values, and of its lengths along the changes. */
  async chanceIn(data: Images, indices: Int32Array, pause: Pause): Promise<Energy> {
    const all = new Variances(this.#usual.length);
    const along = new Variances(2 * this.#channels);
    await forEachImage(data, indices, pause, (image) => {
      all.add(image, 1 / 255);
      along.add(this.#along(image, 1 / 255), 1);
    });
    return { all: all.sum() / indices.length, uniform: along.sum() / indices.length };
  }

  /**
   * How much of a pattern is one change of light and contrast: a share of its energy, 0..1, both without what may be chance.
   * @param chance in the pattern, as it is a difference of means
   * @returns null where chance may be all that it is, or that it is of light
   */
  uniformity(pattern: Float32Array, chance: Energy): number | null {
    const uniform = squares(this.#along(pattern, 1));
    const other = Math.max(0, squares(pattern) - uniform - CHANCE_OTHER * (chance.all - chance.uniform));
    const more = Math.max(0, uniform - chance.uniform);
    const share = more / (more + other);
    // Where chance may be all that speaks for a change of light, and hardly anything else speaks, nothing is known.
    return uniform <= CHANCE_UNIFORM * chance.uniform && !(share < THRESHOLDS.uniform) ? null : share;
  }
}

/**
 * What some images have more than others, on average: the mean difference, the energy in it that is chance, and how much of it is one
 * change of light and contrast.
 */
export async function patternIn(
  data: Images,
  own: Int32Array,
  others: Int32Array,
  pause: Pause,
): Promise<{ difference: Float32Array; chance: Energy; uniform: number | null }> {
  const usual = await meanImage(data, others, pause);
  const difference = (await meanImage(data, own, pause)).map((mean, p) => mean - usual[p]!);
  const light = new Light(usual, data.channels);
  const chance = sumOf(await light.chanceIn(data, own, pause), await light.chanceIn(data, others, pause));
  return { difference, chance, uniform: light.uniformity(difference, chance) };
}

/** Variances of values over images. */
class Variances {
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;
  #count = 0;

  constructor(size: number) {
    this.#sums = new Float64Array(size);
    this.#squares = new Float64Array(size);
  }

  add(values: ArrayLike<number>, scale: number): void {
    this.#count++;
    for (let p = 0; p < this.#sums.length; p++) {
      const value = values[p]! * scale;
      this.#sums[p]! += value;
      this.#squares[p]! += value * value;
    }
  }

  sum(): number {
    const count = this.#count;
    return this.#squares.reduce((sum, square, p) => sum + square / count - (this.#sums[p]! / count) ** 2, 0);
  }
}

/**
 * What chance may make of its expected energy. Along the few changes of light it scatters like the square of one or a few normal
 * values, over all else, of which images vary along several directions, less.
 */
const CHANCE_UNIFORM = 6;
const CHANCE_OTHER = 2;

function squares(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! ** 2;
  return sum;
}
