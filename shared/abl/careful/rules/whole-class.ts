import { isEvenlyOn } from '../pattern.ts';
import { THRESHOLDS } from '../thresholds.ts';
import type { Context } from './context.ts';
import { innocentIf, unsureIf, type Rule } from './rule.ts';

/** Where a group is most of its class, or beside another one that has the rest: a model without it hardly knows the class. */
export const WHOLE_CLASS: readonly Rule<Context>[] = [
  {
    // What most of a class shows, more or less, is how it looks; not what comes to all of them as one pattern on images that
    // differ like the rest, nor where labels are rather wrong.
    id: 'look-of-the-class',
    decide: (context) => innocentIf(isLook(context) && !(context.ratherWrong && !context.alike)),
  },
  {
    // What is found beside another group that has all the rest of the class means nothing to a check that has hardly seen the class.
    // Only answers like those to images of all classes tell that its images are none of it.
    id: 'nothing-to-compare-with',
    decide: ({ check, works, ofAllSorts }) => unsureIf(check.control.of === 0 && works && !ofAllSorts),
  },
  {
    // Nor does a mark that nearly all of a class has, whatever it is.
    id: 'mark-of-the-class',
    decide: (context) => unsureIf(isUntold(context) && context.learnt),
  },
  {
    // The same of what does not work as a trigger, or does so in degrees: it is the class itself.
    id: 'nearly-the-class',
    decide: (context) => innocentIf(isUntold(context)),
  },
];

function isLook({ figures, faintly, fully, sharp, onImages }: Context): boolean {
  const { part, doubtful, inside } = figures;
  const isEvenly = isEvenlyOn(part) && doubtful <= THRESHOLDS.lookDoubtful;
  const isThere = fully || (faintly && isEvenly);
  return inside > THRESHOLDS.mostOfClass && !sharp && !isThere && !onImages;
}

/** Whether nearly all of a class is in the group, so that the check cannot tell, and its answers do not say either what it shows. */
function isUntold({ figures, answerable, ofAllSorts }: Context): boolean {
  return figures.inside > THRESHOLDS.nearlyAll && !answerable && !ofAllSorts;
}
