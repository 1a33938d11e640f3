import type { Pause } from '../../../shared/abl/inspection.ts';
import {
  cutFrom,
  doubtfulShare,
  gapIn,
  isPerhapsShared,
  isShared,
  type CutLimits,
  type GroupFigures,
  type Share,
} from '../../../shared/abl/careful/decision.ts';
import { distinctImages } from '../../../shared/abl/careful/seeds.ts';
import { CAREFUL, THRESHOLDS } from '../../../shared/abl/careful/settings.ts';
import type { Images } from '../../../shared/contract/dataset.ts';
import type { Engine, Model } from '../../../shared/contract/engine.ts';
import { stream } from '../../../shared/random.ts';
import { Pairs, trainDetector, triggerScores, type DetectorBatches } from './detector.ts';
import { bestReconstruction, contradictionOf, sample, type Probes, type Reconstruction } from './probes.ts';
import { suspicion, type Ranking } from './ranking.ts';

/** Images of one class that seem to carry one trigger. */
export interface Group extends Flagged {
  class: number;
  found: GroupFigures['found'];
  /** Made from the flagged. The strongest under the wide limit, and the same under a tighter one. */
  strong: Reconstruction;
  faint: Reconstruction;
  /** Of the flagged images' labels by the model of stage 1, see contradictionOf. */
  contradiction: number;
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
  detectorAccuracy: number;
  /** The third of the class's examples with the lowest scores. */
  lowest: Int32Array;
  /**
   * Images of other classes that carry it as clearly as those of the class: under their own labels, or because there
   * are several targets. Null where hardly any do.
   */
  elsewhere: Carriers | null;
  /** Whether a gap sets those of other classes apart as well. */
  shared: boolean;
  /** By class: its trusted images, and how many of them are flagged too. */
  trusted: Share[];
}

/** Images with the detector's score, by rising data-set index. */
export interface Carriers {
  indices: Int32Array;
  scores: Float32Array;
}

export interface ExpansionInput {
  engine: Engine;
  /** Of stage 1. */
  model: Model;
  data: Images;
  /** The training examples in use. */
  examples: Int32Array;
  probes: Probes;
  seed: number;
  pause: Pause;
  /** Share of the class that a first detector may be in doubt about; beyond it, doubts have to fall. */
  doubts?: number;
  /** Images known to be clean, if there are any. */
  trusted?: Images | null;
}

/**
 * From a few suspects of a class to all of them: reconstruct the trigger, train a detector on it, flag what
 * carries it, and again from the flagged, until these hardly change.
 * @param members the class's examples, without those of groups found earlier
 * @returns the last round, or the one before if its trigger works better; null when hardly anything is flagged
 */
