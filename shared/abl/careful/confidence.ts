import { wilson, type Interval } from '../../metrics/interval.ts';
import { OBSERVED } from './observed.ts';
import { CAREFUL } from './settings.ts';

/** How often measured data sets got each verdict. A poisoned set whose target class was missed counts as `wrong`. */
export interface VerdictCounts {
  clean: { poisoned: number; uncertain: number; 'no-evidence': number };
  poisoned: { poisoned: number; wrong: number; uncertain: number; 'no-evidence': number };
}

/**
 * How likely a verdict is right, as if half of all data sets were poisoned: from how often clean and poisoned data sets
 * got it when the truth was known (Bayes' rule). Few measurements say little: each share counts as the middle of its
 * Wilson interval, so that without any the answer is one half.
 */
export function confidenceOf(kind: 'poisoned' | 'no-evidence', counts: VerdictCounts = OBSERVED): number {
  const { right, wrong } = sharesOf(kind, counts);
  const [r, w] = [middle(right), middle(wrong)];
  const confidence = r / (r + w);
  return kind === 'poisoned' ? confidence : Math.min(CAREFUL.mostWhenNothing, confidence);
}

/** What the confidence can be at least and at most, from the bounds of both shares. */
export function confidenceBounds(kind: 'poisoned' | 'no-evidence', counts: VerdictCounts): Interval {
  const { right, wrong } = sharesOf(kind, counts);
  const share = (r: number, w: number) => (r + w > 0 ? r / (r + w) : 0.5);
  return { low: share(right.low, wrong.high), high: share(right.high, wrong.low) };
}

/** The figures behind the confidence in a sentence. */
export function confidenceReason(kind: 'poisoned' | 'no-evidence'): string {
  const { clean, poisoned } = OBSERVED;
  return (
    `Where the truth was known, ${poisoned[kind]} of ${total(poisoned)} poisoned data sets got this verdict` +
    `${kind === 'poisoned' ? ' with the right class' : ''}, and ${clean[kind]} of ${total(clean)} clean ones.`
  );
}

/** Shares of data sets with this verdict where it is right and where it is wrong. Another class is a false alarm too. */
function sharesOf(kind: 'poisoned' | 'no-evidence', { clean, poisoned }: VerdictCounts) {
  const found = wilson(poisoned[kind], total(poisoned));
  if (kind === 'no-evidence') return { right: wilson(clean[kind], total(clean)), wrong: found };
  return { right: found, wrong: wilson(clean.poisoned + poisoned.wrong, total(clean) + poisoned.wrong) };
}

function middle({ low, high }: Interval): number {
  return (low + high) / 2;
}

function total(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
