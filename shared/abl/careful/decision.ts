import { wilson } from '../../metrics/interval.ts';
import {
  agreementRatio,
  highestRatio,
  isAlike,
  isAnswerable,
  isContradicted,
  isContradictedByLabels,
  isHardlyKnown,
  isOfAllSorts,
  isWrongBeyondChance,
  knowsClass,
} from './agreement.ts';
import {
  isClear,
  isJudgedByLabels,
  isLearnt,
  isPartlyLearnt,
  isSharp,
  leavesNoDoubt,
  standsApart,
  worksFaintly,
  worksFully,
  worthChecking,
} from './clarity.ts';
import type { CheckFigures, GroupDecision, GroupFigures } from './figures.ts';
import { isWorthFollowing } from './part.ts';
import {
  isEvenlyOn,
  isMark,
  isOnImages,
  isPattern,
  isUniform,
  mayBeClipping,
  worksOnlyByThem,
} from './pattern.ts';
import { CAREFUL } from './settings.ts';
import { THRESHOLDS } from './thresholds.ts';
import { inTheLightOf } from './trusted.ts';

/**
 * Poison is what a model that never saw it contradicts. It finds the labels wrong; or rather wrong, and a trigger
 * that worked before says little to it. Where the labels may well be right (a clean-label attack) it is enough that
 * such a trigger says little to it, if the group stands apart in every respect.
 */
export function decideGroup(figures: GroupFigures): GroupDecision {
  return inTheLightOf(decideAlone(figures), figures);
}

/** The decision without what trusted images and marks say. */
export function decideAlone(figures: GroupFigures): GroupDecision {
  const { check, gain } = figures;
  if (!check || !worthChecking(figures)) return 'innocent';
  const decision = decideByCheck(figures, check);
  if (!isPattern(figures)) return decision;
  // Poison whatever the labels say, if it is from these that models learn it. Where it works without them, it is how the
  // class looks; where it hardly works, or less without them, nobody can say. Nor whether one change of light is a trigger
  // or another camera.
  if (decision === 'poison' || (isAnswerable(check) && worksOnlyByThem(figures, check))) {
    const isRatherWrong = isContradicted(check, THRESHOLDS.undecided);
    return isUniform(figures) && !isRatherWrong ? 'unsure' : 'poison';
  }
  const isLess = gain < THRESHOLDS.partialGain || check.residualGain < THRESHOLDS.hardlyWeakened * gain;
  return decision === 'innocent' && isLess ? 'unsure' : decision;
}

