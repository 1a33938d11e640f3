import type { Pause, Responses } from '../../../shared/abl/inspection.ts';
import type { LinearDetector } from '../../../shared/abl/careful/linear.ts';
import {
  cutFrom,
  doubtfulShare,
  gapIn,
  isPerhapsShared,
  isShared,
  type CutLimits,
} from '../../../shared/abl/careful/cut.ts';
import type { Share } from '../../../shared/abl/careful/figures.ts';
import { isWorthFollowing } from '../../../shared/abl/careful/part.ts';
import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import type { Images } from '../../../shared/contract/dataset.ts';
import type { Engine, Model } from '../../../shared/contract/engine.ts';
import { scoresFrom, trainDetector, triggerOdds, type DetectorBatches } from './detector.ts';
import { sample, type Probes } from './probes.ts';

export interface ExpansionInput {
  engine: Engine;
  /** Of stage 1, and what it makes of the examples. */
  model: Model;
  responses: Responses;
  data: Images;
  /** The training examples in use. */
  examples: Int32Array;
  probes: Probes;
  seed: number;
  pause: Pause;
  /** What the doubts of a first detector are compared with, as if another had left them. */
  doubts?: number;
  /** Images known to be clean, if there are any. */
  trusted?: Images | null;
  linear: LinearDetector;
}

/** What a detector says about a class. */
export interface Flagged {
  /** Data-set indices, rising. */
  flagged: Int32Array;
  /** The detector's score by position in `flagged`, 0..1. */
  scores: Float32Array;
  /** Share of the class's examples that are flagged. */
  inside: number;
  /** Share of other classes' images that are, if these alone decide on the cut. */
  outside: number;
  /** Share of the class's examples with a score from 0.1 to 0.9, and of other classes' images above 0.5. */
  doubtful: number;
  falseAlarms: number;
  /** Score above which an image is flagged, and above which no image of another class lies. */
  cut: number;
  surely: number;
  /** The third of the class's examples with the lowest scores. */
  lowest: Int32Array;
  /** The examples with the highest scores, as many as a seed set has at least. */
  highest: Int32Array;
  /**
   * Images of other classes that carry it as clearly as those of the class: under their own labels, or because there
   * are several targets. Null where hardly any do.
   */
  elsewhere: Carriers | null;
  /** Whether a gap sets those of other classes apart as well. */
  shared: boolean;
  /** By class: its trusted images, and how many of them are flagged too. */
  trusted: Share[];
  /** The detectors' log odds that an image carries the trigger, of the class's examples and of some of other classes. */
  odds: { members: Float64Array; outsiders: Float64Array };
}

/** Images with the detector's score, by rising data-set index. */
export interface Carriers {
  indices: Int32Array;
  scores: Float32Array;
}

/** The images that a detector is trained on and asked about. */
export interface DetectorImages {
  target: number;
  /** Of the class. */
  members: Int32Array;
  /** All of other classes; of these some to train on, and some to see how often the detector is wrong. */
  others: Int32Array;
  training: Int32Array;
  outsiders: Int32Array;
}

export function detectorImages(
  { data, examples, seed }: Pick<ExpansionInput, 'data' | 'examples' | 'seed'>,
  target: number,
  members: Int32Array,
): DetectorImages {
  const others = examples.filter((index) => data.labels[index] !== target);
  return {
    target,
    members,
    others,
    training: sample(others, CAREFUL.detectorImages, seed, `detector ${target}`),
    outsiders: sample(others, CAREFUL.outsideImages, seed, `outside ${target}`),
  };
}

/**
 * Trains a detector with each of the sources of batches and scores the class with all of them together.
 * @param patience see trainDetector
 * @param limits see cutFrom
 */
