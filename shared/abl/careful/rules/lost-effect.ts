import { wilson } from '../../../metrics/interval.ts';
import { THRESHOLDS } from '../thresholds.ts';
import type { Context } from './context.ts';
import { poisonIf, type Rule } from './rule.ts';

/**
 * Triggers that work, but that say little to the check. Labels may well be right then (a clean-label attack), so that the group has to
 * stand apart in every respect; where it does not quite, the trigger has to mean nothing at all.
 */
export const LOST_EFFECT: readonly Rule<Context>[] = [
  {
    // A trigger is there or not, and works faintly too; what a class shows by nature works on any model that knows the class.
    id: 'means-little',
    decide: ({ meaningless, faintly, noDoubt }) => poisonIf(meaningless && faintly && noDoubt),
  },
  {
    // An overlay that contrasts strongly is lost where it is made faint. That it is one pattern on ordinary images says as much.
    id: 'pattern-means-nothing',
    decide: ({ learnt, traceless, onImages, noDoubt }) =>
      poisonIf(learnt && traceless && onImages && noDoubt),
  },
  {
    // Or that these are taken for images of all classes.
    id: 'foreign-and-means-nothing',
    decide: (context) => {
      const { learnt, traceless, noDoubt } = context;
      return poisonIf(learnt && traceless && noDoubt && isOfOthers(context));
    },
  },
  {
    // Where a faint trigger works as well as the full one, that half of the effect is lost is enough.
    id: 'halved',
    decide: ({ halved, clear, fully }) => poisonIf(halved && clear && fully),
  },
  {
    // A faint overlay on dark images has less effect the fainter it is, as natural likeness has. Then it has to mean nothing
    // at all, and lie apart along a line with few images in doubt.
    id: 'overlay-means-nothing',
    decide: (context) => {
      const isFewDoubts = context.figures.doubtful <= THRESHOLDS.fewDoubts;
      return poisonIf(isLostOverlay(context) && isFewDoubts && context.mayBePattern);
    },
  },
  {
    // Or the labels have to be rather wrong.
    id: 'overlay-with-wrong-labels',
    decide: (context) => poisonIf(isLostOverlay(context) && context.ratherWrong && !context.alike),
  },
];

/** Whether a check that knows the class, from however few others of it, surely takes the images for those of all sorts of classes. */
function isOfOthers({ check, ofAllSorts, knowsClass }: Context): boolean {
  const { hits, of } = check.agreement;
  return ofAllSorts && knowsClass && wilson(hits, of).high < THRESHOLDS.disagrees;
}

/** Whether a trigger that is clear, and works at least in part when faint, leaves no effect on the check. */
function isLostOverlay({ figures: { gain, faintGain }, works, clear, traceless }: Context): boolean {
  return works && clear && faintGain >= THRESHOLDS.partly * gain && traceless;
}
