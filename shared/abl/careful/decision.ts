import { wilson } from '../../metrics/interval.ts';
import { isWorthFollowing, type PartFigures } from './part.ts';
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
import { inTheLightOf, type TrustedFigures } from './trusted.ts';

export interface Share {
  hits: number;
  of: number;
}

/** Everything measured about one group of flagged images, before and after a model was trained without it. */
export interface GroupFigures {
  class: number;
  /**
   * What led to them: one trigger that they share; content that looks like other classes; a trigger that images of
   * several classes carry, some perhaps under their right labels (`gain` is then that of the class where it was found);
   * or a shift that their pixels share, which nothing that was trained has to know.
   */
  found: 'trigger' | 'content' | 'everywhere' | 'pixels';
  /** Images in it; identical ones count once in `check`. */
  flagged: number;
  /** Flip gain of the reconstructed trigger in the model of stage 1, and of one made under a tighter limit. */
  gain: number;
  faintGain: number;
  /** Other classes' images that the model of stage 1 answers with the class once the trigger is pasted. */
  flipped: Share;
  /** Share of the class that is flagged, and of other classes' images that the detector flags too. */
  inside: number;
  outside: number;
  /** Share of the class with a score from 0.1 to 0.9, and of other classes' images with one above 0.5. */
  doubtful: number;
  falseAlarms: number;
  /**
   * How much less often the model of stage 1 answers the flagged with their label than the rest of the class, as a
   * share of the latter; high where a trigger is there that it has not learnt.
   */
  contradiction: number;
  /** The patch that most of these images have to the byte, if that is how they were found; see stampsIn. */
  stamp?: StampFigures | null;
  /** How the group lies to the rest of its class, and to other classes if it is their images with a pattern; or not measured. */
  part?: PartFigures | null;
  foreign?: PartFigures | null;
  /**
   * What they have more than the rest, amplified, does in stage 1's model: its flip gain; and how much of it is one change of
   * light and contrast, 0..1, or null where chance hides that. Null where it was not asked.
   */
  amplified?: { gain: number; flipped: Share; uniform: number | null } | null;
  /** The check's answers; null where the group did not come that far. */
  check: CheckFigures | null;
  /** What trusted images and marks say; absent where there are none. */
  known?: TrustedFigures | null;
}

export interface StampFigures {
  /** Whether it is a part of what shows of an overlay, see stampsIn. */
  isOverlay?: boolean;
  /** Its pixels and values, and those of the values that clipping does not explain, see unclippedValues. */
  pixels: number;
  values: number;
  unclipped: number;
  /** Images of the class that have it, and the share of other classes' images that do. */
  images: number;
  elsewhere: number;
}

/** What a check says about labels. */
export interface Answered {
  /** The check model answers with the label: on the core of the flagged, and on kept images of the class, all unseen. */
  agreement: Share;
  control: Share;
  /** How often it answers with the class on images of other classes: agreement by mere bias. */
  base: Share;
}

export interface CheckFigures extends Answered {
  /** The same of the other classes together that carry the trigger; absent for a trigger of one class. */
  together?: Answered | null;
  /** Flip gain of the same trigger in the check model. */
  residualGain: number;
  /** And of the amplified pattern; absent where that was not asked. */
  residualAmplified?: number | null;
  /** How the answers to the flagged that are not their label are spread over the classes, see spreadOf; null: no choice. */
  spread: number | null;
  /** What these have in common with its mistakes in the control, see commonMistakes; absent where nobody compares them. */
  mistakes?: number | null;
  /** Whether it learnt a mark that several classes carry from the others. */
  knowsMark?: boolean;
}

export type GroupDecision = 'poison' | 'innocent' | 'unsure';

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
function isJudgedByLabels({ found }: GroupFigures): boolean {
  return found === 'everywhere' || found === 'pixels';
}

