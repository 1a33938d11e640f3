import { worthChecking } from '../../../shared/abl/careful/clarity.ts';
import { rankClasses, type RankedClass } from '../../../shared/abl/careful/seeds.ts';
import { Neighbours, type Likeness } from '../../../shared/abl/careful/neighbours.ts';
import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import { THRESHOLDS } from '../../../shared/abl/careful/thresholds.ts';
import { stream } from '../../../shared/random.ts';
import { Contrasts } from './detector.ts';
import { isSomething } from './class-groups.ts';
import { figuresOf, type Group } from './expansion.ts';
import {
  detectorImages,
  flagCarriers,
  membersOf,
  overlap,
  without,
  type ExpansionInput,
  type Flagged,
} from './flagging.ts';
import { bestReconstruction, contradictionOf, sample } from './probes.ts';

/** A class whose easiest images look like other classes. */
interface Contradicted {
  ranked: RankedClass;
  /** How often their neighbours have their label, as a multiple of how often those of other classes' images have it. */
  support: number;
  /** How many of their neighbours have it. */
  share: number;
}

/**
 * Looks for poison without a fixed trigger (one that moves, differs from image to image or bends the image). It is
 * learnt as fast as any, so it gathers among a class's lowest losses; and where the true labels are others, those
 * images look like any class, while by nature the easiest images of a class look like their class.
 * @param skip classes that have a group already
 * @param found groups of which one may be a part of it: told apart by a trigger that does nothing by itself
 */
export async function groupsByContent(
  input: ExpansionInput,
  classes: number,
  skip: Set<number>,
  found: Group[],
): Promise<Group[]> {
  const groups: Group[] = [];
  for (const { ranked } of await contradictedClasses(input, classes, skip)) {
    const group = await expandByContrast(input, ranked.class, ranked.seed, ranked.reference);
    if (group) groups.push(group);
  }
  let tried = 0;
  for (const { class: target, flagged } of found.filter(isInVain)) {
    if (skip.has(target) || groups.some((group) => group.class === target)) continue;
    const rest = without(membersOf(target, input), flagged);
    if (rest.length < CAREFUL.smallestClass || tried++ >= CAREFUL.contrastedClasses) continue;
    const group = await expandByContrast(input, target, flagged, rest);
    if (group) groups.push(group);
  }
  return groups;
}

/** Whether detectors tell images apart by a trigger that does next to nothing. */
function isInVain(group: Group): boolean {
  const isByDetector = group.found === 'trigger' && !group.stamp;
  return isByDetector && worthChecking(figuresOf(group)) && !isSomething(group);
}

/**
 * Images with the same colour cast are alike whatever they show, so that poison would bear itself out. So a class counts
 * as contradicted if either likeness says so, with or without colours.
 */
async function contradictedClasses(
  input: ExpansionInput,
  classes: number,
  skip: Set<number>,
): Promise<Contradicted[]> {
  const found = new Map<number, Contradicted>();
  for (const likeness of ['look', 'shapes'] as const) {
    const all = await supportsBy(likeness, input, classes, skip);
    for (const one of all.filter((one) => isContradictedBy(one, all))) {
      const { class: target } = one.ranked;
      if (one.support < (found.get(target)?.support ?? Infinity)) found.set(target, one);
    }
  }
  return [...found.values()].toSorted((a, b) => a.support - b.support).slice(0, CAREFUL.contrastedClasses);
}

/**
 * Whether a class's easiest images look like other classes. Where classes are easily told apart their own images bear each other out
 * many times as often as by chance, also if they are but a part of the easiest: then a class is contradicted, too, if less than half of
 * the neighbours have its label, far less than in all other classes.
 * @param all of the classes, this one among them
 */
export function isContradictedBy(
  { support, share }: Pick<Contradicted, 'support' | 'share'>,
  all: Pick<Contradicted, 'support'>[],
): boolean {
  if (support <= THRESHOLDS.support) return true;
  const rising = all.map((one) => Math.min(one.support, Number.MAX_VALUE)).toSorted((a, b) => a - b);
  if (share > THRESHOLDS.supportShare || rising.length < CAREFUL.supportClasses) return false;
  const [usual, next] = [rising[rising.length >> 1]!, rising[1]!];
  return support <= Math.min(THRESHOLDS.supportOfUsual * usual, THRESHOLDS.supportOfNext * next);
}

