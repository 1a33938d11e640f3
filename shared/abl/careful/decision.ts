import { wilson } from '../../metrics/interval.ts';
import { CAREFUL, THRESHOLDS } from './settings.ts';

export interface Share {
  hits: number;
  of: number;
}

/** Everything measured about one group of flagged images, before and after a model was trained without it. */
export interface GroupFigures {
  class: number;
  /** Images in it; identical ones count once in `check`. */
  flagged: number;
  /** Flip gain of the reconstructed trigger in the model of stage 1, and of one made under a tighter limit. */
  gain: number;
  faintGain: number;
  /** Other classes' images that the model of stage 1 answers with the class once the trigger is pasted. */
  flipped: Share;
  /** Share of other classes' images that the detector flags too. */
  outside: number;
  /** Share of the class with a score from 0.1 to 0.9, and of other classes' images with one above 0.5. */
  doubtful: number;
  falseAlarms: number;
  /** The check's answers; null where the group did not come that far. */
  check: CheckFigures | null;
}

export interface CheckFigures {
  /** The check model answers with the label: on flagged images, and on kept images of the class, all unseen. */
  agreement: Share;
  control: Share;
  /** How often it answers with the class on images of other classes: agreement by mere bias. */
  base: Share;
  /** Flip gain of the same trigger in the check model. */
  residualGain: number;
}

export type GroupDecision = 'poison' | 'innocent' | 'unsure';

/** Whether a group is worth the check: necessary conditions that cost no training. */
export function worthChecking({ gain, outside }: Pick<GroupFigures, 'gain' | 'outside'>): boolean {
  return gain >= THRESHOLDS.flipGain && outside <= THRESHOLDS.outside;
}

/**
 * Whether the trigger is a thing of its own. Natural likeness comes in degrees: it turns answers in proportion
 * to its strength, and the detector doubts many images. A trigger is there or not, and works faintly too.
 */
export function standsApart(figures: GroupFigures): boolean {
  return worksFaintly(figures) || (leavesNoDoubt(figures) && figures.falseAlarms <= THRESHOLDS.falseAlarms);
}

function worksFaintly({ gain, faintGain }: GroupFigures): boolean {
  return faintGain >= THRESHOLDS.faint * gain;
}

function leavesNoDoubt({ doubtful }: GroupFigures): boolean {
  return doubtful <= THRESHOLDS.doubtful;
}

/**
 * Poison is what stands apart and what a model that never saw it contradicts. It finds the labels wrong; or
 * rather wrong, and the trigger says little to it. Where the labels may well be right (a clean-label attack) it
 * is enough that the trigger says little to it, if it stands apart in every respect.
 */
export function decideGroup(figures: GroupFigures): GroupDecision {
  const { check, gain } = figures;
  if (!check || !worthChecking(figures) || !standsApart(figures)) return 'innocent';
  const meaningless = check.residualGain < THRESHOLDS.residual * gain;
  if (meaningless && worksFaintly(figures) && leavesNoDoubt(figures)) return 'poison';
  if (check.control.of < CAREFUL.controlLeast) return 'unsure';
  if (shareOf(check.control) - shareOf(check.base) < THRESHOLDS.control) return 'unsure';
  const ratio = agreementRatio(check);
  const highest = relative(wilson(check.agreement.hits, check.agreement.of).high, check);
  if (highest < THRESHOLDS.undecided && (meaningless || ratio < THRESHOLDS.disagrees)) return 'poison';
  return ratio < THRESHOLDS.undecided || (meaningless && ratio < THRESHOLDS.agrees) ? 'unsure' : 'innocent';
}

/** Agreement on the flagged on a scale where 0 is that of other classes' images and 1 that of the own class's. */
export function agreementRatio(check: CheckFigures): number {
  return relative(shareOf(check.agreement), check);
}

function relative(share: number, { control, base }: CheckFigures): number {
  return (share - shareOf(base)) / (shareOf(control) - shareOf(base));
}

export function shareOf({ hits, of }: Share): number {
  return of > 0 ? hits / of : 0;
}

/** The score above which an image is flagged, from the scores of images of other classes. */
export function cutFrom(outside: Float32Array): number {
  if (outside.length === 0) return CAREFUL.lowestCut;
  const rising = outside.slice().sort();
  const at = Math.min(rising.length - 1, Math.floor(rising.length * (1 - CAREFUL.outsideShare)));
  return Math.min(CAREFUL.highestCut, Math.max(CAREFUL.lowestCut, rising[at]!));
}
