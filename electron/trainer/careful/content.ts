import { rankClasses, type RankedClass } from '../../../shared/abl/careful/seeds.ts';
import { Neighbours } from '../../../shared/abl/careful/neighbours.ts';
import { CAREFUL, THRESHOLDS } from '../../../shared/abl/careful/settings.ts';
import { stream } from '../../../shared/random.ts';
import { Contrasts } from './detector.ts';
import {
  detectorImages,
  flagCarriers,
  overlap,
  type ExpansionInput,
  type Flagged,
  type Group,
} from './expansion.ts';
import { bestReconstruction, contradictionOf, sample } from './probes.ts';

/** A class whose easiest images look like other classes. */
interface Contradicted {
  ranked: RankedClass;
  /** How often their neighbours have their label, as a multiple of how often any image has it. */
  support: number;
}

/**
 * Looks for poison without a fixed trigger (one that moves, differs from image to image or bends the image). It is
 * learnt as fast as any, so it gathers among a class's lowest losses; and where the true labels are others, those
 * images look like any class, while by nature the easiest images of a class look like their class.
 * @param losses of stage 1, by data-set index
 * @param skip classes that have a group already
 */
export async function groupsByContent(
  input: ExpansionInput,
  losses: Float32Array,
  classes: number,
  skip: Set<number>,
): Promise<Group[]> {
  const groups: Group[] = [];
  for (const { ranked } of await contradictedClasses(input, losses, classes, skip)) {
    const group = await expandByContrast(input, ranked);
    if (group) groups.push(group);
  }
  return groups;
}

async function contradictedClasses(
  { data, examples, seed, pause }: ExpansionInput,
  losses: Float32Array,
  classes: number,
  skip: Set<number>,
): Promise<Contradicted[]> {
  const pool = sample(examples, CAREFUL.neighbourImages, seed, 'neighbours');
  const neighbours = new Neighbours(data, pool);
  const found: Contradicted[] = [];
  for (const ranked of rankClasses(data, losses, examples, classes)) {
    if (skip.has(ranked.class)) continue;
    const usual = pool.filter((index) => data.labels[index] === ranked.class).length / pool.length;
    const few = sample(ranked.seed, CAREFUL.neighbourQueries, seed, 'queries');
    const support = usual > 0 ? neighbours.support(few) / usual : Infinity;
    if (support <= THRESHOLDS.support) found.push({ ranked, support });
    await pause();
  }
  return found.toSorted((a, b) => a.support - b.support).slice(0, CAREFUL.contrastedClasses);
}

/**
 * From the seeds to all images that have in common with them what neither the rest of the class nor other classes
 * have, whatever it is: a detector learns the contrast, and again from what it flags.
 */
async function expandByContrast(input: ExpansionInput, ranked: RankedClass): Promise<Group | null> {
  const { data, examples, seed } = input;
  const target = ranked.class;
  const members = examples.filter((index) => data.labels[index] === target);
  const images = detectorImages(input, target, members);
  let suspects = ranked.seed;
  let rest = ranked.reference;
  let best: Flagged | null = null;
  for (let round = 0; round < CAREFUL.contrastRounds; round++) {
    const random = stream(seed, 'careful', 'contrast', `${target} ${round}`);
    const contrasts = new Contrasts(data, suspects, [rest, images.training], random);
    const found = await flagCarriers(input, contrasts, images, CAREFUL.detectorPatience);
    if (found.flagged.length < CAREFUL.smallestGroup || found.outside > THRESHOLDS.outside) break;
    const flagged = new Set(found.flagged);
    suspects = found.flagged;
    // Not all that is unflagged: carriers that were missed would be learnt as images to be missed.
    const unflagged = ranked.reference.filter((index) => !flagged.has(index));
    if (unflagged.length >= CAREFUL.smallestClass) rest = unflagged;
    const settled: boolean = best !== null && overlap(best.flagged, flagged) >= CAREFUL.settled;
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
  const contradiction = await contradictionOf(input, target, flagged, rest);
  return { class: target, found: 'content', ...best, strong, faint, contradiction };
}
