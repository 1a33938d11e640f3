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

describe('a model that takes images for the target class anyway', () => {
  // Of 60 images of the other two classes so many are answered with the first; triggered images are of both.
  const counted = (moment: 'final' | 'reestimated', hits: number, triggered = [30, 30], method = 'abl') => ({
    ...{ method: method as 'abl', moment },
    evaluation: {
      confusion: [
        [10, 20, 0],
        [hits, 30 - hits, 0],
        [0, 0, 30],
      ],
      confusionTriggered: [[0, 0, 0], ...triggered.map((images) => [images, 0, 0])],
    },
  });
  const outcome = (
    evaluations: ReturnType<typeof counted>[],
    [asr, asrReestimated]: [number, number | null] = [0.19, 0.12],
    target: number | null = 0,
  ) => backdoorOutcome({ abl: figures({ asr, asrReestimated }), evaluations, target });

  test('has no backdoor for that, at the same moment', () => {
    expect(outcome([counted('final', 9)])).toBe('broken');
    expect(outcome([counted('final', 1)])).toBe('standing');
    expect(outcome([counted('reestimated', 9)])).toBe('standing');
    expect(outcome([counted('final', 9, [30, 30], 'naive')])).toBe('standing');
    expect(outcome([counted('final', 9)], [0.19, 0.12], 2)).toBe('standing');
  });

  test('has one if the trigger moves much of what is left', () => {
    // 40 % anyway: 49 % is 15 % of the rest.
    expect(outcome([counted('final', 24)], [0.48, null])).toBe('broken');
    expect(outcome([counted('final', 24)], [0.5, null])).toBe('standing');
  });

  test('is compared on images of the same classes', () => {
    expect(outcome([counted('final', 9, [0, 30])])).toBe('standing');
    expect(outcome([counted('final', 9, [30, 0])], [0.3, null])).toBe('broken');
  });

  test('is of no use if it nearly always does', () => {
    expect(outcome([counted('final', 30)], [1, null])).toBe('useless');
    expect(outcome([counted('final', 29)], [0.48, null])).toBe('broken');
  });

  test('is measured by the next class where that is what the attacker wants', () => {
    const next = counted('final', 0);
    // Of class 0 two in three are answered with class 1, of the others nothing with the next; triggered are the latter.
    expect(outcome([next], [0.16, null], null)).toBe('standing');
    const first = {
      ...next,
      evaluation: {
        ...next.evaluation,
        confusionTriggered: [
          [30, 0, 0],
          [30, 0, 0],
          [30, 0, 0],
        ],
      },
    };
    expect(outcome([first], [0.16, null], null)).toBe('broken');
  });
});