export async function expandGroup(
  input: ExpansionInput,
  ranking: Ranking,
  members: Int32Array,
): Promise<Group | null> {
  const { data, examples, seed } = input;
  const { ranked } = ranking;
  const target = ranked.class;
  const { detectorPatience, detectorPatienceIfWeak, patientFrom } = CAREFUL;
  const patience = suspicion(ranking) >= patientFrom ? detectorPatience : detectorPatienceIfWeak;
  const others = examples.filter((index) => data.labels[index] !== target);
  let images = detectorImages(input, target, members);
  const reference = sample(others, CAREFUL.referenceImages, seed, `reference ${target}`);
  let trigger = await bestReconstruction(
    input,
    target,
    ranked.seed,
    [ranked.reference, reference],
    CAREFUL.faintBudget,
  );
  let best: Group | null = null;
  let doubts = input.doubts ?? Infinity;
  for (let round = 0; trigger && round < CAREFUL.detectorRounds; round++) {
    const random = stream(seed, 'careful', 'detector', `${target} ${round} ${members.length}`);
    const count = round === 0 ? CAREFUL.detectorFirstPairs : CAREFUL.detectorPairs;
    const pairs = new Pairs(data, trigger.trigger, images.training, count, random);
    // A first trigger is vague, and so is its detector.
    const limits: CutLimits = { ...CAREFUL, mixture: true, sharing: round === 0 ? 'perhaps' : 'surely' };
    const found = await flagCarriers(input, pairs, images, patience, limits);
    const suspects = distinctImages(data, surestOf(found));
    if (suspects.length < CAREFUL.smallestGroup) break;
    const flagged = new Set(found.flagged);
    const unflagged = members.filter((index) => !flagged.has(index));
    const rest = unflagged.length >= CAREFUL.smallestClass ? unflagged : ranked.reference;
    const references = [rest, reference];
    const faint = await bestReconstruction(input, target, suspects, references, CAREFUL.faintBudget);
    const strong = await bestReconstruction(input, target, suspects, references, CAREFUL.expansionBudget);
    if (!faint || !strong) break;
    const contradiction = await contradictionOf(input, target, suspects, rest);
    const settled: boolean = best !== null && overlap(best.flagged, flagged) >= CAREFUL.settled;
    if (!best || isBetter({ ...found, strong }, best))
      best = { class: target, found: kindOf(found), ...found, strong, faint, contradiction };
    // A trigger that is not effective once most of its images are found is none, nor one that needs to be strong,
    // unless the model has not learnt it and contradicts the labels.
    const promising =
      faint.gain >= CAREFUL.promising * strong.gain ||
      found.doubtful <= THRESHOLDS.clear.doubtful ||
      found.elsewhere !== null ||
      contradiction >= THRESHOLDS.contradiction;
    if (settled || !promising || (found.outside > THRESHOLDS.outside && !found.elsewhere)) break;
    // Natural likeness comes in degrees, and further rounds do not change that.
    if (found.doubtful > THRESHOLDS.clear.doubtful && found.doubtful > CAREFUL.fewerDoubts * doubts) break;
    doubts = found.doubtful;
    if (found.elsewhere) images = withoutCarriers(images, found.elsewhere);
    trigger = faint;
  }
  return best;
}

/** The flagged images that the detector scores higher than any of another class, or the upper half if they are fewer. */
function surestOf({ flagged, scores, surely }: Flagged): Int32Array {
  const middle = scores.toSorted()[scores.length >> 1]!;
  return flagged.filter((_, i) => scores[i]! >= Math.min(surely, middle));
}

/** Whether a round's trigger works better than that of the best round, or as well and with no more doubts. */
function isBetter(
  round: Pick<Group, 'strong' | 'doubtful'>,
  best: Pick<Group, 'strong' | 'doubtful'>,
): boolean {
  const more = round.strong.gain - best.strong.gain;
  return more > CAREFUL.sameGain || (more >= -CAREFUL.sameGain && round.doubtful <= best.doubtful);
}

function kindOf({ shared }: Flagged): Group['found'] {
  return shared ? 'everywhere' : 'trigger';
}

/** Carriers must not be learnt as images without the trigger. */
function withoutCarriers(images: DetectorImages, { indices }: Carriers): DetectorImages {
  const carriers = new Set(indices);
  return { ...images, training: images.training.filter((index) => !carriers.has(index)) };
}

/** The images that a detector is trained on and asked about. */
export interface DetectorImages {
  /** Of the class. */
  members: Int32Array;
  /** All of other classes; of these some to train on, and some to see how often the detector is wrong. */
  others: Int32Array;
  training: Int32Array;
  outsiders: Int32Array;
}

export function detectorImages(
  { data, examples, seed }: ExpansionInput,
  target: number,
  members: Int32Array,
): DetectorImages {
  const others = examples.filter((index) => data.labels[index] !== target);
  return {
    members,
    others,
    training: sample(others, CAREFUL.detectorImages, seed, `detector ${target}`),
    outsiders: sample(others, CAREFUL.outsideImages, seed, `outside ${target}`),
  };
}

/**
 * Trains a detector and scores the class with it.
 * @param patience see trainDetector
 * @param limits see cutFrom
 */
