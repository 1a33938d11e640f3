import { isWrongBeyondChance } from '../agreement.ts';
import { isMark } from '../pattern.ts';
import { THRESHOLDS } from '../thresholds.ts';
import type { Context } from './context.ts';
import { poisonIf, type Rule } from './rule.ts';

/** Labels that the check, which knows the class, finds wrong; or rather wrong, where a trigger speaks for it too. */
export const WRONG_LABELS: readonly Rule<Context>[] = [
  {
    // Of what is the same to the byte it is certain which images have it, so that labels which are wrong more often than chance
    // allows are enough where the check itself is often wrong.
    id: 'mark-with-wrong-labels',
    decide: ({ figures, check, ofAllSorts }) =>
      poisonIf(isMark(figures) && isWrongBeyondChance(check) && ofAllSorts),
  },
  {
    // Poison has its label from the trigger alone.
    id: 'labels-surely-wrong',
    decide: ({ highest }) => poisonIf(highest < THRESHOLDS.disagrees),
  },
  {
    // A trigger that is learnt in part, works as well when faint and means next to nothing to the check.
    id: 'partly-learnt-with-wrong-labels',
    decide: ({ partlyLearnt, highest }) => poisonIf(partlyLearnt && highest < THRESHOLDS.undecided),
  },
  {
    // One that is learnt, stands apart, and means little to it.
    id: 'means-little-with-wrong-labels',
    decide: ({ meaningless, highest }) => poisonIf(meaningless && highest < THRESHOLDS.undecided),
  },
  {
    // Or that is learnt and stands apart, where only chance keeps the labels from being surely wrong.
    id: 'learnt-with-wrong-labels',
    decide: ({ learnt, highest, ratio }) =>
      poisonIf(learnt && highest < THRESHOLDS.undecided && ratio < THRESHOLDS.disagrees),
  },
];