function decideByCheck(figures: GroupFigures, check: CheckFigures): GroupDecision {
  const { gain } = figures;
  if (isJudgedByLabels(figures)) {
    if (!isContradictedByLabels(check)) return 'innocent';
    if (isHardlyKnown(check)) return 'unsure';
    // With two classes there is but one other answer: a pattern or not, there is no telling poison from one source.
    if (check.spread === null) return figures.foreign || isOnImages(figures) ? 'unsure' : 'innocent';
    return figures.found === 'everywhere' || isOfAllSorts(check) ? 'poison' : 'innocent';
  }
  // What most of a class shows, more or less, is how it looks; not what comes to all of them as one pattern on images that
  // differ like the rest. Without it a model hardly knows the class.
  const { part, doubtful, inside } = figures;
  const isEvenly = isEvenlyOn(part) && doubtful <= THRESHOLDS.lookDoubtful;
  const isThere = worksFully(figures) || (worksFaintly(figures) && isEvenly);
  const isLook = inside > THRESHOLDS.mostOfClass && !isSharp(figures) && !isThere && !isOnImages(figures);
  const isRatherWrong = isContradicted(check, THRESHOLDS.undecided) && !isAlike(check);
  if (isLook && !isRatherWrong) return 'innocent';
  const learnt = isLearnt(figures) && standsApart(figures);
  // A mark that nearly all of a class has means nothing to a check that has hardly seen the class, whatever it is; nor does what is found
  // beside another group that has all the rest of the class. Only answers like those to images of all classes tell that its images are
  // none of it.
  if (check.control.of === 0 && isLearnt(figures) && !isOfAllSorts(check)) return 'unsure';
  const isUntold = figures.inside > THRESHOLDS.nearlyAll && !isAnswerable(check);
  if (isUntold && !isOfAllSorts(check)) return learnt ? 'unsure' : 'innocent';
  const meaningless = learnt && check.residualGain < THRESHOLDS.residual * gain;
  if (meaningless && worksFaintly(figures) && leavesNoDoubt(figures)) return 'poison';
  // An overlay that contrasts strongly is lost where it is made faint. That it is one pattern on ordinary images says as much, or that
  // these are taken for images of all classes.
  const isTraceless = check.residualGain < THRESHOLDS.nothing * gain;
  const { hits, of } = check.agreement;
  const isOfOthers = isOfAllSorts(check) && knowsClass(check) && wilson(hits, of).high < THRESHOLDS.disagrees;
  if (learnt && isTraceless && (isOnImages(figures) || isOfOthers) && leavesNoDoubt(figures)) return 'poison';
  if (learnt && check.residualGain < THRESHOLDS.halved * gain && isClear(figures) && worksFully(figures))
    return 'poison';
  // A faint overlay on dark images has less effect the fainter it is, as natural likeness has. Then it has to mean nothing
  // at all, and lie apart along a line with few images in doubt, or the labels have to be rather wrong.
  const mayBePattern = !figures.part || isWorthFollowing(figures.part);
  const distinct = isLearnt(figures) && isClear(figures) && figures.faintGain >= THRESHOLDS.partly * gain;
  if (distinct && isTraceless) {
    const fewDoubts = figures.doubtful <= THRESHOLDS.fewDoubts;
    if ((fewDoubts && mayBePattern) || isRatherWrong) return 'poison';
  }
  if (isContradictedMark(figures, check)) return 'poison';
  const hasDoubts = figures.found === 'trigger' && (!leavesNoDoubt(figures) || mayBeClipping(figures));
  if (check.control.of < CAREFUL.controlLeast) {
    // In a class that is hardly there, and that the check does not know, any few images look like other classes.
    const isFew = figures.flagged < CAREFUL.smallestClass && inside <= THRESHOLDS.mostOfClass;
    if (figures.found === 'content' && isFew && !knowsClass(check)) return 'innocent';
    return hasDoubts && isAlike(check) && !mayBePattern ? 'innocent' : 'unsure';
  }
  if (!knowsClass(check)) return learnt ? 'unsure' : 'innocent';
  // Labels that are wrong in the same way speak for a kind of images that the check has never seen, if there are doubts or no trigger works.
  const ratio = agreementRatio(check);
  const highest = highestRatio(check);
  // Content is that of a kind of images, too: Fashion-MNIST, clean, seed 4, has 304 bags that a check takes for other things.
  if (figures.found === 'content' && isAlike(check)) return 'innocent';
  const isUnlearnt = !learnt && !isPartlyLearnt(figures, check);
  if ((hasDoubts || isUnlearnt) && ratio < THRESHOLDS.undecided && isAlike(check)) return 'innocent';
  if (hasDoubts && ratio < THRESHOLDS.agrees && isAlike(check, THRESHOLDS.gathered)) return 'innocent';
  const isVague = hasDoubts || figures.found === 'content';
  if (isVague && highest < THRESHOLDS.undecided && check.spread === null) return 'unsure';
  if (highest < THRESHOLDS.disagrees) return 'poison';
  if (isPartlyLearnt(figures, check) && highest < THRESHOLDS.undecided) return 'poison';
  if (learnt && highest < THRESHOLDS.undecided && (meaningless || ratio < THRESHOLDS.disagrees))
    return 'poison';
  // Right labels and a trigger that no other class shows, part of whose effect is natural: a faint clean-label attack?
  const left = leavesNoDoubt(figures) ? THRESHOLDS.hardlyWeakened : THRESHOLDS.weakened;
  if (learnt && check.residualGain < left * gain && figures.outside <= THRESHOLDS.absent) return 'unsure';
  // Or one that is told apart without a doubt, and means much less to the check.
  if (learnt && check.residualGain < THRESHOLDS.halved * gain && isSharp(figures)) return 'unsure';
  // Or one that is learnt in part, and leaves no trace in the check.
  const isLearntInPart = gain >= THRESHOLDS.partialGain && isTraceless;
  if (isLearntInPart && isSharp(figures) && leavesNoDoubt(figures) && ratio < THRESHOLDS.agrees)
    return 'unsure';
  if (!learnt) {
    const remarkable = isSharp(figures) || isClear(figures) || figures.found === 'content';
    return remarkable && highest < THRESHOLDS.undecided ? 'unsure' : 'innocent';
  }
  return ratio < THRESHOLDS.undecided || (meaningless && ratio < THRESHOLDS.agrees) ? 'unsure' : 'innocent';
}

/**
 * Whether the check finds the labels of a mark's images wrong more often than chance allows. Of what is the same to the byte it is
 * certain which images have it, so that this is enough where the check itself is often wrong.
 */
function isContradictedMark(figures: GroupFigures, check: CheckFigures): boolean {
  return isMark(figures) && isWrongBeyondChance(check) && isOfAllSorts(check);
}
