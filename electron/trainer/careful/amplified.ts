import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import type { Trigger } from '../../../shared/abl/careful/trigger.ts';
import type { Pause } from '../../../shared/abl/inspection.ts';
import type { Images } from '../../../shared/contract/dataset.ts';
import type { Model } from '../../../shared/contract/engine.ts';
import { imageBytes } from '../../../shared/images.ts';
import type { Group } from './expansion.ts';
import { imagesOf, membersOf, without } from './flagging.ts';
import { answersTo, flipBy, sample, type Flip, type Probes } from './probes.ts';

/** A pattern louder than it lies on a group's images, and what it does in stage 1's model. */
export interface Amplified extends Flip {
  trigger: Trigger;
  /** See uniformity. */
  uniform: number | null;
}

export interface AmplifiedInput {
  model: Model;
  data: Images;
  examples: Int32Array;
  seed: number;
  pause: Pause;
}

/**
 * What the images of a group have more than the rest of their class on average, twice as strong, and how it moves stage 1's model.
 * A faint pattern under right labels is learnt, but moves few answers: those who attack so make it louder when they use it. A
 * model that has learnt it shows that then, and one that has not does not.
 * @param groups all of the class's and others; the rest is what none of them has
 * @param probes see louderProbes
 * @returns null where too few others are left to tell
 */
export async function amplify(
  { model, data, examples, seed, pause }: AmplifiedInput,
  group: Group,
  groups: Group[],
  probes: Probes,
): Promise<Amplified | null> {
  const inClass = imagesOf(groups.filter((other) => other.class === group.class));
  const rest = without(membersOf(group.class, { data, examples }), inClass);
  if (rest.length < CAREFUL.smallestGroup) return null;
  const some = (indices: Int32Array) =>
    sample(indices, CAREFUL.amplifiedProbes, seed, 'amplified').toSorted();
  const own = await momentsOf(data, some(group.flagged), pause);
  const usual = await momentsOf(data, some(rest), pause);
  const difference = own.mean.map((mean, p) => mean - usual.mean[p]!);
  const noise = own.ofMean + usual.ofMean;
  const shift = difference.map((value) => CAREFUL.amplifiedBy * value);
  const trigger = { cover: new Float32Array(shift.length), shift };
  const flip = await flipBy({ model, data, probes, pause }, group.class, trigger);
  return { ...flip, trigger, uniform: uniformity(difference, usual.mean, data.channels, noise) };
}

/** The images that louder patterns are tried on, more than for others, with a model's answers. */
export async function louderProbes({ model, data, examples, seed, pause }: AmplifiedInput): Promise<Probes> {
  const indices = sample(examples, CAREFUL.amplifiedProbes, seed, 'probes');
  // Nothing is reconstructed on them, so how far they lie apart does not matter.
  return { indices, answers: await answersTo(model, data, indices, pause), natural: 0 };
}

/** Mean image, 0..1, and the energy of what of it is chance: the sum of the variances of its values. */
async function momentsOf(
  data: Images,
  indices: Int32Array,
  pause: Pause,
): Promise<{ mean: Float32Array; ofMean: number }> {
  const size = imageBytes(data);
  const [sums, squares] = [new Float64Array(size), new Float64Array(size)];
  for (let from = 0; from < indices.length; from += READ_AT_ONCE) {
    const some = indices.subarray(from, from + READ_AT_ONCE);
    await data.prepare(some);
    for (const index of some) {
      const image = data.image(index);
      for (let p = 0; p < size; p++) {
        const value = image[p]! / 255;
        sums[p]! += value;
        squares[p]! += value * value;
      }
    }
    await pause();
  }
  const { length } = indices;
  const variance = squares.reduce((sum, square, p) => sum + square / length - (sums[p]! / length) ** 2, 0);
  return { mean: Float32Array.from(sums, (sum) => sum / length), ofMean: variance / length };
}

const READ_AT_ONCE = 100;

/**
 * How much of a pattern is one change of light and contrast, by channel: a share of its energy, 0..1. That is the part of it
 * which is a constant and a multiple of the usual image, by least squares.
 * @param noise energy of the pattern that is chance, as it is a difference of means
 * @returns null where there is hardly anything but chance
 */
export function uniformity(
  pattern: Float32Array,
  usual: Float32Array,
  channels: number,
  noise: number,
): number | null {
  let [explained, energy] = [0, 0];
  for (let channel = 0; channel < channels; channel++) {
    const own = pattern.filter((_, p) => p % channels === channel);
    const light = usual.filter((_, p) => p % channels === channel);
    const [change, middle] = [meanOf(own), meanOf(light)];
    let [both, spread] = [0, 0];
    own.forEach((value, p) => {
      both += (value - change) * (light[p]! - middle);
      spread += (light[p]! - middle) ** 2;
      energy += value * value;
    });
    explained += own.length * change * change + (spread > 0 ? (both * both) / spread : 0);
  }
  const signal = energy - noise;
  return signal > LEAST_SIGNAL * noise ? Math.min(1, explained / signal) : null;
}

/** Energy of a pattern beyond chance, as a multiple of that of chance, from which on its form is known. */
const LEAST_SIGNAL = 0.25;

function meanOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
