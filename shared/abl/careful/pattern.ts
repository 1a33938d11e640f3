import type { CheckFigures, GroupFigures, StampFigures } from './figures.ts';
import { isEven, isMoved } from './part.ts';
import { CAREFUL } from './settings.ts';
import { THRESHOLDS } from './thresholds.ts';

/**
 * Whether a group is ordinary images of its class with one fixed pattern that no others have; not most of the class, though what
 * is the same to the byte is not how a class looks.
 */
export function isPattern(figures: GroupFigures): boolean {
  const { found, inside, outside } = figures;
  // Of a pattern that others have too, the gain may be that of another class.
  if (found === 'everywhere' || outside > CAREFUL.linearOutside) return false;
  if (isMark(figures)) return inside <= THRESHOLDS.nearlyAll;
  return isOnImages(figures) && inside <= THRESHOLDS.mostOfClass;
}

/** Whether the images of a group share one trigger that means its class. */
export function hasOneTrigger(figures: GroupFigures): boolean {
  return figures.found === 'trigger' || isPattern(figures);
}

/**
 * Whether its images have the very same values where no other class does, not only such as clipping gives. What shows all over dark
 * ground has to be on images like the rest as well, or it may be the border or the ground of one source.
 */
export function isMark({ stamp, part }: GroupFigures): boolean {
  if (!stamp || stamp.elsewhere > THRESHOLDS.absent || !isUnclipped(stamp)) return false;
  return !stamp.isOverlay || isEvenlyOn(part);
}

/** Whether a group is images like the rest of its class with one pattern, however far out that is. */
export function isEvenlyOn(part: GroupFigures['part']): boolean {
  return !!part && part.outsiders <= 0.5 && isEven(part);
}

/** Whether its images have nothing in common but what is as dark or bright as can be, as a few of other classes have too. */
export function mayBeClipping({ stamp }: GroupFigures): boolean {
  return !!stamp && stamp.elsewhere > THRESHOLDS.absent && !isUnclipped(stamp);
}

function isUnclipped({ unclipped, values }: StampFigures): boolean {
  return unclipped >= Math.max(CAREFUL.fixedPlaces, THRESHOLDS.unclipped * values);
}

/** Whether a group is images like the rest of its class with one pattern, and the rest is like other classes without it. */
export function isOnImages({ part }: GroupFigures): boolean {
  return !!part && part.outsiders <= 0.5 && isMoved(part);
}

/**
 * Whether a pattern works by its images, but only once it is made louder: then the effect of the reconstructed trigger, which is
 * how the class looks in part, tells nothing of an attack's success.
 */
export function worksOnlyAmplified(figures: GroupFigures): boolean {
  const { check } = figures;
  return !!check && isPattern(figures) && !worksAsItIs(figures, check) && worksAmplified(figures, check);
}

/**
 * Whether a pattern turns answers because of its images: much less so on the check. Where it turns few, these have to be
 * counted on enough images, and it has to turn next to none on the check.
 */
export function worksAsItIs({ gain, flipped }: GroupFigures, { residualGain }: CheckFigures): boolean {
  if (gain >= THRESHOLDS.partialGain) return residualGain < THRESHOLDS.halved * gain;
  const isProved = gain >= THRESHOLDS.slightGain && flipped.of >= CAREFUL.rankingProbes;
  return isProved && residualGain < THRESHOLDS.nothing * gain;
}

/** The same of what they have more than the rest of their class, amplified, of which more images are asked. */
export function worksAmplified({ amplified }: GroupFigures, { residualAmplified }: CheckFigures): boolean {
  if (!amplified || residualAmplified === null || residualAmplified === undefined) return false;
  const { gain, flipped } = amplified;
  const isProved = gain >= THRESHOLDS.amplifiedGain && gain * flipped.of >= CAREFUL.amplifiedFlips;
  const most = gain >= THRESHOLDS.partialGain ? THRESHOLDS.halved : THRESHOLDS.residual;
  return isProved && residualAmplified < most * gain;
}

/**
 * Whether a pattern is one change of light and contrast, as far as it was asked about. Where chance hides what it is, it may be, unless
 * it is known by a mark.
 */
export function isUniform(figures: GroupFigures): boolean {
  const { amplified } = figures;
  if (!amplified) return false;
  return amplified.uniform === null ? !isMark(figures) : amplified.uniform >= THRESHOLDS.uniform;
}