export async function flagCarriers(
  { engine, data, seed, pause, trusted }: ExpansionInput,
  batches: DetectorBatches,
  { members, others, outsiders }: DetectorImages,
  patience: number,
  limits: CutLimits,
): Promise<Flagged> {
  const { model, accuracy } = await trainDetector(engine, data, batches, patience, seed, pause);
  try {
    const inside = await triggerScores(model, data, members, pause);
    const outside = await triggerScores(model, data, outsiders, pause);
    const gap = gapIn(inside);
    const shared = gap !== null && (limits.sharing === 'perhaps' ? isPerhapsShared : isShared)(outside, gap);
    const cut = shared ? gap : cutFrom(inside, outside, limits);
    const cutByOthers = shared ? gap : cutFrom(inside, outside, { ...limits, mixture: false });
    const positions = members.map((_, i) => i).filter((i) => inside[i]! > cut);
    const shareAbove = (score: number) =>
      outside.filter((s) => s > score).length / Math.max(1, outside.length);
    return {
      flagged: positions.map((i) => members[i]!),
      scores: Float32Array.from(positions, (i) => inside[i]!),
      inside: positions.length / members.length,
      outside: shareAbove(cutByOthers),
      doubtful: doubtfulShare(inside),
      falseAlarms: shareAbove(0.5),
      cut,
      surely: shared
        ? CAREFUL.surelyShared
        : outside.reduce((highest, score) => Math.max(highest, score), cut),
      detectorAccuracy: accuracy,
      lowest: lowestThird(members, inside),
      shared: shared && isShared(outside, gap),
      elsewhere: shared ? carriersAmong(others, await triggerScores(model, data, others, pause), cut) : null,
      trusted: await flaggedTrusted(model, trusted ?? null, cut, pause),
    };
  } finally {
    model.dispose();
  }
}

function lowestThird(indices: Int32Array, scores: Float32Array): Int32Array {
  const rising = Array.from(indices.keys()).sort((a, b) => scores[a]! - scores[b]! || a - b);
  return Int32Array.from(rising.slice(0, Math.ceil(rising.length / 3)), (i) => indices[i]!);
}

function carriersAmong(indices: Int32Array, scores: Float32Array, cut: number): Carriers {
  const isCarrier = (_: number, i: number) => scores[i]! > cut;
  return { indices: indices.filter(isCarrier), scores: scores.filter((score) => score > cut) };
}

/** The carriers of a group's trigger in other classes, a group for each class with enough of them. */
export function groupsElsewhere(group: Group, data: Images): Group[] {
  const { indices, scores } = group.elsewhere ?? { indices: new Int32Array(0), scores: new Float32Array(0) };
  const labels = [...new Set(indices.map((index) => data.labels[index]!))].sort((a, b) => a - b);
  return labels.flatMap((label) => {
    const ofLabel = (_: number | undefined, i: number) => data.labels[indices[i]!] === label;
    const flagged = indices.filter(ofLabel);
    if (distinctImages(data, flagged).length < CAREFUL.smallestGroup) return [];
    return [{ ...group, class: label, flagged, scores: scores.filter(ofLabel), elsewhere: null }];
  });
}

async function flaggedTrusted(
  model: Model,
  trusted: Images | null,
  cut: number,
  pause: Pause,
): Promise<Share[]> {
  if (!trusted) return [];
  const all = Int32Array.from(trusted.labels.keys());
  const scores = await triggerScores(model, trusted, all, pause);
  const shares: Share[] = [];
  trusted.labels.forEach((label, i) => {
    const { hits, of } = shares[label] ?? { hits: 0, of: 0 };
    shares[label] = { hits: hits + (scores[i]! > cut ? 1 : 0), of: of + 1 };
  });
  return Array.from(shares, (share) => share ?? { hits: 0, of: 0 });
}

/** Intersection over union. */
export function overlap(first: Int32Array, second: Set<number>): number {
  const shared = first.filter((index) => second.has(index)).length;
  return shared / (first.length + second.size - shared);
}
