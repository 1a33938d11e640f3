import { describe, expect, test } from 'vitest';
import type { MethodFigures } from '../contract/results.ts';
import { backdoorOutcome, comparisonSentence } from './comparison.ts';

const figures = (part: Partial<MethodFigures>): MethodFigures => ({
  ca: null,
  caWithoutTarget: null,
  asr: null,
  ra: null,
  caReestimated: null,
  asrReestimated: null,
  raReestimated: null,
  ...part,
});

describe('the comparison in one sentence', () => {
  test('prefers the re-estimated figures and names the price', () => {
    const sentence = comparisonSentence(
      figures({ asr: 1, asrReestimated: 0.9, ca: 0.85, caReestimated: 0.84 }),
      figures({ asr: 0, asrReestimated: 0.3, ca: 0.85, caReestimated: 0.79 }),
    );
    expect(sentence).toBe(
      'The trigger fools the naive model on 90 of 100 images, and the ABL model on 30 of 100, at a price of 5 points of clean accuracy.',
    );
  });

  test('does not speak of fooling where the trigger does nothing', () => {
    const both = figures({ asr: 0.02, ca: 0.8 });
    expect(comparisonSentence(both, both)).toContain('moved only 2 of 100 images');
  });

  test('says nothing where nothing was measured', () => {
    expect(comparisonSentence(figures({ ca: 0.8 }), figures({ ca: 0.8 }))).toBeNull();
    expect(comparisonSentence(null, figures({ asr: 0.1 }))).toBeNull();
  });
});

test.each([
  [{ asr: 0.01, asrReestimated: 0.02 }, 'broken'],
  [{ asr: 0.01, asrReestimated: 0.93 }, 'standing'],
  [{ asr: 1, asrReestimated: null }, 'standing'],
  [{}, 'unknown'],
] as const)('the backdoor with %j is %s: a figure that hides it does not count', (part, outcome) => {
  expect(backdoorOutcome({ abl: figures(part), evaluations: [], target: 0 })).toBe(outcome);
});

test('a model that takes images for the target class anyway has no backdoor for that, at the same moment', () => {
  const abl = figures({ asr: 0.19, asrReestimated: 0.12 });
  // Of 60 images of the other two classes 9 or 1 are answered with the first.
  const counted = (moment: 'final' | 'reestimated', hits: number) => ({
    ...{ method: 'abl' as const, moment },
    evaluation: {
      confusion: [
        [10, 20, 0],
        [hits, 30 - hits, 0],
        [0, 0, 30],
      ],
    },
  });
  const outcome = (evaluations: ReturnType<typeof counted>[], target: number | null = 0) =>
    backdoorOutcome({ abl, evaluations, target });
  expect(outcome([counted('final', 9)])).toBe('broken');
  expect(outcome([counted('final', 1)])).toBe('standing');
  expect(outcome([counted('reestimated', 9)])).toBe('standing');
  expect(outcome([counted('final', 9)], null)).toBe('standing');
  expect(outcome([counted('final', 9)], 2)).toBe('standing');
});
