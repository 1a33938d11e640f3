import {
  isBeyondDoubt,
  isNoLessClear,
  isWorthRefining,
  standsApart,
  worthChecking,
} from '../../../shared/abl/careful/clarity.ts';
import type { LinearDetector } from '../../../shared/abl/careful/linear.ts';
import { mayBeClipping } from '../../../shared/abl/careful/pattern.ts';
import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import { THRESHOLDS } from '../../../shared/abl/careful/thresholds.ts';
import type { Pause, Responses } from '../../../shared/abl/inspection.ts';
import type { Images } from '../../../shared/contract/dataset.ts';
import type { Engine, Model } from '../../../shared/contract/engine.ts';
import {
  alignedGroup,
  alignGroup,
  foreignGroup,
  groupApart,
  isSame,
  joined,
  partsApart,
  vagueForeign,
  type Apart,
} from './alignment.ts';
import { expandGroup, figuresOf, groupsElsewhere, refineGroup, type Group } from './expansion.ts';
import { imagesOf, membersOf, without } from './flagging.ts';
import type { Probes } from './probes.ts';
import { rankByFlipGain, suspicion, type Ranking } from './ranking.ts';
import { isIdle } from './stamp-groups.ts';

/** What is examined. */
export interface ClassInput {
  engine: Engine;
  data: Images;
  classes: number;
  examples: Int32Array;
  seed: number;
  trusted?: Images | null;
}

/** What the search in one class starts from. */
export interface Search {
  /** Of stage 1, with what it makes of the examples. */
  model: Model;
  responses: Responses;
  linear: LinearDetector;
  probes: Probes;
  /** Images with a trigger that was found in several classes: they need no second search. */
  carriers: Set<number>;
  doubts: number;
  pause: Pause;
}

/**
 * The groups of one class: a trigger after another, as long as what is left of the class still suggests one. A trigger
 * that other classes carry too makes a group of each.
 * @param seeds the most suspicious, and others whose pixels are looked at if those lead to nothing that stands apart
 */
export async function groupsOfClass(
  input: ClassInput,
  search: Search,
  seeds: [Ranking, Ranking | null],
): Promise<Group[]> {
  // Odds are of use to a search alone, and take more room than all else that is remembered of a group.
  return (await searchClass(input, search, seeds)).map((group) => ({ ...group, odds: null }));
}

async function searchClass(
  input: ClassInput,
  { carriers, ...search }: Search,
  [first, second]: [Ranking, Ranking | null],
): Promise<Group[]> {
  const { data, examples } = input;
  const found: Group[] = [];
  let members: Int32Array = examples.filter(
    (index) => data.labels[index] === first.ranked.class && !carriers.has(index),
  );
  for (let ranking: Ranking | null = first; ranking && found.length < CAREFUL.triggersPerClass;) {
    let group = await expandGroup({ ...input, ...search }, ranking, members);
    if (group?.found === 'trigger' && worthChecking(figuresOf(group))) {
      const aligned = await alignGroup({ ...input, ...search }, members, group);
      const refines = !aligned && !group.elsewhere && isWorthRefining(figuresOf(group));
      const refined = refines && (await refineGroup({ ...input, ...search }, ranking, members, group));
      if (aligned) group = aligned;
      else if (refined && isNoLessClear(figuresOf(refined), figuresOf(group))) group = refined;
    }
    if (!(group && standsApart(figuresOf(group)))) {
      const seeds = second ? [ranking, second] : [ranking];
      const byPixels = await alignedGroup({ ...input, ...search }, seeds, members);
      const isKept = group?.found === 'trigger' && worthChecking(figuresOf(group));
      if (byPixels && group && isKept && isSame(byPixels, group)) group = joined(group, byPixels);
      else if (byPixels) found.push(byPixels);
    }
    if (!group) break;
    if (group.found === 'everywhere')
      return worthChecking(figuresOf(group)) ? [...found, group, ...groupsElsewhere(group, data)] : found;
    found.push(group);
    if (!standsApart(figuresOf(group))) break;
    members = without(members, group.flagged);
    const [next] = await rankByFlipGain({ ...search, data }, search.responses.losses, {
      ...input,
      among: members,
    });
    ranking = next && suspicion(next) >= CAREFUL.expandSurely ? next : null;
  }
  return found;
}

