import { clippedBytes, unclippedValues } from '../../../shared/abl/careful/clipping.ts';
import { sharesFixed } from '../../../shared/abl/careful/fixed-pixels.ts';
import { distinctImages } from '../../../shared/abl/careful/seeds.ts';
import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import { THRESHOLDS } from '../../../shared/abl/careful/thresholds.ts';
import { isPart, type Stamp } from '../../../shared/abl/careful/stamps.ts';
import type { Images } from '../../../shared/contract/dataset.ts';
import { alongLine, completed, isSame, trustedAlong } from './alignment.ts';
import { figuresOf, groupsElsewhere, otherClasses, type Group } from './expansion.ts';
import { detectorImages, membersOf, sharesOfTrusted, without, type ExpansionInput } from './flagging.ts';
import { bestReconstruction, contradictionOf } from './probes.ts';

/**
 * The groups of stamps, with what the model of stage 1 makes of each. One that images of several classes have makes a group
 * of every such class. What images of one class share by nature, the model has learnt with their labels, and on other
 * images it means nothing, or less the fainter it is.
 */
export async function groupsOfStamps(input: ExpansionInput, stamps: Stamp[]): Promise<Group[]> {
  const groups: Group[] = [];
  // Those of single classes come first, and know more of their class; of several the one of which there is most.
  const size = (stamp: Stamp) => stamp.fixed.places.length;
  const ordered = stamps.toSorted((a, b) => +(a.class === null) - +(b.class === null) || size(b) - size(a));
  for (const stamp of ordered) {
    const found = await groupsOfStamp(input, stamp);
    groups.push(...unlike(found, groups));
  }
  return groups;
}

/** Whether no other class shows it or a part of it. */
function isUnique({ elsewhere, partlyElsewhere }: ClassShare): boolean {
  return elsewhere <= THRESHOLDS.absent && partlyElsewhere <= CAREFUL.stampTraces;
}

/**
 * Whether a stamp is worth the check. One that images of a single class have, but for a few, may be what these share by nature,
 * unless no others have it or the model of stage 1 says more.
 */
export function isToBeKept(share: ClassShare, group: Group): boolean {
  const isOfMany = share.isShared && share.second > CAREFUL.stampElsewhere * group.inside;
  return isOfMany || isUnique(share) || isWorthAQuestion(group);
}

function isWorthAQuestion(group: Group): boolean {
  const { gain, faintGain, contradiction } = figuresOf(group);
  if (contradiction >= THRESHOLDS.contradiction) return true;
  return gain >= THRESHOLDS.partialGain && faintGain >= THRESHOLDS.partly * gain;
}

/** Whether a group's images need no other search. */
export function isTelling(group: Group): boolean {
  const { gain, contradiction } = figuresOf(group);
  return gain >= THRESHOLDS.flipGain || contradiction >= THRESHOLDS.contradiction;
}

/** Whether a trigger of one class hardly works and no labels speak for it: a line that sets it apart knows its images better. */
export function isIdle(group: Group): boolean {
  return group.found === 'trigger' && group.strong.gain < THRESHOLDS.partialGain && !isTelling(group);
}

/** The groups that are not for the most part the same images as one of the others, which are known exactly. */
export function unlike(groups: Group[], others: Group[]): Group[] {
  return groups.filter(
    (group) => !others.some((other) => other.class === group.class && isSame(group, other)),
  );
}

async function groupsOfStamp(input: ExpansionInput, stamp: Stamp): Promise<Group[]> {
  const { data, examples } = input;
  const share = shareOfClass(stamp, data, examples);
  const group = share && (await groupOf(input, stamp, share));
  if (!group) return [];
  if (!isToBeKept(share, group)) return [];
  if (!share.isShared) return [group];
  const indices = without(stamp.carriers, group.flagged);
  const elsewhere = { indices, scores: new Float32Array(indices.length).fill(1) };
  const shared = { ...group, found: 'everywhere' as const, elsewhere };
  return [shared, ...groupsElsewhere(shared, data)];
}

