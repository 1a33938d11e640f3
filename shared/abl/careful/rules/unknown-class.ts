import { CAREFUL } from '../settings.ts';
import { THRESHOLDS } from '../thresholds.ts';
import type { Context } from './context.ts';
import { innocentIf, unsureIf, type Rule } from './rule.ts';

/** Where the check has too little to compare with, or does not know the class. */
export const UNKNOWN_CLASS: readonly Rule<Context>[] = [
  {
    // In a class that is hardly there, and that the check does not know, any few images look like other classes.
    id: 'few-in-a-tiny-class',
    decide: (context) => {
      const { figures, knowsClass } = context;
      const isFew = figures.flagged < CAREFUL.smallestClass && figures.inside <= THRESHOLDS.mostOfClass;
      return innocentIf(hasFewOthers(context) && figures.found === 'content' && isFew && !knowsClass);
    },
  },
  {
    // Most of a small class that looks alike, and that no line sets apart (GTSRB, clean, seed 21, class 36).
    id: 'alike-in-a-small-class',
    decide: (context) => {
      const { hasDoubts, alike, mayBePattern } = context;
      return innocentIf(hasFewOthers(context) && hasDoubts && alike && !mayBePattern);
    },
  },
  {
    // So few answers leave anything open.
    id: 'too-few-to-compare-with',
    decide: (context) => unsureIf(hasFewOthers(context)),
  },
  {
    // The labels say nothing here, but a trigger works.
    id: 'works-in-an-unknown-class',
    decide: ({ knowsClass, learnt }) => unsureIf(!knowsClass && learnt),
  },
  {
    // Nothing to go by.
    id: 'unknown-class',
    decide: ({ knowsClass }) => innocentIf(!knowsClass),
  },
];

function hasFewOthers({ check }: Context): boolean {
  return check.control.of < CAREFUL.controlLeast;
}
