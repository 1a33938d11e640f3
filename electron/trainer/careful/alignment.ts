import { cutFrom, gapIn, isShared } from '../../../shared/abl/careful/cut.ts';
import type { LinearFit } from '../../../shared/abl/careful/linear.ts';
import {
  isDiverse,
  isDiverseHeap,
  isMoved,
  isTight,
  isWorthFollowing,
  liesApart,
  ofRest,
  type PartFigures,
} from '../../../shared/abl/careful/part.ts';
import { distinctImages } from '../../../shared/abl/careful/seeds.ts';
import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import { THRESHOLDS } from '../../../shared/abl/careful/thresholds.ts';
import { scoresFrom } from './detector.ts';
import { otherClasses, type Group } from './expansion.ts';
import { foreignFrom, ForeignSearch, isSureOfForeign, type FoundForeign } from './foreign.ts';
import {
  detectorImages,
  flaggedAbove,
  overlap,
  sharesOfTrusted,
  without,
  type DetectorImages,
  type ExpansionInput,
  type Flagged,
} from './flagging.ts';
import { bestReconstruction, contradictionOf } from './probes.ts';
import type { Ranking } from './ranking.ts';

/** What is told apart along one direction in the space of pixels, see LinearDetector. */
interface Alignment extends Pick<
  Flagged,
  'flagged' | 'scores' | 'inside' | 'outside' | 'doubtful' | 'falseAlarms' | 'cut' | 'surely'
> {
  fit: LinearFit;
}

/**
 * The same group with the images that a linear detector flags, together with the group's detectors or, where these are
 * in doubt, alone: they do not know how the class looks without the trigger. The figures stay those of the detectors,
 * since natural likeness, too, is told apart well along a line.
 * @returns null where the detectors are hardly ever in doubt, or a line does not tell them apart well, or other images
 */
export async function alignGroup(
  input: ExpansionInput,
  members: Int32Array,
  group: Group,
): Promise<Group | null> {
  if (group.doubtful <= CAREFUL.hardlyDoubtful) return null;
  const images = detectorImages(input, group.class, members);
  const isFit = ({ flagged, doubtful, outside }: Alignment) =>
    doubtful <= CAREFUL.linearDoubtful &&
    outside <= THRESHOLDS.outside &&
    overlap(group.flagged, new Set(flagged)) >= CAREFUL.linearOverlap;
  const alone = align(input, images, group.flagged, null);
  if (!alone || !isFit(alone)) return null;
  if (group.doubtful > CAREFUL.someDoubts) {
    return joined(group, { ...alone, trusted: await trustedAlong(input, group.class, alone) });
  }
  const together = align(input, images, group.flagged, group.odds);
  return together && isFit(together) ? joined(group, { ...together, trusted: group.trusted }) : null;
}

/** Whether two groups are for the most part the same images. */
export function isSame(one: Pick<Group, 'flagged'>, other: Pick<Group, 'flagged'>): boolean {
  return overlap(one.flagged, new Set(other.flagged)) >= CAREFUL.refinedOverlap;
}

/** The group with the images of another way to look for it. */
export function joined(
  group: Group,
  found: Pick<Group, 'flagged' | 'scores' | 'inside' | 'cut' | 'surely' | 'trusted' | 'foreign'>,
): Group {
  const { flagged, scores, inside, cut, surely, trusted, foreign } = found;
  return { ...group, flagged, scores, inside, cut, surely, trusted, foreign };
}

/**
 * The group of images that have a patch, completed by those that a line knows by the rest of a pattern. The line is less sure of
 * these than bytes are of the others.
 * @param members of the class
 */
export function completed(
  group: Group,
  line: Pick<Flagged, 'flagged' | 'scores' | 'outside' | 'trusted'>,
  members: Int32Array,
): Group {
  const scores = new Map<number, number>();
  line.flagged.forEach((index, i) => scores.set(index, line.scores[i]! * group.surely));
  group.flagged.forEach((index, i) => scores.set(index, Math.max(group.scores[i]!, scores.get(index) ?? 0)));
  const flagged = Int32Array.from(scores.keys()).sort();
  return {
    ...group,
    flagged,
    scores: Float32Array.from(flagged, (index) => scores.get(index)!),
    inside: flagged.length / members.length,
    outside: Math.max(group.outside, line.outside),
    trusted: group.trusted.map(({ hits, of }, label) => ({
      // Who is flagged by both is not known here; that many more speak for an innocent look.
      hits: Math.min(of, hits + (line.trusted[label]?.hits ?? 0)),
      of,
    })),
  };
}

