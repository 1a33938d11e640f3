import { wilson } from '../../metrics/interval.ts';
import { CAREFUL, THRESHOLDS } from './settings.ts';

export interface Share {
  hits: number;
  of: number;
}

/** Everything measured about one group of flagged images, before and after a model was trained without it. */
export interface GroupFigures {
  class: number;
  flagged: number;
  /** Flip gain of the reconstructed trigger in the model of stage 1. */
  gain: number;
  /** Other classes' images that the model of stage 1 answers with the class once the trigger is pasted. */
  flipped: Share;
  /** Share of other classes' images that the detector flags too. */
  outside: number;
  /** The check's questions; null where the group did not come that far. */
  check: CheckFigures | null;
}

export interface CheckFigures {
  /** The check model answers with the label: on flagged images, and on kept images of the class, all unseen. */
  agreement: Share;
  control: Share;
  /** Flip gain of the same trigger in the check model. */
  residualGain: number;
}

export type GroupDecision = 'poison' | 'innocent' | 'unsure';

/** Whether a group is worth the check: necessary conditions that cost no training. */
export function worthChecking({ gain, outside }: Pick<GroupFigures, 'gain' | 'outside'>): boolean {
  return gain >= THRESHOLDS.flipGain && outside <= THRESHOLDS.outside;
}

/**
 * Whether a model that never saw the flagged images finds their labels wrong. Poison has its label from the
 * trigger alone, so such a model agrees with hardly any; images that merely look alike keep most agreement.
 */
export function decideGroup(figures: GroupFigures): GroupDecision {
  if (!figures.check || !worthChecking(figures)) return 'innocent';
  const { agreement, control } = figures.check;
  if (control.of < CAREFUL.controlLeast) return 'unsure';
  const usual = shareOf(control);
  if (usual < THRESHOLDS.controlLeast) return 'unsure';
  const ratio = agreementRatio(figures.check);
  const highest = wilson(agreement.hits, agreement.of).high / usual;
  if (ratio < THRESHOLDS.agreementPoison && highest < THRESHOLDS.agreementInnocent) return 'poison';
  return ratio < THRESHOLDS.agreementInnocent ? 'unsure' : 'innocent';
}

/** Agreement on the flagged as a share of what is usual in their class. */
export function agreementRatio({ agreement, control }: CheckFigures): number {
  return shareOf(agreement) / shareOf(control);
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
