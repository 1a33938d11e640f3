import { batchesOf } from '../../../shared/abl/batches.ts';
import { EVALUATION_BATCH, type Pause } from '../../../shared/abl/inspection.ts';
import { extractCandidates, type TriggerForm } from '../../../shared/abl/careful/extraction.ts';
import { shareOf, type Share } from '../../../shared/abl/careful/decision.ts';
import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import {
  changeBy,
  limited,
  naturalDistance,
  pasteTrigger,
  type Trigger,
} from '../../../shared/abl/careful/trigger.ts';
import { wilson } from '../../../shared/metrics/interval.ts';
import type { Images } from '../../../shared/contract/dataset.ts';
import type { Model } from '../../../shared/contract/engine.ts';
import { stream } from '../../../shared/random.ts';

/** Images on which triggers are tried, with what a model answers on them as they are. */
export interface Probes {
  indices: Int32Array;
  /** By probe: the model's answer without a trigger. */
  answers: Int32Array;
  /** Root mean square distance between two probes. */
  natural: number;
}

/** How a pasted trigger moves a model's answers to a class, over probes with another label. */
export interface Flip {
  /** Answered with the class once the trigger is pasted. */
  flipped: Share;
  /** Answered with the class anyway. */
  base: Share;
  /** The difference of the two shares. */
  gain: number;
  /**
   * The gain on the one other class that it moves most, as far as so few probes prove it: a trigger may work on
   * images of one class only.
   */
  gainFromOne: number;
}

/** A trigger reconstructed for a class, and what it does. */
export interface Reconstruction extends Flip {
  trigger: Trigger;
  form: TriggerForm;
  /** Its change as a share of the natural distance between two images. */
  change: number;
}

/** A model and the images that triggers are tried on. */
export interface ProbeInput {
  model: Model;
  data: Images;
  probes: Probes;
  pause: Pause;
}

export async function chooseProbes(
  model: Model,
  data: Images,
  examples: Int32Array,
  count: number,
  seed: number,
  pause: Pause,
): Promise<Probes> {
  const indices = sample(examples, count, seed, 'probes');
  const answers = await answersTo(model, data, indices, null, pause);
  return { indices, answers, natural: naturalDistance(data, indices) };
}

/** Up to `count` of the examples, at random but the same for a seed and a name. */
export function sample(examples: Int32Array, count: number, seed: number, name: string): Int32Array {
  const order = stream(seed, 'careful', name).permutation(examples.length);
  return order.subarray(0, Math.min(count, order.length)).map((position) => examples[position]!);
}

/** Pastes the trigger on probes of other classes. */
export async function flipBy(
  { model, data, probes, pause }: ProbeInput,
  target: number,
  trigger: Trigger,
): Promise<Flip> {
  const other = probes.indices.map((_, i) => i).filter((i) => data.labels[probes.indices[i]!] !== target);
  const indices = other.map((i) => probes.indices[i]!);
  const answers = await answersTo(model, data, indices, trigger, pause);
  const before = Int32Array.from(other, (i) => probes.answers[i]!);
  const flipped = shareOfAnswers(answers, target);
  const base = shareOfAnswers(before, target);
  const labels = indices.map((index) => data.labels[index]!);
  const fromOne = [...new Set(labels)].map((label) => {
    const ofLabel = (_: number, i: number) => labels[i] === label;
    const { hits, of } = shareOfAnswers(answers.filter(ofLabel), target);
    return wilson(hits, of).low - shareOf(shareOfAnswers(before.filter(ofLabel), target));
  });
  const gain = shareOf(flipped) - shareOf(base);
  return { flipped, base, gain, gainFromOne: Math.max(0, ...fromOne) };
}

/** How many of the answers are the class. */
export function shareOfAnswers(answers: Int32Array, target: number): Share {
  return { hits: answers.filter((answer) => answer === target).length, of: answers.length };
}

/**
 * The reconstruction that moves most answers to the class, from all forms and both references (the rest of the
 * class, and other classes). A larger change counts against it.
 * @param limit largest change as a share of the natural distance
 * @returns null when there are too few images of other classes
 */
export async function bestReconstruction(
  { model, data, probes, pause }: ProbeInput,
  target: number,
  suspects: Int32Array,
  references: Int32Array[],
  limit: number,
): Promise<Reconstruction | null> {
  const other = probes.indices.filter((index) => data.labels[index] !== target);
  if (other.length < CAREFUL.smallestClass) return null;
  const measured = other.subarray(0, 64);
  const allowed = limit * probes.natural;
  const usable = references.filter((reference) => reference.length >= CAREFUL.smallestClass);
  const candidates = usable
    .flatMap((reference) => extractCandidates(data, suspects, reference, allowed))
    .map(({ form, trigger: whole }) => {
      const trigger = limited(whole, allowed, data, measured);
      return { form, trigger, change: changeBy(trigger, data, measured) / probes.natural };
    });
  const tried = async (on: Probes, among: typeof candidates) => {
    const results: { candidate: Reconstruction; score: number }[] = [];
    for (const candidate of among) {
      const flip = await flipBy({ model, data, probes: on, pause }, target, candidate.trigger);
      const score = flip.gain - CAREFUL.changePenalty * candidate.change;
      results.push({ candidate: { ...candidate, ...flip }, score });
    }
    return results.sort((a, b) => b.score - a.score).map(({ candidate }) => candidate);
  };
  const { shortlistProbes, shortlist } = CAREFUL;
  if (probes.indices.length < 2 * shortlistProbes) return (await tried(probes, candidates))[0] ?? null;
  const promising = await tried(firstOf(probes, shortlistProbes), candidates);
  return (await tried(probes, promising.slice(0, shortlist)))[0] ?? null;
}

/** The first of the probes. */
export function firstOf({ indices, answers, natural }: Probes, count: number): Probes {
  return { indices: indices.subarray(0, count), answers: answers.subarray(0, count), natural };
}

/**
 * How much less often the model answers the suspects with their label than the rest of the class, as a share of
 * the latter, at least 0. A trigger that the model has not learnt leaves its images to be answered by what they show.
 */
export async function contradictionOf(
  { model, data, pause }: Pick<ProbeInput, 'model' | 'data' | 'pause'>,
  target: number,
  suspects: Int32Array,
  rest: Int32Array,
): Promise<number> {
  const agreement = async (indices: Int32Array) => {
    const answers = await answersTo(model, data, indices, null, pause);
    return answers.filter((answer) => answer === target).length / indices.length;
  };
  const usual = await agreement(rest.subarray(0, CAREFUL.choosingReference));
  return usual > 0 ? Math.max(0, 1 - (await agreement(suspects)) / usual) : 0;
}

/** A model's answers on the images, with or without a trigger, in evaluation mode. */
export async function answersTo(
  model: Model,
  data: Images,
  indices: Int32Array,
  trigger: Trigger | null,
  pause: Pause,
): Promise<Int32Array> {
  const answers = new Int32Array(indices.length);
  for await (const batch of batchesOf(data, indices, EVALUATION_BATCH)) {
    const images = trigger ? pasteTrigger(batch.images, trigger) : batch.images;
    const { predicted } = await model.evaluate(images, batch.labels);
    answers.set(predicted, batch.from);
    await pause();
  }
  return answers;
}