/** The images of a class that a line sets apart well which is found from some that have a pattern; null if none does. */
export function alongLine(
  input: Pick<ExpansionInput, 'linear'>,
  images: DetectorImages,
  carriers: Int32Array,
): Alignment | null {
  const alignment = align(input, images, carriers, null);
  return alignment && isSharp(alignment) && isSame(alignment, { flagged: carriers }) ? alignment : null;
}

/** How many of the trusted images a line flags. */
export function trustedAlong(
  { trusted }: ExpansionInput,
  target: number,
  { fit, cut }: { fit: Pick<LinearFit, 'elsewhere'>; cut: number },
) {
  return sharesOfTrusted(trusted, cut, (of, all) =>
    Promise.resolve(scoresFrom(fit.elsewhere(all, of, target))),
  );
}

/**
 * The images of a class that are shifted like its suspects, whatever a network knows of it: a faint pattern all over an
 * image is hardly seen by a network that pools over the image.
 * @param rankings whose seeds are the suspects; of these the first that leads to a group is taken
 */
export async function alignedGroup(
  input: ExpansionInput,
  rankings: Ranking[],
  members: Int32Array,
): Promise<Group | null> {
  for (const { ranked } of rankings) {
    const images = detectorImages(input, ranked.class, members);
    const found = align(input, images, ranked.seed, null);
    const alignment = found && tellsApart(found) ? found : alignedWithCovers(input, images, ranked.seed);
    if (!alignment) continue;
    const group = await groupAlong(input, images, alignment, ranked.reference);
    if (group) return group;
  }
  return null;
}

/**
 * The same where images of other classes are shifted as clearly, e.g. covers, which carry the trigger under their own labels.
 * @returns null unless these are few, and the class's are of all kinds; series of nearly the same image have their like, too
 */
export function alignedWithCovers(
  input: Pick<ExpansionInput, 'linear'>,
  images: DetectorImages,
  suspects: Int32Array,
): Alignment | null {
  let isByGap = false;
  const found = align(input, images, suspects, null, (inside, outside) => {
    const gap = gapIn(inside);
    isByGap = gap !== null && isShared(outside, gap);
    return isByGap ? gap : null;
  });
  const { doubtful, outside, outsideOfInside, diverse } = CAREFUL.linearCovers;
  if (!found || !isByGap || found.doubtful > doubtful) return null;
  if (found.outside > Math.min(outside, outsideOfInside * found.inside)) return null;
  const few = images.outsiders.subarray(0, CAREFUL.partOutsiders);
  const part = input.linear.part(images.members, new Set(found.flagged), few);
  return part && isDiverse(part, diverse) ? { ...found, surely: CAREFUL.surelyShared } : null;
}

/** A part of a class that lies apart along some line, as one heap. */
export interface Apart {
  /** Those from which the line is found, and those that it sets apart. */
  suspects: Int32Array;
  flagged: Int32Array;
  figures: PartFigures;
  /** Whether it lies apart not from the rest of the class but from other classes, see ForeignSearch. */
  isForeign: boolean;
}