/**
 * The images of a class whose pixels are changed alike, from seeds whose labels stage 1's model contradicts: a look that
 * costs next to nothing, for classes that are not searched otherwise. An attack with many targets leaves little in each.
 */
export async function contradictedGroup(
  input: ClassInput,
  search: Search,
  ranking: Ranking,
): Promise<Group | null> {
  const members = without(membersOf(ranking.ranked.class, input), search.carriers);
  return alignedGroup({ ...input, ...search }, [ranking], members);
}

/**
 * Of each class the part that lies furthest apart, and images of other classes with a pattern, whatever a model knows of them.
 * @param partsOf the parts of a whole class that lie apart, for classes without carriers
 */
export async function groupsApart(
  input: ClassInput,
  search: Search,
  partsOf: (label: number) => Promise<Apart[]>,
): Promise<Group[]> {
  const { classes } = input;
  const groups: Group[] = [];
  for (let label = 0; label < classes; label++) {
    const all = membersOf(label, input);
    const members = without(all, search.carriers);
    if (members.length < CAREFUL.smallestClass) continue;
    await search.pause();
    const from = { ...input, ...search };
    const parts =
      members.length === all.length ? await partsOf(label) : await partsApart(from, label, members);
    const group = await groupApart(from, label, members, parts);
    const foreign = await foreignGroup(from, label, members, parts);
    if (group && foreign && isSame(group, foreign)) groups.push(surerOf(group, foreign));
    else groups.push(...together([foreign, group], members));
  }
  return groups;
}

/** Of a part of a class and the same images as those of other classes with a pattern, what leaves fewer doubts; either lies as both do. */
export function surerOf(part: Group, foreign: Group): Group {
  return foreign.doubtful <= part.doubtful ? foreign : { ...part, foreign: foreign.foreign };
}

/** Images of one class that seem to be of other classes with a pattern, and those beside them. Rising. */
export interface VaguePart {
  class: number;
  flagged: Int32Array;
  rest: Int32Array;
}

/**
 * Of each class the images of other classes with a pattern that seem to be among it, where these are too vague for a group and
 * no group has found them yet: whatever else looks like a trigger, such a class is worth a search.
 * @param partsOf as for groupsApart
 */
export async function vagueParts(
  input: Omit<ClassInput, 'engine' | 'trusted'>,
  search: Pick<Search, 'linear' | 'carriers' | 'pause'>,
  groups: Group[],
  partsOf: (label: number) => Promise<Apart[]>,
): Promise<VaguePart[]> {
  const known = imagesOf(groups.filter((group) => worthChecking(figuresOf(group))));
  const isKnown = (flagged: Int32Array) =>
    without(flagged, known).length <= (1 - CAREFUL.refinedOverlap) * flagged.length;
  const found: VaguePart[] = [];
  for (let label = 0; label < input.classes; label++) {
    const members = membersOf(label, input);
    const isTooSmall = members.length < CAREFUL.smallestClass;
    if (isTooSmall || members.some((index) => search.carriers.has(index))) continue;
    const flagged = await vagueForeign({ ...input, ...search }, label, members, await partsOf(label));
    if (flagged && !isKnown(flagged)) found.push({ class: label, flagged, rest: without(members, flagged) });
  }
  return found;
}

/**
 * All groups with those of a further search in a class: of two with the same images the one that is worth the check; and none that
 * leaves too little of the class to compare the others with.
 */
