import { spreads } from '../../../shared/abl/careful/extraction.ts';
import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import type { Trigger } from '../../../shared/abl/careful/trigger.ts';
import type { Pause } from '../../../shared/abl/inspection.ts';
import type { Images } from '../../../shared/contract/dataset.ts';
import type { Model } from '../../../shared/contract/engine.ts';
import type { Group } from './expansion.ts';
import { imagesOf } from './flagging.ts';
import { chooseProbes, flipBy, sample, type Flip } from './probes.ts';

/** A pattern louder than it lies on a group's images, and what it does in stage 1's model. */
export interface Amplified extends Flip {
  trigger: Trigger;
  /** See uniformity. */
  uniform: number;
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
 * @returns null where too few others are left to tell
 */
export async function amplify(
  input: AmplifiedInput,
  group: Group,
  groups: Group[],
): Promise<Amplified | null> {
  const { data, examples, seed } = input;
  const inClass = imagesOf(groups.filter((other) => other.class === group.class));
  const rest = examples.filter((index) => data.labels[index] === group.class && !inClass.has(index));
  if (rest.length < CAREFUL.smallestGroup) return null;
  const imageOf = (indices: Int32Array) =>
    spreads(data, sample(indices, CAREFUL.amplifiedProbes, seed, 'amplified')).mean;
  const [own, usual] = [imageOf(group.flagged), imageOf(rest)];
  const shift = own.map((mean, p) => CAREFUL.amplifiedBy * (mean - usual[p]!));
  const trigger = { cover: new Float32Array(shift.length), shift };
  const uniform = uniformity(shift, usual, data.channels);
  return { ...(await effectOf(input, group.class, trigger)), trigger, uniform };
}

/**
 * How much of a pattern is one change of light and contrast, by channel: a share of its energy, 0..1. That is the part of it
 * which is a constant and a multiple of the usual image, by least squares.
 */
export function uniformity(shift: Float32Array, usual: Float32Array, channels: number): number {
  let [explained, energy] = [0, 0];
  for (let channel = 0; channel < channels; channel++) {
    const own = shift.filter((_, p) => p % channels === channel);
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
  return energy > 0 ? explained / energy : 0;
}

function meanOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** How an amplified pattern moves the answers of a model, over more images than are asked about others. */
export async function effectOf(
  { model, data, examples, seed, pause }: AmplifiedInput,
  target: number,
  trigger: Trigger,
): Promise<Flip> {
  const probes = await chooseProbes(model, data, examples, CAREFUL.amplifiedProbes, seed, pause);
  return flipBy({ model, data, probes, pause }, target, trigger);
}
