import type { CheckFigures, GroupFigures } from './figures.ts';
import { CAREFUL } from './settings.ts';
import { THRESHOLDS } from './thresholds.ts';

/**
 * Whether a group is worth the check: hardly seen in other classes, and told apart fairly well or effective. A trigger that
 * several classes carry has to leave no doubt, which a look that many images share in degrees (a background, a light) leaves.
 */
export function worthChecking(figures: GroupFigures): boolean {
  if (isJudgedByLabels(figures)) return leavesNoDoubt(figures);
  if (figures.outside > THRESHOLDS.outside) return false;
  return isClear(figures, THRESHOLDS.clearEnough) || isLearnt(figures);
}

/** Images of a class that come from one source share more than poison does, so here their labels alone speak. */
export function isJudgedByLabels({ found }: GroupFigures): boolean {
  return found === 'everywhere' || found === 'pixels';
}

/** Whether stage 1's model knows the one trigger. Where it does not, what that does to it says nothing. */
export function isLearnt({ found, gain }: GroupFigures): boolean {
  return found === 'trigger' && gain >= THRESHOLDS.flipGain;
}

/** A fainter trigger has most of the effect. */
export function worksFaintly({ gain, faintGain }: GroupFigures): boolean {
  return faintGain >= THRESHOLDS.faint * gain;
}

/** Or all of it, more or less. */
export function worksFully({ gain, faintGain }: GroupFigures): boolean {
  return faintGain >= THRESHOLDS.fully * gain;
}

/**
 * Whether a trigger is a thing of its own. Natural likeness comes in degrees: it turns answers in proportion to its
 * strength, and the detector doubts many images. A trigger is there or not, and works faintly too, once it is learnt.
 */
export function standsApart(figures: GroupFigures): boolean {
  if (isJudgedByLabels(figures)) return leavesNoDoubt(figures);
  if (figures.outside > THRESHOLDS.outside) return false;
  return isSharp(figures) || (isLearnt(figures) && worksFaintly(figures));
}

/** A trigger that works, faint or not, and hardly an image of the class leaves a doubt whether it is there. */
export function isBeyondDoubt(figures: GroupFigures): boolean {
  return isLearnt(figures) && standsApart(figures) && worksFully(figures) && leavesNoDoubt(figures);
}

/**
 * Whether a group is told apart fairly well, but not so well that chance has no say; and not where a trigger works by its
 * strength, as natural likeness does.
 */
export function isWorthRefining(figures: GroupFigures): boolean {
  const { found, doubtful } = figures;
  if (found !== 'trigger' || doubtful < CAREFUL.refinedFrom || doubtful > CAREFUL.refinedTo) return false;
  return worthChecking(figures) && (!isLearnt(figures) || worksFaintly(figures));
}

/** Whether a group that was found in another way is no further from being poison. */
export function isNoLessClear(refined: GroupFigures, before: GroupFigures): boolean {
  const keeps = (holds: (figures: GroupFigures) => boolean) => holds(refined) || !holds(before);
  return [worthChecking, standsApart, isBeyondDoubt, leavesNoDoubt, isClear, worksFaintly].every(keeps);
}

/** Hardly an image of the class or of others leaves a doubt, or no other class shows the trigger at all. */
export function isSharp(figures: GroupFigures): boolean {
  const { falseAlarms, outside } = figures;
  if (outside <= THRESHOLDS.absent) return true;
  return leavesNoDoubt(figures) && falseAlarms <= THRESHOLDS.sharpFalseAlarms;
}

/** The detector knows with most images whether they belong; a lower bar than `leavesNoDoubt`. */
export function isClear(
  { found, doubtful, falseAlarms }: GroupFigures,
  usual: { doubtful: number; falseAlarms: number } = THRESHOLDS.clear,
): boolean {
  // Where content is asked, covers raise false alarms, and a seed that is no more than mostly poison raises doubts.
  const limits = found === 'content' ? THRESHOLDS.clearContent : usual;
  return doubtful <= limits.doubtful && falseAlarms <= limits.falseAlarms;
}

/** The detector is in doubt about hardly an image of the class. */
export function leavesNoDoubt({ doubtful }: GroupFigures): boolean {
  return doubtful <= THRESHOLDS.doubtful;
}

/** Whether a trigger has some effect, as good when faint, and next to none on the check, and the detector knows it. */
export function isPartlyLearnt(figures: GroupFigures, { residualGain }: CheckFigures): boolean {
  const { found, gain } = figures;
  const effective = found === 'trigger' && gain >= THRESHOLDS.partialGain && worksFaintly(figures);
  return effective && residualGain < THRESHOLDS.residual * gain && isClear(figures);
}