/** The parts of a class that lie apart, by the pixels alone; without any suspects. */
export async function partsApart(
  input: Pick<ExpansionInput, 'data' | 'examples' | 'seed' | 'linear' | 'pause'>,
  target: number,
  members: Int32Array,
): Promise<Apart[]> {
  const { seed, pause } = input;
  const linear = input.linear.remembering();
  const images = detectorImages(input, target, members);
  const few = images.outsiders.subarray(0, CAREFUL.partOutsiders);
  const looked = linear.sampled(members);
  const foreign = new ForeignSearch(linear, { ...images, members: looked }, pause);
  const parts: Apart[] = [];
  const strangers: (FoundForeign | null)[] = [];
  const unlikely: Int32Array[] = [];
  const tried = new Set<string>();
  for (const part of linear.parts(members, few, seed)) {
    await pause();
    const before = linear.part(members, new Set(part), few);
    if (!before) continue;
    const isRest = before.outsiders > 0.5;
    // Images of other classes lie nearer to those with a pattern than to the class's look; but a pattern may well lead away from both.
    const other = without(looked, part);
    strangers.push(await foreign.among(isRest ? other : part));
    unlikely.push(isRest ? part : other);
    if (!isWorthFollowing(before) && !(isRest && isWorthFollowing(ofRest(before)))) continue;
    const suspects = isRest ? without(members, part) : part;
    if (tried.has(suspects.join())) continue;
    tried.add(suspects.join());
    // Few images of other classes will do to begin with.
    const roughly = align({ linear }, { ...images, outsiders: few }, suspects, null);
    await pause();
    const alignment =
      roughly && isFairlySharp(roughly) ? align({ linear }, images, roughly.flagged, null) : null;
    if (!alignment || !isFairlySharp(alignment)) continue;
    const { flagged } = alignment;
    const figures = linear.part(members, new Set(flagged), few);
    if (!figures || figures.outsiders > 0.5) continue;
    // What scatters leaves more doubts, on whichever side of a heap.
    if (!(isSharp(alignment) && isSharp(roughly!) && liesApart(figures)) && !isTight(figures)) continue;
    parts.push({ suspects: roughly!.flagged, flagged, figures, isForeign: false });
  }
  for (const own of unlikely) strangers.push(await foreign.among(own, 2 * CAREFUL.foreignTries));
  const found = strangers.filter((stranger) => stranger !== null);
  const stranger = found.find(isSureOfForeign) ?? found[0];
  if (stranger) {
    const { flagged, figures } = stranger;
    parts.push({ suspects: flagged, flagged, figures, isForeign: true });
  }
  return parts;
}

/**
 * Of the parts that lie apart the one that does so furthest. A pattern goes first. Clean-label attacks that the model of stage
 * 1 has hardly learnt are found by this alone.
 */
export async function groupApart(
  input: ExpansionInput,
  target: number,
  members: Int32Array,
  parts: Apart[],
): Promise<Group | null> {
  let best: { suspects: Int32Array; rank: number; apart: number } | null = null;
  for (const { suspects, flagged, figures, isForeign } of parts) {
    if (isForeign) continue;
    // What a kind of images has by nature, the model of stage 1 has learnt with its labels.
    const rest = without(members, flagged);
    const contradiction = contradictionOf(input.responses.predicted, target, flagged, rest);
    const rank = isMoved(figures) ? 2 : isTight(figures) ? 1 : 0;
    if (rank === 0 && !isDiverseHeap(figures) && contradiction < THRESHOLDS.contradiction) continue;
    const { apart } = figures;
    const isFurther: boolean = !best || (rank === best.rank ? apart > best.apart : rank > best.rank);
    if (isFurther) best = { suspects, rank, apart };
  }
  if (!best) return null;
  const images = detectorImages(input, target, members);
  const alignment = align(input, images, best.suspects, null);
  return alignment && groupAlong(input, images, alignment, members);
}

/** The images of other classes with one pattern that are among a class, if there are any beyond doubt. */
export async function foreignGroup(
  input: ExpansionInput,
  target: number,
  members: Int32Array,
  parts: Apart[],
): Promise<Group | null> {
  const among = await foreignAmong(input, target, members, parts);
  if (!among?.found || !isSureOfForeign(among.found)) return null;
  const group = await groupAlong(input, among.images, among.found, members);
  return group && { ...group, foreign: among.found.figures };
}

/** The same where they leave doubts: too vague for a group, and no more than a reason to search the class. Rising. */
export async function vagueForeign(
  input: ForeignInput,
  target: number,
  members: Int32Array,
  parts: Apart[],
): Promise<Int32Array | null> {
  const among = await foreignAmong(input, target, members, parts);
  if (!among || (among.found && isSureOfForeign(among.found))) return null;
  return (among.found ?? among.part).flagged.toSorted();
}

