import { wilson, type Interval } from '../../metrics/interval.ts';
import type { GroupDecision, GroupFigures, Share } from './figures.ts';
import { THRESHOLDS } from './thresholds.ts';

/** What people who know some images say about a group. */
export interface TrustedFigures {
  /** Trusted images of the class that the detector flags too; they carry no trigger. */
  trusted: Share;
  /** Share of the class's training examples that it flags, 0..1. */
  inside: number;
  /** Of the flagged images that were marked, those marked poison. */
  marked: Share;
}

/**
 * A decision in the light of trusted images and marks. If the class itself looked like that, its trusted images would be
 * flagged as often as its training examples; where they surely are not, a doubt is settled as poison, and where they
 * are, the group is the class's own look. A majority of marks decides in any case.
 */
export function inTheLightOf(decision: GroupDecision, figures: GroupFigures): GroupDecision {
  const { known } = figures;
  if (!known) return decision;
  const { trusted, inside, marked } = known;
  if (marked.of > 0) {
    const { low, high } = wilson(marked.hits, marked.of);
    if (high < 0.5) return 'innocent';
    if (low > 0.5 && decision === 'unsure') return 'poison';
  }
  if (trusted.of === 0 || decision === 'innocent') return decision;
  if (wilson(trusted.hits, trusted.of).low > inside / 2) return 'innocent';
  return chanceOfSoFew(trusted, inside) < THRESHOLDS.chance ? 'poison' : decision;
}

/** The chance that at most so many of the images are flagged if each were with this probability (binomial). */
export function chanceOfSoFew({ hits, of }: Share, probability: number): number {
  if (probability >= 1) return hits >= of ? 1 : 0;
  let term = (1 - probability) ** of;
  let sum = term;
  for (let k = 1; k <= hits; k++) {
    term *= ((of - k + 1) / k) * (probability / (1 - probability));
    sum += term;
  }
  return Math.min(1, sum);
}

/**
 * Bounds of the share of flagged images that are poison, from how often the detector flags trusted ones (95 %); null
 * without trusted images.
 */
export function precisionFrom({ trusted, inside }: TrustedFigures): Interval | null {
  if (trusted.of === 0 || inside <= 0) return null;
  const { low, high } = wilson(trusted.hits, trusted.of);
  const precision = (wrong: number) => (wrong >= inside ? 0 : (inside - wrong) / (1 - wrong) / inside);
  return { low: precision(high), high: precision(low) };
}
