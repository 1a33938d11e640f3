import { expect, it } from 'vitest';
import { confidenceBounds, confidenceOf, type VerdictCounts } from './confidence.ts';
import { CAREFUL } from './settings.ts';

const counts = (clean: number[], poisoned: number[]): VerdictCounts => ({
  clean: { poisoned: clean[0]!, uncertain: clean[1]!, 'no-evidence': clean[2]! },
  poisoned: {
    poisoned: poisoned[0]!,
    wrong: poisoned[1]!,
    uncertain: poisoned[2]!,
    'no-evidence': poisoned[3]!,
  },
});

it('without measurements nothing is known', () => {
  const none = counts([0, 0, 0], [0, 0, 0, 0]);
  expect(confidenceOf('poisoned', none)).toBeCloseTo(0.5, 12);
  expect(confidenceOf('no-evidence', none)).toBeCloseTo(0.5, 12);
  expect(confidenceBounds('poisoned', none)).toEqual({ low: 0, high: 1 });
});

it('agrees with Bayes’ rule where much was measured, however many clean and poisoned sets there were', () => {
  const many = counts([2000, 0, 198000], [80000, 0, 0, 20000]);
  // 0.8 / (0.8 + 0.01)
  expect(confidenceOf('poisoned', many)).toBeCloseTo(0.98765, 3);
  const { low, high } = confidenceBounds('poisoned', many);
  expect(low).toBeLessThan(0.98765);
  expect(high).toBeGreaterThan(0.98765);
});

it('falls with every false alarm, miss and wrong class', () => {
  const good = counts([0, 0, 20], [20, 0, 0, 0]);
  expect(confidenceOf('poisoned', counts([1, 0, 19], [20, 0, 0, 0]))).toBeLessThan(
    confidenceOf('poisoned', good),
  );
  expect(confidenceOf('poisoned', counts([0, 0, 20], [19, 1, 0, 0]))).toBeLessThan(
    confidenceOf('poisoned', good),
  );
  const missed = counts([0, 0, 20], [12, 0, 0, 8]);
  expect(confidenceOf('no-evidence', missed)).toBeLessThan(confidenceOf('no-evidence', good));
});

it('finding nothing never claims more than its limit', () => {
  const perfect = counts([0, 0, 100000], [100000, 0, 0, 0]);
  expect(confidenceOf('no-evidence', perfect)).toBe(CAREFUL.mostWhenNothing);
  expect(confidenceOf('poisoned', perfect)).toBeGreaterThan(0.999);
});
