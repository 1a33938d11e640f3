import { THRESHOLDS } from '../thresholds.ts';
import type { Context } from './context.ts';
import { innocentIf, unsureIf, type Rule } from './rule.ts';

/** What remains: labels that are not surely wrong. Some of it is in doubt, the rest is innocent. */
export const IN_DOUBT: readonly Rule<Context>[] = [
  {
    // Right labels and a trigger that no other class shows, part of whose effect is natural: a faint clean-label attack?
    // Where the detector has doubts, natural likeness explains more of it.
    id: 'unseen-elsewhere-and-weakened',
    decide: ({ figures, learnt, noDoubt, leavesLess }) => {
      const isWeakened = leavesLess(noDoubt ? THRESHOLDS.hardlyWeakened : THRESHOLDS.weakened);
      return unsureIf(learnt && isWeakened && figures.outside <= THRESHOLDS.absent);
    },
  },
  {
    // Or one that is told apart without a doubt, and means much less to the check.
    id: 'sharp-and-halved',
    decide: ({ halved, sharp }) => unsureIf(halved && sharp),
  },
  {
    // Or one that is learnt in part, and leaves no trace in the check.
    id: 'sharp-and-traceless',
    decide: ({ figures, traceless, sharp, noDoubt, ratio }) => {
      const isLearntInPart = figures.gain >= THRESHOLDS.partialGain && traceless;
      return unsureIf(isLearntInPart && sharp && noDoubt && ratio < THRESHOLDS.agrees);
    },
  },
  {
    // No trigger stands out, but the group is told apart fairly well, and its labels are rather wrong.
    id: 'remarkable-with-wrong-labels',
    decide: ({ learnt, sharp, clear, highest }) =>
      unsureIf(!learnt && (sharp || clear) && highest < THRESHOLDS.undecided),
  },
  {
    // Without a trigger that works and stands apart it takes labels that are wrong.
    id: 'no-trigger-stands-out',
    decide: ({ learnt }) => innocentIf(!learnt),
  },
  {
    // A trigger works, and labels are neither surely right nor surely wrong.
    id: 'labels-half-right',
    decide: ({ ratio }) => unsureIf(ratio < THRESHOLDS.undecided),
  },
  {
    // Or are not surely right, and the trigger means little to the check.
    id: 'means-little-with-doubtful-labels',
    decide: ({ meaningless, ratio }) => unsureIf(meaningless && ratio < THRESHOLDS.agrees),
  },
  {
    // Images that merely look alike keep their labels.
    id: 'labels-right',
    decide: () => 'innocent',
  },
];