/** What a stamp's class has of it; of one that was found among all images, the class that has most. */
export interface ClassShare {
  target: number;
  /** Data-set indices, rising. */
  flagged: Int32Array;
  /** Shares of other classes that have it and that have a part of it, and of the class that has a part of it. */
  elsewhere: number;
  partlyElsewhere: number;
  partly: number;
  /** Whether another class has as much of it as makes a group, and the largest share of another class that has it. */
  isShared: boolean;
  second: number;
}

/** @returns null where no class has enough for a group */
export function shareOfClass(stamp: Stamp, data: Images, examples: Int32Array): ClassShare | null {
  const { class: known, carriers, fixed, elsewhere, partlyElsewhere, partly } = stamp;
  if (known !== null)
    return {
      target: known,
      flagged: carriers,
      elsewhere,
      partlyElsewhere,
      partly,
      isShared: false,
      second: 0,
    };
  const byClass = Map.groupBy(carriers, (index) => data.labels[index]!);
  const [[target, most], ...others] = [...byClass].sort((a, b) => b[1].length - a[1].length) as [
    [number, number[]],
    ...[number, number[]][],
  ];
  if (most.length < CAREFUL.smallestGroup) return null;
  const members = membersOf(target, { data, examples });
  const strangers = without(examples, members);
  const sizes = new Map<number, number>();
  for (const index of examples) sizes.set(data.labels[index]!, (sizes.get(data.labels[index]!) ?? 0) + 1);
  const partlyOf = (indices: Int32Array) =>
    sharesFixed(data, fixed, indices).filter(isPart).length / Math.max(1, indices.length);
  return {
    target,
    flagged: Int32Array.from(most),
    elsewhere: (carriers.length - most.length) / Math.max(1, strangers.length),
    partlyElsewhere: partlyOf(strangers),
    partly: partlyOf(members),
    isShared: others.some(([, indices]) => indices.length >= CAREFUL.smallestGroup),
    second: Math.max(0, ...others.map(([label, indices]) => indices.length / sizes.get(label)!)),
  };
}

async function groupOf(
  input: ExpansionInput,
  { fixed, isBare, isOverlay }: Stamp,
  { target, flagged, elsewhere, partly, isShared }: ClassShare,
): Promise<Group | null> {
  const { data, trusted, responses } = input;
  const members = membersOf(target, input);
  const images = detectorImages(input, target, members);
  const suspects = distinctImages(data, flagged);
  const rest = without(members, flagged);
  const references = [rest, otherClasses(input, images)];
  const faint = await bestReconstruction(input, target, suspects, references, CAREFUL.faintBudget);
  const strong = await bestReconstruction(input, target, suspects, references, CAREFUL.expansionBudget);
  if (!faint || !strong) return null;
  const pixels = new Set(fixed.places.map((place) => Math.floor(place / data.channels))).size;
  const clipped = clippedBytes(data, references[1]!);
  const unclipped = unclippedValues(fixed, data.channels, clipped);
  const cut = CAREFUL.stampWhole;
  const group: Group = {
    class: target,
    found: 'trigger',
    stamp: { isOverlay, pixels, values: fixed.places.length, unclipped, images: flagged.length, elsewhere },
    flagged,
    // It is there or not.
    scores: new Float32Array(flagged.length).fill(1),
    inside: flagged.length / members.length,
    outside: elsewhere,
    doubtful: partly,
    falseAlarms: elsewhere,
    cut,
    surely: cut,
    elsewhere: null,
    odds: null,
    trusted: await sharesOfTrusted(trusted, cut, (of, all) => Promise.resolve(sharesFixed(of, fixed, all))),
    faint,
    strong,
    contradiction: rest.length > 0 ? contradictionOf(responses.predicted, target, suspects, rest) : 0,
  };
  // Things lie over it in some images, or these have been compressed; a line may know them by the rest of the pattern.
  const line = isShared ? null : alongLine(input, images, flagged);
  if (!line || !(isBare || hasNearlyAll(line.flagged, flagged))) return group;
  return completed(group, { ...line, trusted: await trustedAlong(input, target, line) }, members);
}

/** Whether a line knows a stamp's images: more that it flags have a part of what these have. */
export function hasNearlyAll(flagged: Int32Array, carriers: Int32Array): boolean {
  const known = new Set(flagged);
  return carriers.filter((index) => known.has(index)).length >= CAREFUL.stampAlong * carriers.length;
}
