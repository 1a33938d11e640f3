import { wilson } from '../../metrics/interval.ts';
import { shareOf, type Answered, type CheckFigures, type Share } from './figures.ts';
import { CAREFUL } from './settings.ts';
import { THRESHOLDS } from './thresholds.ts';

/** Whether the check takes the images for the few classes that their kind resembles, see spreadOf. */
export function isAlike({ spread }: CheckFigures, limit: number = THRESHOLDS.spread): boolean {
  return spread !== null && spread < limit;
}

/** Whether it takes them for all sorts of classes. With two classes there is no telling. */
export function isOfAllSorts({ spread }: CheckFigures): boolean {
  return (spread ?? 0) >= THRESHOLDS.spread;
}

/** Whether the check, which has to know the class, surely finds the labels wrong; with a higher limit, rather wrong. */
export function isContradicted(check: CheckFigures, limit: number = THRESHOLDS.disagrees): boolean {
  return isAnswerable(check) && highestRatio(check) < limit;
}

/**
 * Whether one class's images with a trigger that several classes carry have wrong labels, more often than chance allows: enough
 * where it is sure that the others of these classes together have wrong ones, in which covers would be right.
 */
function isContradictedWithOthers(check: CheckFigures): boolean {
  const { together } = check;
  return !!together && highestRatio(together) < THRESHOLDS.disagrees && isWrongBeyondChance(check);
}

/** Whether the labels of what several classes may carry are wrong here. */
export function isContradictedByLabels(check: CheckFigures): boolean {
  return isContradicted(check) || isContradictedWithOthers(check);
}

/**
 * Whether a check that knows a mark takes what bears it in a class for the few classes that it takes other images of the class for, too,
 * of which it is right in less than half: whatever is wrong may be the class rather than these labels.
 */
export function isHardlyKnown(check: CheckFigures): boolean {
  const { knowsMark = false, mistakes, control, base } = check;
  const isWeak = shareOf(control) - shareOf(base) < THRESHOLDS.undecided;
  return knowsMark && isWeak && isAlike(check) && (mistakes ?? 0) >= THRESHOLDS.mistakes;
}

/** Whether labels are right less often than those of other images of the class, more than chance explains, and seldom. */
export function isWrongBeyondChance(check: CheckFigures): boolean {
  const { agreement, control } = check;
  const isLess = wilson(agreement.hits, agreement.of).high < wilson(control.hits, control.of).low;
  return isAnswerable(check) && isLess && agreementRatio(check) < THRESHOLDS.disagrees;
}

/** Whether the check knows the class, as far as enough images of it are left to ask about. */
export function isAnswerable(check: Answered): boolean {
  return check.control.of >= CAREFUL.controlLeast && knowsClass(check);
}

/** Whether the check answers with the class more often on images of it than on others. */
export function knowsClass({ control, base }: Answered): boolean {
  return shareOf(control) - shareOf(base) >= THRESHOLDS.control;
}

/** Agreement on the flagged on a scale where 0 is that of other classes' images and 1 that of the own class's. */
export function agreementRatio(check: Answered): number {
  return relative(shareOf(check.agreement), check);
}

/** Its upper 95 % limit. */
export function highestRatio(check: Answered): number {
  return relative(wilson(check.agreement.hits, check.agreement.of).high, check);
}

/**
 * Whether images of a poisoned group that the check answers with their label are innocent more likely than not. The
 * check agrees with innocent images as with the control, and with poison as with the group's core, by chance.
 * @param agreement on those images of the group that are not of its core
 */
export function areMostlyInnocent(agreement: Share, check: CheckFigures): boolean {
  const { agreement: core, control } = check;
  const [poison, innocent, seen] = [shareOf(core), shareOf(control), shareOf(agreement)];
  // Where the labels are right whether poisoned or not, agreement does not tell one from the other.
  if (agreement.hits === 0 || innocent <= poison || agreementRatio(check) >= THRESHOLDS.disagrees)
    return false;
  const share = Math.min(1, Math.max(0, (seen - poison) / (innocent - poison)));
  return share * innocent > seen / 2;
}

function relative(share: number, { control, base }: Answered): number {
  return (share - shareOf(base)) / (shareOf(control) - shareOf(base));
}
