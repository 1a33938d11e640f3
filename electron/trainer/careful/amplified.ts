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
  const meanOf = (indices: Int32Array) =>
    spreads(data, sample(indices, CAREFUL.amplifiedProbes, seed, 'amplified')).mean;
  const [own, usual] = [meanOf(group.flagged), meanOf(rest)];
  const shift = own.map((mean, p) => CAREFUL.amplifiedBy * (mean - usual[p]!));
  const trigger = { cover: new Float32Array(shift.length), shift };
  const uniform = uniformity(shift, data.channels);
  return { ...(await effectOf(input, group.class, trigger)), trigger, uniform };
}

/** How much of a pattern is one change of all pixels, as of another exposure: a share of its energy, 0..1. */
export function uniformity(shift: Float32Array, channels: number): number {
  const sums = new Float64Array(channels);
  shift.forEach((value, p) => (sums[p % channels]! += value));
  const pixels = shift.length / channels;
  const energy = shift.reduce((sum, value) => sum + value * value, 0);
  return energy > 0 ? sums.reduce((sum, value) => sum + value * value, 0) / pixels / energy : 0;
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
