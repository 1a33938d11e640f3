import { expect, it } from 'vitest';
import { equallyLikely } from './mixture.ts';

const score = (logit: number) => 1 / (1 + Math.exp(-logit));

/** `count` scores around a logit, a third of them each one below, at and one above it: variance 2/3. */
function around(logit: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => score(logit + (i % 3) - 1));
}

const between = (lower: number, upper: number) => (score(lower) + score(upper)) / 2;

it('divides two equal kinds in the middle', () => {
  const kinds = [...around(-4, 300), ...around(4, 300)];
  const cut = equallyLikely(Float32Array.from([...kinds, score(-0.2), score(0.2)]), 0.9);
  expect(cut).toBeCloseTo(between(-0.2, 0.2), 6);
});

it('asks more of a kind that is rare', () => {
  // Variance 2/3 + 1/4, means 8 apart: equally likely at ln(900 / 99) * 0.917 / 8 = 0.25.
  const kinds = [...around(-4, 900), ...around(4, 99)];
  const cutWith = (logit: number) => equallyLikely(Float32Array.from([...kinds, score(logit)]), 0.5);
  expect(cutWith(0.4)).toBeCloseTo(between(-3, 0.4), 6);
  expect(cutWith(0.1)).toBeCloseTo(between(0.1, 3), 6);
});

it('finds the border from a start that is too low', () => {
  // Natural likeness: the start takes its end for the upper kind, the fit does not.
  const kinds = [...around(-4, 600), ...around(-2, 300), ...around(0, 12), ...around(6, 100)];
  expect(equallyLikely(Float32Array.from(kinds), 0.5)).toBeCloseTo(between(1, 5), 6);
});

it('says nothing where there is one kind only', () => {
  expect(equallyLikely(Float32Array.from(around(-4, 30)), 0.99)).toBeNull();
  expect(equallyLikely(Float32Array.from(around(4, 30)), 0.01)).toBeNull();
});

it('takes scores of exactly 0 and 1', () => {
  expect(equallyLikely(Float32Array.of(0, 0, 0, 0, 1, 1), 0.5)).toBe(0.5);
});
