import type { GroupDecision } from '../figures.ts';
import { isUniform, worksAmplified, worksAsItIs } from '../pattern.ts';
import { THRESHOLDS } from '../thresholds.ts';
import type { Context } from './context.ts';
import { poisonIf, unsureIf, type Rule } from './rule.ts';

/** A pattern on ordinary images, and what was decided about it so far. */
export interface PatternContext extends Context {
  before: GroupDecision;
}

/**
 * Second thoughts about ordinary images of a class with one pattern, see isPattern: poison whatever the labels say, if it is from
 * these that models learn it. Where it works without them, it is how the class looks.
 */
export const PATTERNS: readonly Rule<PatternContext>[] = [
  {
    // One change of light is a trigger or another camera: nobody can say, where labels are not rather wrong.
    id: 'light-or-trigger',
    decide: (context) => {
      const isPoison = context.before === 'poison' || worksByThem(context) || worksLouderByThem(context);
      return unsureIf(isPoison && isUniform(context.figures) && !context.ratherWrong);
    },
  },
  {
    // It turns answers because of these images: much less so on the check, which has to know the class.
    id: 'pattern-works-by-them',
    decide: (context) => poisonIf(context.before !== 'poison' && worksByThem(context)),
  },
  {
    // Models learn a faint pattern under right labels well, but it moves few answers until it is made louder.
    id: 'louder-pattern-works-by-them',
    decide: (context) => poisonIf(context.before !== 'poison' && worksLouderByThem(context)),
  },
  {
    // Where it hardly works nobody can say.
    id: 'pattern-hardly-works',
    decide: ({ before, figures }) => unsureIf(before === 'innocent' && figures.gain < THRESHOLDS.partialGain),
  },
  {
    // Nor where it works less without them.
    id: 'pattern-works-less',
    decide: ({ before, leavesLess }) =>
      unsureIf(before === 'innocent' && leavesLess(THRESHOLDS.hardlyWeakened)),
  },
];

function worksByThem({ figures, check, answerable }: Context): boolean {
  return answerable && worksAsItIs(figures, check);
}

function worksLouderByThem({ figures, check, answerable }: Context): boolean {
  return answerable && worksAmplified(figures, check);
}