async function supportsBy(
  likeness: Likeness,
  { data, examples, responses: { losses }, seed, pause }: ExpansionInput,
  classes: number,
  skip: Set<number>,
): Promise<Contradicted[]> {
  const pool = sample(examples, CAREFUL.neighbourImages, seed, 'neighbours');
  const neighbours = new Neighbours(data, pool, likeness);
  const labelsNear = async (indices: Int32Array) => {
    const near: { index: number; labels: number[] }[] = [];
    for (const index of indices) {
      near.push({ index, labels: neighbours.labelsNear(index) });
      await pause();
    }
    return near;
  };
  const strangers = await labelsNear(sample(pool, CAREFUL.neighbourStrangers, seed, 'strangers'));
  const found: Contradicted[] = [];
  for (const ranked of rankClasses(data, losses, examples, classes)) {
    const { class: target } = ranked;
    if (skip.has(target)) continue;
    // Dull images are neighbours of many: how often a class is met by chance differs from its size.
    const chance = shareOfLabel(
      strangers.filter(({ index }) => data.labels[index] !== target),
      target,
    );
    const near = await labelsNear(sample(ranked.seed, CAREFUL.neighbourQueries, seed, 'queries'));
    const share = shareOfLabel(near, target);
    found.push({ ranked, share, support: chance > 0 ? share / chance : Infinity });
  }
  return found;
}

function shareOfLabel(near: { labels: number[] }[], label: number): number {
  const all = near.flatMap(({ labels }) => labels);
  return all.length > 0 ? all.filter((one) => one === label).length / all.length : 0;
}

/**
 * From the seeds to all images that have in common with them what neither the rest of the class nor other classes
 * have, whatever it is: a detector learns the contrast, and again from what it flags.
 */
async function expandByContrast(
  input: ExpansionInput,
  target: number,
  seeds: Int32Array,
  reference: Int32Array,
): Promise<Group | null> {
  const { data, seed } = input;
  const images = detectorImages(input, target, membersOf(target, input));
  let suspects = seeds;
  let rest = reference;
  let best: Flagged | null = null;
  for (let round = 0; round < CAREFUL.contrastRounds; round++) {
    const random = stream(seed, 'careful', 'contrast', `${target} ${round}`);
    const contrasts = new Contrasts(data, suspects, [rest, images.training], random);
    // A detector that has seen a part of the carriers is unsure of others, but not so with images without a trigger.
    const { contrastLowestCut: lowestCut, contrastOutsideShare: outsideShare } = CAREFUL;
    const limits = { lowestCut, outsideShare, mixture: false, sharing: 'surely' as const };
    const found = await flagCarriers(input, [contrasts], images, CAREFUL.detectorPatience, limits);
    if (found.flagged.length < CAREFUL.smallestGroup || found.outside > THRESHOLDS.outside) break;
    const flagged = new Set(found.flagged);
    suspects = found.flagged;
    // Not all that is unflagged: carriers that were missed would be learnt as images to be missed.
    const unflagged = found.lowest.filter((index) => !flagged.has(index));
    if (unflagged.length >= CAREFUL.smallestClass) rest = unflagged;
    const settled: boolean = best !== null && overlap(best.flagged, flagged) >= CAREFUL.contrastSettled;
    best = found;
    if (settled) break;
  }
  if (!best) return null;
  const { flagged } = best;
  const reconstruct = (budget: number) =>
    bestReconstruction(input, target, flagged, [rest, images.training], budget);
  const faint = await reconstruct(CAREFUL.faintBudget);
  const strong = await reconstruct(CAREFUL.expansionBudget);
  if (!faint || !strong) return null;
  const contradiction = contradictionOf(input.responses.predicted, target, flagged, rest);
  return { class: target, found: 'content', ...best, odds: null, strong, faint, contradiction };
}
