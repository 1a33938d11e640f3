import { batchesOf } from '../../../shared/abl/batches.ts';
import { EVALUATION_BATCH, type Pause } from '../../../shared/abl/inspection.ts';
import { extractCandidates, type TriggerForm } from '../../../shared/abl/careful/extraction.ts';
import { shareOf, type Share } from '../../../shared/abl/careful/figures.ts';
import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import { limited, naturalDistance, pasteOne, type Trigger } from '../../../shared/abl/careful/trigger.ts';
import { wilson } from '../../../shared/metrics/interval.ts';
import type { Images } from '../../../shared/contract/dataset.ts';
import type { Model } from '../../../shared/contract/engine.ts';
import { imageBytes } from '../../../shared/images.ts';
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
  const answers = await answersTo(model, data, indices, pause);
  return { indices, answers, natural: naturalDistance(data, indices) };
}

/** Up to `count` of the examples, at random but the same for a seed and a name. */
export function sample(examples: Int32Array, count: number, seed: number, name: string): Int32Array {
  const order = stream(seed, 'careful', name).permutation(examples.length);
  return order.subarray(0, Math.min(count, order.length)).map((position) => examples[position]!);
}

/** Pastes the trigger on probes of other classes. */
export async function flipBy(input: ProbeInput, target: number, trigger: Trigger): Promise<Flip> {
  return (await flipsBy(input, target, [trigger]))[0]!;
}

/** The same for several triggers, each by itself. */
async function flipsBy(input: ProbeInput, target: number, triggers: Trigger[]): Promise<Flip[]> {
  const { data, probes } = input;
  const other = probes.indices.map((_, i) => i).filter((i) => data.labels[probes.indices[i]!] !== target);
  const indices = other.map((i) => probes.indices[i]!);
  const before = Int32Array.from(other, (i) => probes.answers[i]!);
  const base = shareOfAnswers(before, target);
  const labels = indices.map((index) => data.labels[index]!);
  const answersToAll = await answersWithTriggers(input, indices, triggers);
  return triggers.map((_, t) => {
    const answers = answersToAll.subarray(t * indices.length, (t + 1) * indices.length);
    const flipped = shareOfAnswers(answers, target);
    const fromOne = [...new Set(labels)].map((label) => {
      const ofLabel = (_: number, i: number) => labels[i] === label;
      const { hits, of } = shareOfAnswers(answers.filter(ofLabel), target);
      return wilson(hits, of).low - shareOf(shareOfAnswers(before.filter(ofLabel), target));
    });
    const gain = shareOf(flipped) - shareOf(base);
    return { flipped, base, gain, gainFromOne: Math.max(0, ...fromOne) };
  });
}

/** The model's answers on the images with the first trigger, followed by those with the next; in as few calls as can be. */
async function answersWithTriggers(
  { model, data, pause }: ProbeInput,
  indices: Int32Array,
  triggers: Trigger[],
): Promise<Int32Array> {
  const answers = new Int32Array(triggers.length * indices.length);
  const size = imageBytes(data);
  const most = Math.min(EVALUATION_BATCH, answers.length);
  const pixels = new Uint8ClampedArray(most * size);
  const labels = new Int32Array(most);
  for (let from = 0; from < answers.length; from += most) {
    const count = Math.min(most, answers.length - from);
    for (let i = 0; i < count; i++) {
      const image = data.image(indices[(from + i) % indices.length]!);
      pasteOne(pixels, i * size, image, triggers[Math.floor((from + i) / indices.length)]!);
    }
    const images = new Uint8Array(pixels.buffer, 0, count * size);
    answers.set((await model.evaluate(images, labels.subarray(0, count))).predicted, from);
    await pause();
  }
  return answers;
}

/** How many of the answers are the class. */
export function shareOfAnswers(answers: Int32Array, target: number): Share {
  return { hits: answers.filter((answer) => answer === target).length, of: answers.length };
}

/**
 * The reconstruction that moves most answers to the class, from all forms and both references (the rest of the
 * class, and other classes). A larger change counts against it.
 * @param limit largest change as a share of the natural distance
 * @param worthwhile where the best of all promises less than this on a few probes, it is not tried on all
 * @returns null when there are too few images of other classes
 */
export async function bestReconstruction(
  { model, data, probes, pause }: ProbeInput,
  target: number,
  suspects: Int32Array,
  references: Int32Array[],
  limit: number,
  worthwhile = -Infinity,
): Promise<Reconstruction | null> {
  const other = probes.indices.filter((index) => data.labels[index] !== target);
  if (other.length < CAREFUL.smallestClass) return null;
  const measured = other.subarray(0, 64);
  const allowed = limit * probes.natural;
  const usable = references.filter((reference) => reference.length >= CAREFUL.smallestClass);
  const candidates = usable
    .flatMap((reference) => extractCandidates(data, suspects, reference, allowed))
    .map(({ form, trigger: whole }) => {
      const { trigger, change } = limited(whole, allowed, data, measured);
      return { form, trigger, change: change / probes.natural };
    });
  const tried = async (on: Probes, among: typeof candidates): Promise<Reconstruction[]> => {
    const triggers = among.map(({ trigger }) => trigger);
    const flips = await flipsBy({ model, data, probes: on, pause }, target, triggers);
    const score = ({ gain, change }: Reconstruction) => gain - CAREFUL.changePenalty * change;
    return among.map((candidate, i) => ({ ...candidate, ...flips[i]! })).sort((a, b) => score(b) - score(a));
  };
  const { shortlistProbes, shortlist } = CAREFUL;
  if (probes.indices.length < 2 * shortlistProbes) return (await tried(probes, candidates))[0] ?? null;
  const promising = await tried(firstOf(probes, shortlistProbes, data, target), candidates);
  const [best = null] = promising;
  if (best && Math.max(best.gain, best.gainFromOne) < worthwhile) return best;
  return (await tried(probes, promising.slice(0, shortlist)))[0] ?? null;
}

/** The first of the probes: so many, and more until enough are of other classes. */
export function firstOf(probes: Probes, least: number, { labels }: Images, target: number): Probes {
  let count = 0;
  let others = 0;
  while (count < probes.indices.length && (count < least || others < CAREFUL.smallestClass)) {
    if (labels[probes.indices[count++]!] !== target) others++;
  }
  const { indices, answers, natural } = probes;
  return { indices: indices.subarray(0, count), answers: answers.subarray(0, count), natural };
}

/**
 * How much less often the model answers the suspects with their label than the rest of the class, as a share of
 * the latter, at least 0. A trigger that the model has not learnt leaves its images to be answered by what they show.
 * @param predicted by data-set index: the model's answers
 */
export function contradictionOf(
  predicted: Int32Array,
  target: number,
  suspects: Int32Array,
  rest: Int32Array,
): number {
  const agreement = (indices: Int32Array) =>
    indices.filter((index) => predicted[index] === target).length / indices.length;
  const usual = agreement(rest);
  return usual > 0 ? Math.max(0, 1 - agreement(suspects) / usual) : 0;
}

/** A model's answers on the images, in evaluation mode. */
export async function answersTo(
  model: Model,
  data: Images,
  indices: Int32Array,
  pause: Pause,
): Promise<Int32Array> {
  const answers = new Int32Array(indices.length);
  for await (const { images, labels, from } of batchesOf(data, indices, EVALUATION_BATCH)) {
    answers.set((await model.evaluate(images, labels)).predicted, from);
    await pause();
  }
  return answers;
}
