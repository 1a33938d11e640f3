import { areMostlyInnocent, type CheckFigures } from '../../../shared/abl/careful/decision.ts';
import { isPattern } from '../../../shared/abl/careful/pattern.ts';
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

/** The triggers of groups judged to be poison; what several classes carry is one. */
export function unlearnableOf({
  groups,
  conclusion,
}: Pick<CarefulResult, 'groups' | 'conclusion'>): Unlearnable[] {
  const poison = conclusion.groups
    .map(({ figures, decision }, i) => ({ figures, decision, group: groups[i]! }))
    .filter(({ decision }) => decision === 'poison');
  return poison.flatMap(({ figures, group: { class: target, strong } }, i): Unlearnable[] => {
    if (figures.found === 'everywhere') {
      const isFirst = poison.findIndex((other) => isOfSameTrigger(other.figures, figures)) === i;
      return isFirst ? [{ class: null, trigger: strong.trigger }] : [];
    }
    return figures.found === 'trigger' || isPattern(figures)
      ? [{ class: target, trigger: strong.trigger }]
      : [];
  });
}
