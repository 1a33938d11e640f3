import { sharesFixed } from '../../../shared/abl/careful/fixed-pixels.ts';
import { distinctImages } from '../../../shared/abl/careful/seeds.ts';
import { CAREFUL, THRESHOLDS } from '../../../shared/abl/careful/settings.ts';
import type { Stamp } from '../../../shared/abl/careful/stamps.ts';
import { isSame } from './alignment.ts';
import { figuresOf, groupsElsewhere, otherClasses, type Group } from './expansion.ts';
import { detectorImages, sharesOfTrusted, without, type ExpansionInput } from './flagging.ts';
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
    groups.push(...unlike(isUnique(stamp) ? found : found.filter(isWorthAQuestion), groups));
  }
  return groups;
}

/** Whether no other class shows it or a part of it. */
function isUnique({ class: target, elsewhere, partlyElsewhere }: Stamp): boolean {
  return target !== null && elsewhere <= THRESHOLDS.absent && partlyElsewhere <= CAREFUL.stampTraces;
}

function isWorthAQuestion(group: Group): boolean {
  const { found, gain, faintGain, contradiction } = figuresOf(group);
  if (found === 'everywhere' || contradiction >= THRESHOLDS.contradiction) return true;
  return gain >= THRESHOLDS.partialGain && faintGain >= THRESHOLDS.partly * gain;
}

/** Whether a group's images need no other search. */
export function isTelling(group: Group): boolean {
  const { gain, contradiction } = figuresOf(group);
  return gain >= THRESHOLDS.flipGain || contradiction >= THRESHOLDS.contradiction;
}

/** The groups that are not for the most part the same images as one of the others, which are known exactly. */
export function unlike(groups: Group[], others: Group[]): Group[] {
  return groups.filter(
    (group) => !others.some((other) => other.class === group.class && isSame(group, other)),
  );
}

async function groupsOfStamp(input: ExpansionInput, stamp: Stamp): Promise<Group[]> {
  const { data, examples } = input;
  if (stamp.class !== null) {
    const group = await groupOf(input, stamp, stamp.class, stamp.carriers);
    return group ? [group] : [];
  }
  const byClass = new Map<number, number[]>();
  for (const index of stamp.carriers) {
    const label = data.labels[index]!;
    const same = byClass.get(label);
    if (same) same.push(index);
    else byClass.set(label, [index]);
  }
  const [target, most] = [...byClass].reduce((best, one) => (one[1].length > best[1].length ? one : best));
  if (most.length < CAREFUL.smallestGroup) return [];
  const group = await groupOf(input, stamp, target, Int32Array.from(most));
  if (!group) return [];
  const isShared = [...byClass].some(
    ([label, indices]) => label !== target && indices.length >= CAREFUL.smallestGroup,
  );
  if (!isShared) return [group];
  const indices = without(stamp.carriers, group.flagged);
  const elsewhere = { indices, scores: new Float32Array(indices.length).fill(1) };
  const outside = indices.length / examples.filter((index) => data.labels[index] !== target).length;
  const shared = { ...group, found: 'everywhere' as const, outside, elsewhere };
  return [shared, ...groupsElsewhere(shared, data)];
}

async function groupOf(
  input: ExpansionInput,
  { fixed, partly, elsewhere }: Stamp,
  target: number,
  flagged: Int32Array,
): Promise<Group | null> {
  const { data, examples, trusted, responses } = input;
  const members = examples.filter((index) => data.labels[index] === target);
  const images = detectorImages(input, target, members);
  const suspects = distinctImages(data, flagged);
  const rest = without(members, flagged);
  const references = [rest, otherClasses(input, images)];
  const faint = await bestReconstruction(input, target, suspects, references, CAREFUL.faintBudget);
  const strong = await bestReconstruction(input, target, suspects, references, CAREFUL.expansionBudget);
  if (!faint || !strong) return null;
  const cut = CAREFUL.stampWhole;
  return {
    class: target,
    found: 'trigger',
    stamp: new Set(fixed.places.map((place) => Math.floor(place / data.channels))).size,
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
}