export function withFurther(groups: Group[], further: Group[], input: Pick<ClassInput, 'data' | 'examples'>) {
  const isWorth = (group: Group) => worthChecking(figuresOf(group));
  let all = groups;
  for (const group of further) {
    const isTwin = (other: Group) => other.class === group.class && isSame(other, group);
    if (all.some((other) => isTwin(other) && (isWorth(other) || !isWorth(group)))) continue;
    const others = all.filter((other) => other.class === group.class && isWorth(other));
    const isAlone = others.length === 0 || !isWorth(group);
    if (!isAlone && !leavesEnough([...others, group], membersOf(group.class, input))) continue;
    all = [...all.filter((other) => !isTwin(other)), group];
  }
  return all;
}

/** The groups there are, without the last where it leaves nothing of the class to compare the first with. */
export function together(groups: (Group | null)[], members: Int32Array): Group[] {
  const found = groups.filter((group) => group !== null);
  return found.length > 1 && !leavesEnough(found, members) ? found.slice(0, 1) : found;
}

/** Whether groups leave as many of a class as the check has to ask about. */
function leavesEnough(groups: Group[], members: Int32Array): boolean {
  return without(members, imagesOf(groups)).length * CAREFUL.controlShare >= CAREFUL.controlLeast;
}

/**
 * The groups without those that are what is left of a class beside its foreign images, for the most part, and take that away: it is the
 * class itself, which detectors that learn its look set apart from other classes' images as well as a trigger.
 */
export function withoutOwn(groups: Group[], input: Pick<ClassInput, 'data' | 'examples'>): Group[] {
  const isAsked = (group: Group) => worthChecking(figuresOf(group));
  const foreign = groups.filter((group) => group.foreign && isAsked(group));
  const isBeside = (group: Group, other: Group) =>
    group.class === other.class &&
    without(group.flagged, other.flagged).length >= CAREFUL.ownShare * group.flagged.length;
  const mayBeOwn = (group: Group) =>
    group.found !== 'everywhere' &&
    !group.stamp &&
    !group.foreign &&
    !isBeyondDoubt(figuresOf(group)) &&
    foreign.some((other) => isBeside(group, other));
  const kept = new Set(groups.filter((group) => !mayBeOwn(group)));
  for (const group of groups) {
    const same = [...kept].filter((other) => other.class === group.class && isAsked(other));
    if (!isAsked(group) || leavesEnough([...same, group], membersOf(group.class, input))) kept.add(group);
  }
  return groups.filter((group) => kept.has(group));
}

/** Whether a group is so sure to be what it seems that what it is learnt by need not be looked for in another way. */
export function isKnown(group: Group): boolean {
  const figures = figuresOf(group);
  const isOfItsOwn = group.found !== 'pixels' || group.contradiction >= THRESHOLDS.contradiction;
  return standsApart(figures) && isOfItsOwn && !mayBeClipping(figures);
}

/** Whether the trigger that was made of a group has some effect, or the group stands apart without one. */
export function isSomething(group: Group): boolean {
  return group.strong.gain >= THRESHOLDS.partialGain || standsApart(figuresOf(group));
}

/** Whether the images of a group are known better by what sets them apart along a line. */
export function isKnownBetter(group: Group, apart: Group): boolean {
  if (!standsApart(figuresOf(group)) || isIdle(group)) return true;
  // Trained detectors do not know the look of the class that hides a faint pattern.
  const hasDoubts = group.found === 'trigger' && !group.stamp && group.doubtful > CAREFUL.hardlyDoubtful;
  return hasDoubts && !!apart.foreign && apart.doubtful <= CAREFUL.hardlyDoubts * group.doubtful;
}

/**
 * Whether a group is a vaguer view of images of other classes with a pattern: most of these, with others that the detectors could not
 * tell from them.
 */
export function isVagueView(group: Group, apart: Group): boolean {
  const isOfTrigger = group.found === 'trigger' && !group.stamp && worthChecking(figuresOf(group));
  if (!apart.foreign || !isOfTrigger || group.class !== apart.class) return false;
  const missing = without(apart.flagged, group.flagged).length;
  return missing <= (1 - CAREFUL.refinedOverlap) * apart.flagged.length && isKnownBetter(group, apart);
}
