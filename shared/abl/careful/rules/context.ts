import {
  agreementRatio,
  highestRatio,
  isAlike,
  isAnswerable,
  isContradicted,
  isOfAllSorts,
  knowsClass,
} from '../agreement.ts';
import {
  isClear,
  isLearnt,
  isPartlyLearnt,
  isSharp,
  leavesNoDoubt,
  standsApart,
  worksFaintly,
  worksFully,
} from '../clarity.ts';
import type { CheckFigures, GroupFigures } from '../figures.ts';
import { isWorthFollowing } from '../part.ts';
import { isOnImages, mayBeClipping } from '../pattern.ts';
import { THRESHOLDS } from '../thresholds.ts';

/** A group that was checked, and what several rules ask about it. */
export interface Context {
  figures: GroupFigures;
  check: CheckFigures;
  /** Whether stage 1's model knows the one trigger, and whether that stands apart as well; or knows it in part. */
  works: boolean;
  learnt: boolean;
  partlyLearnt: boolean;
  /** Whether a fainter trigger has most of the effect, or all of it. */
  faintly: boolean;
  fully: boolean;
  /** How well the group is told apart, see clarity.ts. */
  clear: boolean;
  sharp: boolean;
  noDoubt: boolean;
  /** Whether the trigger leaves less of its effect than this share of it on the check. */
  leavesLess(share: number): boolean;
  /** What is learnt means little to the check, or less than half as much; and whatever there is leaves next to no effect. */
  meaningless: boolean;
  halved: boolean;
  traceless: boolean;
  /** One pattern on images like the rest; and nothing speaks against one along a line. */
  onImages: boolean;
  mayBePattern: boolean;
  /** Whether a trigger leaves doubts that it is one. */
  hasDoubts: boolean;
  /** Whether the check knows the class, and whether enough others of it are left to ask about as well. */
  knowsClass: boolean;
  answerable: boolean;
  /** Agreement on its scale, and its upper limit; only numbers where the check knows the class. */
  ratio: number;
  highest: number;
  /** Whether the check finds the labels rather wrong. */
  ratherWrong: boolean;
  /** Whether its other answers gather on the few classes that a kind resembles, or are of all sorts; neither with two classes. */
  alike: boolean;
  ofAllSorts: boolean;
}

export function contextOf(figures: GroupFigures, check: CheckFigures): Context {
  const { found, gain, part } = figures;
  const leavesLess = (share: number) => check.residualGain < share * gain;
  const works = isLearnt(figures);
  const learnt = works && standsApart(figures);
  const noDoubt = leavesNoDoubt(figures);
  return {
    figures,
    check,
    works,
    learnt,
    partlyLearnt: isPartlyLearnt(figures, check),
    faintly: worksFaintly(figures),
    fully: worksFully(figures),
    clear: isClear(figures),
    sharp: isSharp(figures),
    noDoubt,
    leavesLess,
    meaningless: learnt && leavesLess(THRESHOLDS.residual),
    halved: learnt && leavesLess(THRESHOLDS.halved),
    traceless: leavesLess(THRESHOLDS.nothing),
    onImages: isOnImages(figures),
    mayBePattern: !part || isWorthFollowing(part),
    hasDoubts: found === 'trigger' && (!noDoubt || mayBeClipping(figures)),
    knowsClass: knowsClass(check),
    answerable: isAnswerable(check),
    ratio: agreementRatio(check),
    highest: highestRatio(check),
    ratherWrong: isContradicted(check, THRESHOLDS.undecided),
    alike: isAlike(check),
    ofAllSorts: isOfAllSorts(check),
  };
}
