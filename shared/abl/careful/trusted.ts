import { wilson, type Interval } from '../../metrics/interval.ts';
import type { Share } from './figures.ts';

/** What people who know some images say about a group. */
export interface TrustedFigures {
  /** Trusted images of the class that the detector flags too; they carry no trigger. */
  trusted: Share;
  /** Share of the class's training examples that it flags, 0..1. */
  inside: number;
  /** Of the flagged images that were marked, those marked poison. */
  marked: Share;
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
