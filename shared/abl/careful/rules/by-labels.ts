import { isContradictedByLabels, isHardlyKnown } from '../agreement.ts';
import type { Context } from './context.ts';
import { innocentIf, poisonIf, unsureIf, type Rule } from './rule.ts';

/** What images of one source share as well says nothing: here their labels alone speak. See isJudgedByLabels. */
export const BY_LABELS: readonly Rule<Context>[] = [
  {
    // Covers keep their labels, and so do images of one source.
    id: 'labels-not-surely-wrong',
    decide: ({ check }) => innocentIf(!isContradictedByLabels(check)),
  },
  {
    // Whatever is wrong may be the class, which the check hardly knows, rather than these labels.
    id: 'same-mistakes',
    decide: ({ check }) => unsureIf(isHardlyKnown(check)),
  },
  {
    // With two classes there is but one other answer: a pattern or not, there is no telling poison from one source.
    id: 'pattern-with-two-classes',
    decide: ({ figures, check, onImages }) =>
      unsureIf(check.spread === null && (!!figures.foreign || onImages)),
  },
  {
    // The same, and nothing speaks for a pattern.
    id: 'source-with-two-classes',
    decide: ({ check }) => innocentIf(check.spread === null),
  },
  {
    // A trigger that several classes carry is known already, so that wrong labels are enough.
    id: 'shared-trigger-with-wrong-labels',
    decide: ({ figures }) => poisonIf(figures.found === 'everywhere'),
  },
  {
    // Poison is made of images of all classes, and is answered with these.
    id: 'pixels-of-all-sorts',
    decide: ({ ofAllSorts }) => poisonIf(ofAllSorts),
  },
  {
    // A kind of images that the check has never seen is answered wrongly as well, but with the classes that it resembles.
    id: 'pixels-of-one-kind',
    decide: () => 'innocent',
  },
];
