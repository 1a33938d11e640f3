import { areMostlyInnocent } from '../../../shared/abl/careful/agreement.ts';
import type { CheckFigures, GroupFigures } from '../../../shared/abl/careful/figures.ts';
import { hasOneTrigger, worksOnlyAmplified } from '../../../shared/abl/careful/pattern.ts';
import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import { isOfSameTrigger } from '../../../shared/abl/careful/together.ts';
import { weakened, type Trigger } from '../../../shared/abl/careful/trigger.ts';
import { copiesOf, type Unlearnable } from '../../../shared/abl/careful/unlearning.ts';
import type { CarefulResult } from './careful.ts';
import type { Group } from './expansion.ts';
import { overlap } from './flagging.ts';

/**
 * A group's images, without those that the detector flags rather than is sure of and whose labels the check bears
 * out, where most of these have right labels.
 */
export function poisonOf(
  { flagged, scores, surely }: Group,
  check: CheckFigures | null,
  agreeing: Set<number>,
): Int32Array {
  const unsure = flagged.filter((_, i) => scores[i]! <= surely);
  const borneOut = new Set(unsure.filter((index) => agreeing.has(index)));
  if (!check || !areMostlyInnocent({ hits: borneOut.size, of: unsure.length }, check)) return flagged;
  return flagged.filter((index) => !borneOut.has(index));
}

/**
 * Whether what content led to is for the greater part the images of another group of poison, which are told apart with hardly more
 * doubts: a trigger that they share says more than that they are foreign.
 */
export function isKnownByTrigger(group: Group, poison: Group[]): boolean {
  const isBetter = (other: Group) =>
    other.found !== 'content' &&
    other.doubtful <= CAREFUL.contentDoubts * group.doubtful &&
    overlap(other.flagged, new Set(group.flagged)) >= CAREFUL.contentOverlap;
  return group.found === 'content' && poison.some(isBetter);
}

/**
 * The one trigger that the images of a group share, as it lies on them; null where they share none. Of a pattern that works once it is
 * louder, the reconstructed one is in part how its class looks.
 */
export function triggerOf({ strong, amplified }: Group, figures: GroupFigures): Trigger | null {
  if (!hasOneTrigger(figures)) return null;
  if (!amplified || !worksOnlyAmplified(figures)) return strong.trigger;
  return weakened(amplified.trigger, 1 / CAREFUL.amplifiedBy);
}

/**
 * The triggers of poison of which some seems to have stayed: where a detector is in doubt about images of the class, and the trigger
 * still does something to the check, which never saw what was flagged. What several classes carry is one.
 * @param isolated what is left out
 * @param share copies in all, as a share of the images that are kept, 0 to 1
 */
export function unlearnableOf(
  { groups, conclusion, kept, removed }: CarefulResult,
  isolated: Int32Array,
  share: number,
): Unlearnable[] {
  const left = new Set(isolated);
  const found: { figures: GroupFigures; trigger: Trigger; images: Set<number> }[] = [];
  conclusion.groups.forEach(({ figures, decision }, i) => {
    if (decision !== 'poison' || !mayHaveStayed(figures)) return;
    const trigger =
      figures.found === 'everywhere' ? groups[i]!.strong.trigger : triggerOf(groups[i]!, figures);
    const images = groups[i]!.flagged.filter((index) => left.has(index));
    const same = found.find((other) => isOfSameTrigger(other.figures, figures));
    if (same) images.forEach((index) => same.images.add(index));
    else if (trigger) found.push({ figures, trigger, images: new Set(images) });
  });
  const copies = copiesOf(
    found.map(({ images }) => images.size),
    Math.round(share * (kept.length + removed.length - isolated.length)),
  );
  return found
    .map(({ trigger }, i) => ({ trigger, copies: copies[i]! }))
    .filter((unlearnable) => unlearnable.copies > 0);
}

function mayHaveStayed(figures: GroupFigures): boolean {
  const { doubtful, check } = figures;
  if (doubtful <= CAREFUL.hardlyDoubtful) return false;
  const left = worksOnlyAmplified(figures) ? check?.residualAmplified : check?.residualGain;
  return (left ?? 0) >= CAREFUL.residualUnlearnt;
}
