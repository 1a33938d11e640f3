import { isAlike } from '../agreement.ts';
import { THRESHOLDS } from '../thresholds.ts';
import type { Context } from './context.ts';
import { innocentIf, unsureIf, type Rule } from './rule.ts';

/**
 * Labels that are wrong in the same way speak for a kind of images that the check has never seen, if there are doubts or no
 * trigger works.
 */
export const KINDS: readonly Rule<Context>[] = [
  {
    // Content is that of a kind of images, too: Fashion-MNIST, clean, seed 4, has 304 bags that a check takes for other things.
    id: 'kind-by-content',
    decide: ({ figures, alike }) => innocentIf(figures.found === 'content' && alike),
  },
  {
    // Such as signs in one light, of which it is not certain that they share one thing.
    id: 'kind-with-doubts',
    decide: ({ hasDoubts, ratio, alike }) => innocentIf(hasDoubts && ratio < THRESHOLDS.undecided && alike),
  },
  {
    // CIFAR-10, Blend 0.1 on birds, has 144 cars that a check which has not seen their kind takes for trucks.
    id: 'kind-without-trigger',
    decide: ({ learnt, partlyLearnt, ratio, alike }) =>
      innocentIf(!learnt && !partlyLearnt && ratio < THRESHOLDS.undecided && alike),
  },
  {
    // Where nearly all wrong answers are one class, the check may bear out more of the labels.
    id: 'kind-with-gathered-answers',
    decide: ({ check, hasDoubts, ratio }) =>
      innocentIf(hasDoubts && ratio < THRESHOLDS.agrees && isAlike(check, THRESHOLDS.gathered)),
  },
  {
    // With one other class alone there is no other way to be wrong.
    id: 'vague-with-two-classes',
    decide: ({ figures, check, hasDoubts, highest }) => {
      const isVague = hasDoubts || figures.found === 'content';
      return unsureIf(isVague && highest < THRESHOLDS.undecided && check.spread === null);
    },
  },
];