/** Whether stage 1's model knows the one trigger. Where it does not, what that does to it says nothing. */
function isLearnt({ found, gain }: GroupFigures): boolean {
  return found === 'trigger' && gain >= THRESHOLDS.flipGain;
}

function worksFaintly({ gain, faintGain }: GroupFigures): boolean {
  return faintGain >= THRESHOLDS.faint * gain;
}

function worksFully({ gain, faintGain }: GroupFigures): boolean {
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
function isSharp(figures: GroupFigures): boolean {
  const { falseAlarms, outside } = figures;
  if (outside <= THRESHOLDS.absent) return true;
  return leavesNoDoubt(figures) && falseAlarms <= THRESHOLDS.sharpFalseAlarms;
}

/** The detector knows with most images whether they belong; a lower bar than `leavesNoDoubt`. */
function isClear(
  { found, doubtful, falseAlarms }: GroupFigures,
  usual: { doubtful: number; falseAlarms: number } = THRESHOLDS.clear,
): boolean {
  // Where content is asked, covers raise false alarms, and a seed that is no more than mostly poison raises doubts.
  const limits = found === 'content' ? THRESHOLDS.clearContent : usual;
  return doubtful <= limits.doubtful && falseAlarms <= limits.falseAlarms;
}

function leavesNoDoubt({ doubtful }: GroupFigures): boolean {
  return doubtful <= THRESHOLDS.doubtful;
}

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

/** Whether the check takes the images for the few classes that their kind resembles, see spreadOf. */
function isAlike({ spread }: CheckFigures, limit: number = THRESHOLDS.spread): boolean {
  return spread !== null && spread < limit;
}

/** Whether it takes them for all sorts of classes. With two classes there is no telling. */
function isOfAllSorts({ spread }: CheckFigures): boolean {
  return (spread ?? 0) >= THRESHOLDS.spread;
}

/** Whether the check, which has to know the class, surely finds the labels wrong; with a higher limit, rather wrong. */
function isContradicted(check: CheckFigures, limit: number = THRESHOLDS.disagrees): boolean {
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

function isWrongBeyondChance(check: CheckFigures): boolean {
  const { agreement, control } = check;
  const isLess = wilson(agreement.hits, agreement.of).high < wilson(control.hits, control.of).low;
  return isAnswerable(check) && isLess && agreementRatio(check) < THRESHOLDS.disagrees;
}

/**
 * Whether the check finds the labels of a mark's images wrong more often than chance allows. Of what is the same to the byte it is
 * certain which images have it, so that this is enough where the check itself is often wrong.
 */
function isContradictedMark(figures: GroupFigures, check: CheckFigures): boolean {
  return isMark(figures) && isWrongBeyondChance(check) && isOfAllSorts(check);
}

/** Whether the check knows the class, as far as enough images of it are left to ask about. */
export function isAnswerable(check: Answered): boolean {
  return check.control.of >= CAREFUL.controlLeast && knowsClass(check);
}

/** Whether the check answers with the class more often on images of it than on others. */
function knowsClass({ control, base }: Answered): boolean {
  return shareOf(control) - shareOf(base) >= THRESHOLDS.control;
}

/** Whether a trigger has some effect, as good when faint, and next to none on the check, and the detector knows it. */
function isPartlyLearnt(figures: GroupFigures, { residualGain }: CheckFigures): boolean {
  const { found, gain } = figures;
  const effective = found === 'trigger' && gain >= THRESHOLDS.partialGain && worksFaintly(figures);
  return effective && residualGain < THRESHOLDS.residual * gain && isClear(figures);
}

/** Agreement on the flagged on a scale where 0 is that of other classes' images and 1 that of the own class's. */
export function agreementRatio(check: Answered): number {
  return relative(shareOf(check.agreement), check);
}

/** Its upper 95 % limit. */
function highestRatio(check: Answered): number {
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

export function shareOf({ hits, of }: Share): number {
  return of > 0 ? hits / of : 0;
}
