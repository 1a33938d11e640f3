import type { CutLimits } from '../../../shared/abl/careful/cut.ts';
import type { GroupFigures, StampFigures } from '../../../shared/abl/careful/figures.ts';
import type { PartFigures } from '../../../shared/abl/careful/part.ts';
import { distinctImages, type RankedClass } from '../../../shared/abl/careful/seeds.ts';
import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import { THRESHOLDS } from '../../../shared/abl/careful/thresholds.ts';
import type { Images } from '../../../shared/contract/dataset.ts';
import { stream } from '../../../shared/random.ts';
import type { Amplified } from './amplified.ts';
import { Pairs } from './detector.ts';
import {
  detectorImages,
  flagCarriers,
  mayBeHeap,
  overlap,
  type Carriers,
  type DetectorImages,
  type ExpansionInput,
  type Flagged,
} from './flagging.ts';
import { bestReconstruction, contradictionOf, sample, type Reconstruction } from './probes.ts';
import { suspicion, type Ranking } from './ranking.ts';

/** Images of one class that seem to carry one trigger. */
export interface Group extends Omit<Flagged, 'lowest' | 'highest' | 'shared' | 'odds'> {
  class: number;
  found: GroupFigures['found'];
  /** Of the trained detectors; null where there were none. */
  odds: Flagged['odds'] | null;
  /** Made from the flagged. The strongest under the wide limit, and the same under a tighter one. */
  strong: Reconstruction;
  faint: Reconstruction;
  /** Of the flagged images' labels by the model of stage 1, see contradictionOf. */
  contradiction: number;
  /** The patch by which they were found, if they were found so. */
  stamp?: StampFigures;
  /** How they lie to images of other classes, if they are such images with a pattern. */
  foreign?: PartFigures;
  /** How they lie to the rest of their class; null where that cannot be told. */
  part?: PartFigures | null;
  /** What they have more than that rest, twice as strong, if they seem to have a pattern. */
  amplified?: Amplified | null;
}

/**
 * From a few suspects of a class to all of them: reconstruct the trigger, train a detector on it, flag what
 * carries it, and again from the flagged, until these hardly change.
 * @param members the class's examples, without those of groups found earlier
 * @returns the best round, see isBetter; null when hardly anything is flagged
 */
export async function expandGroup(
  input: ExpansionInput,
  ranking: Ranking,
  members: Int32Array,
): Promise<Group | null> {
  const { data } = input;
  const { ranked } = ranking;
  const patience = suspicion(ranking) >= CAREFUL.patientFrom ? undefined : CAREFUL.detectorPatienceIfWeak;
  let images = detectorImages(input, ranked.class, members);
  const reference = otherClasses(input, images);
  let trigger = await bestReconstruction(
    input,
    ranked.class,
    ranked.seed,
    [ranked.reference, reference],
    CAREFUL.faintBudget,
  );
  let best: Group | null = null;
  let doubts = input.doubts ?? CAREFUL.firstDoubts;
  for (let turn = 0; trigger && turn < CAREFUL.detectorRounds; turn++) {
    const isFirst = turn === 0;
    const round = await carriersOf(input, ranked, images, trigger, {
      name: `${turn}`,
      detectors: 1,
      pairs: isFirst ? CAREFUL.detectorFirstPairs : CAREFUL.detectorPairs,
      patience,
      // A first trigger is vague, and so is its detector.
      sharing: isFirst ? 'perhaps' : 'surely',
      // It may find too few though it works.
      isEnoughToGoOn: isFirst && trigger.gain >= CAREFUL.expandSurely,
    });
    if (!round) break;
    const settled: boolean =
      best !== null && overlap(best.flagged, new Set(round.flagged)) >= CAREFUL.settled;
    const isWhole = suspectsIn(data, round).length >= CAREFUL.smallestGroup;
    if (isWhole && (!best || isBetter(round, best))) best = round;
    // A trigger that is not effective once most of its images are found is none, nor one that needs to be strong,
    // unless the model has not learnt it and contradicts the labels.
    const promising =
      round.faint.gain >= CAREFUL.promising * round.strong.gain ||
      round.doubtful <= THRESHOLDS.clear.doubtful ||
      round.elsewhere !== null ||
      round.contradiction >= THRESHOLDS.contradiction;
    if (settled || !promising || (round.outside > THRESHOLDS.outside && !round.elsewhere)) break;
    // Natural likeness comes in degrees, and further rounds do not change that.
    const isVague = round.doubtful > CAREFUL.fewDoubts && round.doubtful > CAREFUL.fewerDoubts * doubts;
    // Nor to a kind of images, which no line sets apart either.
    const isKind = () => round.doubtful > CAREFUL.fewDoubts && !mayBeHeap(input, images, round.flagged);
    if (!round.elsewhere && (isVague || isKind())) break;
    if (isWhole) doubts = Math.min(doubts, round.doubtful);
    if (round.elsewhere) images = withoutCarriers(images, round.elsewhere);
    trigger = round.faint;
  }
  return best;
}

/**
 * The group once more, by several detectors together: where one is in doubt, chance decides about the images at the cut.
 * @param members as for expandGroup
 * @returns null when they flag other images, or their trigger works less; and where it is rather a kind of images
 */
