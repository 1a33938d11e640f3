import { isJudgedByLabels, worthChecking } from '../clarity.ts';
import type { GroupFigures } from '../figures.ts';
import { THRESHOLDS } from '../thresholds.ts';
import { innocentIf, type Rule } from './rule.ts';

/** Groups that no check is asked about; see worthChecking. */
export const NOT_ASKED: readonly Rule<GroupFigures>[] = [
  {
    // What many images of other classes show too is no trigger of this one.
    id: 'shown-elsewhere',
    decide: (figures) => innocentIf(!isJudgedByLabels(figures) && figures.outside > THRESHOLDS.outside),
  },
  {
    // Natural likeness comes in degrees, and leaves the detector in doubt; a trigger is there or not.
    id: 'hard-to-tell-apart',
    decide: (figures) => innocentIf(!worthChecking(figures)),
  },
  {
    // Nothing is poison that no other model contradicts.
    id: 'not-asked',
    decide: ({ check }) => innocentIf(!check),
  },
];
