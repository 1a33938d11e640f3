import { patternIn } from '../../../shared/abl/careful/light.ts';
import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import type { Trigger } from '../../../shared/abl/careful/trigger.ts';
import type { Pause } from '../../../shared/abl/inspection.ts';
import type { Images } from '../../../shared/contract/dataset.ts';
import type { Model } from '../../../shared/contract/engine.ts';
import type { Group } from './expansion.ts';
import { imagesOf, membersOf, without } from './flagging.ts';
import { answersTo, flipBy, sample, type Flip, type Probes } from './probes.ts';

/** A pattern louder than it lies on a group's images, and what it does in stage 1's model. */
export interface Amplified extends Flip {
  trigger: Trigger;
  /** See Light. */
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
  const few = (indices: Int32Array) => sample(indices, CAREFUL.amplifiedProbes, seed, 'amplified').toSorted();
  const [some, others] = [few(group.flagged), few(rest)];
  const { difference, uniform } = await patternIn(data, some, others, pause);
  const shift = difference.map((value) => CAREFUL.amplifiedBy * value);
  const trigger = { cover: new Float32Array(shift.length), shift };
  const flip = await flipBy({ model, data, probes, pause }, group.class, trigger);
  return { ...flip, trigger, uniform };
}

/** The images that louder patterns are tried on, more than for others, with a model's answers. */
export async function louderProbes({ model, data, examples, seed, pause }: AmplifiedInput): Promise<Probes> {
  const indices = sample(examples, CAREFUL.amplifiedProbes, seed, 'probes');
  // Nothing is reconstructed on them, so how far they lie apart does not matter.
  return { indices, answers: await answersTo(model, data, indices, pause), natural: 0 };
}