export async function flagCarriers(
  { engine, data, seed, pause, trusted }: ExpansionInput,
  batches: DetectorBatches[],
  { members, others, outsiders }: DetectorImages,
  patience: number,
  limits: CutLimits,
): Promise<Flagged> {
  const models: Model[] = [];
  try {
    for (const [i, source] of batches.entries()) {
      models.push(await trainDetector(engine, data, source, patience, seed + i, pause));
    }
    const odds = {
      members: await triggerOdds(models, data, members, pause),
      outsiders: await triggerOdds(models, data, outsiders, pause),
    };
    const [inside, outside] = [scoresFrom(odds.members), scoresFrom(odds.outsiders)];
    const gap = gapIn(inside);
    const shared = gap !== null && (limits.sharing === 'perhaps' ? isPerhapsShared : isShared)(outside, gap);
    const cut = shared ? gap : cutFrom(inside, outside, limits);
    const cutByOthers = shared ? gap : cutFrom(inside, outside, { ...limits, mixture: false });
    const above = flaggedAbove(cut, members, inside, outside);
    return {
      ...above,
      outside: shareAbove(outside, cutByOthers),
      surely: shared ? CAREFUL.surelyShared : above.surely,
      lowest: lowestThird(members, inside),
      highest: highestOf(members, inside),
      shared: shared && isShared(outside, gap),
      elsewhere: shared
        ? carriersAmong(others, scoresFrom(await triggerOdds(models, data, others, pause)), cut)
        : null,
      trusted: await sharesOfTrusted(trusted, cut, async (images, all) =>
        scoresFrom(await triggerOdds(models, images, all, pause)),
      ),
      odds,
    };
  } finally {
    for (const model of models) model.dispose();
  }
}

/** Whether flagged images may be one heap along a line, as images with a fixed pattern are; too few to tell may be, too. */
export function mayBeHeap(
  { linear }: ExpansionInput,
  { members, outsiders }: DetectorImages,
  flagged: Int32Array,
): boolean {
  const part = linear.part(members, new Set(flagged), outsiders);
  return part === null || isWorthFollowing(part);
}

/** What scores of a class's members and of other classes' images say at a cut. */
export function flaggedAbove(cut: number, members: Int32Array, inside: Float32Array, outside: Float32Array) {
  const positions = members.map((_, i) => i).filter((i) => inside[i]! > cut);
  return {
    flagged: positions.map((i) => members[i]!),
    scores: Float32Array.from(positions, (i) => inside[i]!),
    inside: positions.length / members.length,
    outside: shareAbove(outside, cut),
    doubtful: doubtfulShare(inside),
    falseAlarms: shareAbove(outside, 0.5),
    cut,
    surely: outside.reduce((highest, score) => Math.max(highest, score), cut),
  };
}

function shareAbove(scores: Float32Array, cut: number): number {
  return scores.filter((score) => score > cut).length / Math.max(1, scores.length);
}

/** The images of highest score, as many as a seed set has at least, rising. */
function highestOf(indices: Int32Array, scores: Float32Array): Int32Array {
  const falling = Array.from(indices.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b);
  return Int32Array.from(falling.slice(0, CAREFUL.seedLeast), (i) => indices[i]!).sort();
}

function lowestThird(indices: Int32Array, scores: Float32Array): Int32Array {
  const rising = Array.from(indices.keys()).sort((a, b) => scores[a]! - scores[b]! || a - b);
  return Int32Array.from(rising.slice(0, Math.ceil(rising.length / 3)), (i) => indices[i]!);
}

function carriersAmong(indices: Int32Array, scores: Float32Array, cut: number): Carriers {
  const isCarrier = (_: number, i: number) => scores[i]! > cut;
  return { indices: indices.filter(isCarrier), scores: scores.filter((score) => score > cut) };
}

/** By class: the trusted images, and how many of them score above the cut. */
export async function sharesOfTrusted(
  trusted: Images | null | undefined,
  cut: number,
  scoresOf: (images: Images, all: Int32Array) => Promise<Float32Array>,
): Promise<Share[]> {
  if (!trusted) return [];
  const scores = await scoresOf(trusted, Int32Array.from(trusted.labels.keys()));
  const shares: Share[] = [];
  trusted.labels.forEach((label, i) => {
    const { hits, of } = shares[label] ?? { hits: 0, of: 0 };
    shares[label] = { hits: hits + (scores[i]! > cut ? 1 : 0), of: of + 1 };
  });
  return Array.from(shares, (share) => share ?? { hits: 0, of: 0 });
}

/** The examples of a class. */
export function membersOf(
  label: number,
  { data, examples }: Pick<ExpansionInput, 'data' | 'examples'>,
): Int32Array {
  return examples.filter((index) => data.labels[index] === label);
}

/** The images of all groups. */
export function imagesOf(groups: Pick<Flagged, 'flagged'>[]): Set<number> {
  return new Set(groups.flatMap(({ flagged }) => [...flagged]));
}

/** The indices that are not among some of them. */
export function without(indices: Int32Array, some: Int32Array | ReadonlySet<number>): Int32Array {
  const left = some instanceof Int32Array ? new Set(some) : some;
  return indices.filter((index) => !left.has(index));
}

/** Intersection over union. */
export function overlap(first: Int32Array, second: Set<number>): number {
  const shared = first.filter((index) => second.has(index)).length;
  return shared / (first.length + second.size - shared);
}
