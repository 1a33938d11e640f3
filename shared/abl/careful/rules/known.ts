import { wilson } from '../../../metrics/interval.ts';
import type { GroupDecision } from '../figures.ts';
import { THRESHOLDS } from '../thresholds.ts';
import { chanceOfSoFew, type TrustedFigures } from '../trusted.ts';
import { innocentIf, poisonIf, type Rule } from './rule.ts';

/** What people know about a group, and what was decided about it without that. */
export interface KnownContext {
  known: TrustedFigures;
  before: GroupDecision;
}

/**
 * Second thoughts in the light of trusted images and marks. They settle doubts, and clear what was taken for poison; what is innocent
 * stays so. Where there are none, the intervals are 0..1 and nothing is said.
 */
export const KNOWN: readonly Rule<KnownContext>[] = [
  {
    // A majority of marks decides in any case.
    id: 'marked-clean',
    decide: ({ known: { marked }, before }) =>
      innocentIf(before !== 'innocent' && wilson(marked.hits, marked.of).high < 0.5),
  },
  {
    // The other way round as well, where there is a doubt to settle.
    id: 'marked-poison',
    decide: ({ known: { marked }, before }) =>
      poisonIf(before === 'unsure' && wilson(marked.hits, marked.of).low > 0.5),
  },
  {
    // Where trusted images surely are flagged like the class's own, more than half as often, the group is the class's own look.
    id: 'trusted-flagged',
    decide: ({ known: { trusted, inside }, before }) =>
      innocentIf(before !== 'innocent' && wilson(trusted.hits, trusted.of).low > inside / 2),
  },
  {
    // If the class itself looked like that, its trusted images would be flagged as often as its training examples. Where they surely
    // are not, a doubt is settled.
    id: 'trusted-spared',
    decide: ({ known: { trusted, inside }, before }) =>
      poisonIf(before === 'unsure' && chanceOfSoFew(trusted, inside) < THRESHOLDS.chance),
  },
];
