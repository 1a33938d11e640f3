import { areMostlyInnocent, type CheckFigures } from '../../../shared/abl/careful/decision.ts';
import { isPattern } from '../../../shared/abl/careful/pattern.ts';
import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import { isOfSameTrigger } from '../../../shared/abl/careful/together.ts';
import type { Unlearnable } from '../../../shared/abl/careful/unlearning.ts';
import type { CarefulResult } from './careful.ts';
import type { Group } from './expansion.ts';

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
 * The triggers of groups judged to be poison that may have left some: where a detector is in doubt about images of the class. What
 * several classes carry is one.
 */
export function unlearnableOf({
  groups,
  conclusion,
}: Pick<CarefulResult, 'groups' | 'conclusion'>): Unlearnable[] {
  const poison = conclusion.groups
    .map(({ figures, decision }, i) => ({ figures, decision, group: groups[i]! }))
    .filter(({ figures, decision }) => decision === 'poison' && figures.doubtful > CAREFUL.hardlyDoubtful);
  return poison.flatMap(({ figures, group: { class: target, strong, flagged } }, i): Unlearnable[] => {
    const { trigger } = strong;
    if (figures.found === 'everywhere') {
      const same = poison.filter((other) => isOfSameTrigger(other.figures, figures));
      const found = same.reduce((sum, { group }) => sum + group.flagged.length, 0);
      return same[0] === poison[i] ? [{ class: null, trigger, found }] : [];
    }
    const hasOne = figures.found === 'trigger' || isPattern(figures);
    return hasOne ? [{ class: target, trigger, found: flagged.length }] : [];
  });
}