export async function refineGroup(
  input: ExpansionInput,
  { ranked }: Ranking,
  members: Int32Array,
  group: Group,
): Promise<Group | null> {
  const images = detectorImages(input, group.class, members);
  // Several detectors take time, and a kind of images leaves doubts to all of them.
  if (!mayBeHeap(input, images, group.flagged)) return null;
  const round = await carriersOf(input, ranked, images, group.faint, {
    name: 'together',
    detectors: CAREFUL.detectorsTogether,
    pairs: CAREFUL.detectorPairs,
    sharing: 'surely',
    isEnoughToGoOn: false,
  });
  if (round?.found !== group.found) return null;
  const isSame = overlap(group.flagged, new Set(round.flagged)) >= CAREFUL.refinedOverlap;
  return isSame && round.strong.gain >= group.strong.gain - CAREFUL.sameGain ? round : null;
}

interface RoundPlan {
  /** Of its random numbers. */
  name: string;
  /** Detectors whose scores are averaged. */
  detectors: number;
  /** Images with and without the trigger in a batch. */
  pairs: number;
  patience?: number;
  sharing: CutLimits['sharing'];
  /** Whether the images of highest score will do where fewer than a group are flagged. */
  isEnoughToGoOn: boolean;
}

/** A detector of the trigger, what it flags, and the trigger that these suggest; null when hardly anything is flagged. */
async function carriersOf(
  input: ExpansionInput,
  { class: target, reference: usual }: RankedClass,
  images: DetectorImages,
  trigger: Reconstruction,
  { name, detectors, pairs, patience = CAREFUL.detectorPatience, sharing, isEnoughToGoOn }: RoundPlan,
): Promise<Group | null> {
  const { data, seed } = input;
  const { members } = images;
  const batches = Array.from({ length: detectors }, (_, i) => {
    const own = [target, name, members.length, ...(i > 0 ? [i] : [])].join(' ');
    return new Pairs(data, trigger.trigger, images.training, pairs, stream(seed, 'careful', 'detector', own));
  });
  const found = await flagCarriers(input, batches, images, patience, { ...CAREFUL, mixture: true, sharing });
  let suspects = suspectsIn(data, found);
  if (suspects.length < CAREFUL.smallestGroup && isEnoughToGoOn)
    suspects = distinctImages(data, found.highest);
  if (suspects.length < CAREFUL.smallestGroup) return null;
  const flagged = new Set([...found.flagged, ...suspects]);
  const unflagged = members.filter((index) => !flagged.has(index));
  const rest = unflagged.length >= CAREFUL.smallestClass ? unflagged : usual;
  const references = [rest, otherClasses(input, images)];
  const faint = await bestReconstruction(input, target, suspects, references, CAREFUL.faintBudget);
  const strong = await bestReconstruction(input, target, suspects, references, CAREFUL.expansionBudget);
  if (!faint || !strong) return null;
  const contradiction = contradictionOf(input.responses.predicted, target, suspects, rest);
  return { class: target, found: kindOf(found), ...found, strong, faint, contradiction };
}

/** Images of other classes that a class's suspects are compared with. */
export function otherClasses({ seed }: ExpansionInput, { target, others }: DetectorImages): Int32Array {
  return sample(others, CAREFUL.referenceImages, seed, `reference ${target}`);
}

/**
 * The flagged images, each once, that the detector scores higher than any of another class, or the upper half if they are
 * fewer.
 */
function suspectsIn(
  data: Images,
  { flagged, scores, surely }: Pick<Flagged, 'flagged' | 'scores' | 'surely'>,
): Int32Array {
  const middle = scores.toSorted()[scores.length >> 1]!;
  return distinctImages(
    data,
    flagged.filter((_, i) => scores[i]! >= Math.min(surely, middle)),
  );
}

/**
 * Whether a round's trigger works better than that of the best round, or as well and with no more doubts. Where doubts
 * are gone, it may work a little less: the trigger of a few images holds more of what else they share.
 */
export function isBetter(round: Compared, best: Compared): boolean {
  if (isRidOfDoubts(round, best)) return round.strong.gain >= (1 - CAREFUL.lostGain) * best.strong.gain;
  if (isRidOfDoubts(best, round)) return !isBetter(best, round);
  const more = round.strong.gain - best.strong.gain;
  return more > CAREFUL.sameGain || (more >= -CAREFUL.sameGain && round.doubtful <= best.doubtful);
}

function isRidOfDoubts(one: Compared, other: Compared): boolean {
  return other.doubtful > CAREFUL.someDoubts && one.doubtful <= CAREFUL.hardlyDoubts * other.doubtful;
}

type Compared = { strong: Pick<Reconstruction, 'gain'>; doubtful: number };

function kindOf({ shared }: Flagged): Group['found'] {
  return shared ? 'everywhere' : 'trigger';
}

/** Carriers must not be learnt as images without the trigger. */
function withoutCarriers(images: DetectorImages, { indices }: Carriers): DetectorImages {
  const carriers = new Set(indices);
  return { ...images, training: images.training.filter((index) => !carriers.has(index)) };
}

/** What the decision reads of a group, before the check. */
export function figuresOf({
  class: target,
  found,
  flagged,
  strong,
  faint,
  stamp,
  foreign,
  part,
  amplified,
  ...shares
}: Group): GroupFigures {
  const { inside, outside, doubtful, falseAlarms, contradiction } = shares;
  const { gain, flipped } = strong;
  const figures = {
    gain,
    faintGain: faint.gain,
    flipped,
    inside,
    outside,
    doubtful,
    falseAlarms,
    contradiction,
  };
  const how = {
    stamp: stamp ?? null,
    foreign: foreign ?? null,
    part: part ?? null,
    amplified: amplified
      ? { gain: amplified.gain, flipped: amplified.flipped, uniform: amplified.uniform }
      : null,
  };
  return { class: target, found, flagged: flagged.length, ...figures, ...how, check: null };
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