type ForeignInput = Pick<ExpansionInput, 'data' | 'examples' | 'seed' | 'linear' | 'pause'>;

/** A foreign part, which is of a sample of a large class, and what is found from it in all of the class. */
async function foreignAmong(input: ForeignInput, target: number, members: Int32Array, parts: Apart[]) {
  const part = parts.find(({ isForeign }) => isForeign);
  if (!part) return null;
  const images = detectorImages(input, target, members);
  return { part, images, found: await foreignFrom(input.linear, images, part.flagged, input.pause) };
}

function isSharp({ doubtful, outside }: Pick<Alignment, 'doubtful' | 'outside'>): boolean {
  return doubtful <= CAREFUL.linearDoubtful && outside <= CAREFUL.linearOutside;
}

/**
 * Whether a line is sharp; or somewhat more of other classes are flagged by chance, where hardly any of the class is in doubt and
 * much of it is flagged.
 */
export function tellsApart(alignment: Pick<Alignment, 'doubtful' | 'outside' | 'inside'>): boolean {
  const { doubtful, outside, inside } = alignment;
  const { linearHardly: most } = CAREFUL;
  const isHardlyInDoubt =
    doubtful <= most.doubtful && outside <= Math.min(most.outside, most.outsideOfInside * inside);
  return isHardlyInDoubt || isSharp(alignment);
}

/** As sharp as a group has to be that labels alone judge. */
function isFairlySharp({ doubtful, outside }: Alignment): boolean {
  return doubtful <= THRESHOLDS.doubtful && outside <= CAREFUL.linearOutside;
}

/**
 * The group that is told apart well along a line.
 * @param usual of the class, to compare with where hardly any are left
 * @returns null where hardly any images are flagged
 */
async function groupAlong(
  input: ExpansionInput,
  images: DetectorImages,
  alignment: Omit<Alignment, 'fit'> & { fit: Pick<LinearFit, 'elsewhere'> },
  usual: Int32Array,
): Promise<Group | null> {
  const { target, members } = images;
  const suspects = distinctImages(input.data, alignment.flagged);
  if (suspects.length < CAREFUL.smallestGroup) return null;
  const unflagged = without(members, alignment.flagged);
  const rest = unflagged.length >= CAREFUL.smallestClass ? unflagged : usual;
  const references = [rest, otherClasses(input, images)];
  const faint = await bestReconstruction(input, target, suspects, references, CAREFUL.faintBudget);
  const strong = await bestReconstruction(input, target, suspects, references, CAREFUL.expansionBudget);
  if (!faint || !strong) return null;
  const { fit: _, ...figures } = alignment;
  return {
    ...figures,
    class: target,
    found: 'pixels',
    odds: null,
    elsewhere: null,
    trusted: await trustedAlong(input, target, alignment),
    faint,
    strong,
    contradiction: contradictionOf(input.responses.predicted, target, suspects, rest),
  };
}

/**
 * A linear detector of what the suspects share, and again of what it flags, with the detectors' odds if there are any.
 * @param cutBy where to cut, if the scores tell another way than usual
 */
function align(
  { linear }: Pick<ExpansionInput, 'linear'>,
  { members, outsiders }: DetectorImages,
  suspects: Int32Array,
  odds: Flagged['odds'] | null,
  cutBy: (inside: Float32Array, outside: Float32Array) => number | null = () => null,
): Alignment | null {
  let from = suspects;
  let alignment: Alignment | null = null;
  for (let turn = 0; turn < CAREFUL.linearTurns; turn++) {
    const fit = linear.fit(members, new Set(from), outsiders);
    if (!fit) return null;
    const inside = scoresFrom(fit.members, odds?.members);
    const outside = scoresFrom(fit.elsewhere(outsiders), odds?.outsiders);
    const cut = cutBy(inside, outside) ?? cutFrom(inside, outside, { ...CAREFUL, mixture: true });
    alignment = { ...flaggedAbove(cut, members, inside, outside), fit };
    if (overlap(from, new Set(alignment.flagged)) === 1) break;
    from = alignment.flagged;
  }
  return alignment;
}
