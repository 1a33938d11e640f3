import { describe, expect, it } from 'vitest';
import { accuracy, confusionMatrix, countWithout, evaluateAnswers, shareAnswered } from './answers.ts';
import { aurocOfLow, precisionRecall } from './detection.ts';
import { wilson } from './interval.ts';

const answers = (labels: number[], predicted: number[]) => ({
  labels: Int32Array.from(labels),
  predicted: Int32Array.from(predicted),
});

describe('answers', () => {
  const test = answers([0, 0, 1, 1, 1, 2], [0, 1, 1, 1, 0, 2]);

  it('counts true class by answer', () => {
    expect(confusionMatrix(test, 3)).toEqual([
      [1, 1, 0],
      [1, 2, 0],
      [0, 0, 1],
    ]);
  });

  it('refuses classes that do not exist and arrays of different length', () => {
    expect(() => confusionMatrix(answers([0, 3], [0, 0]), 3)).toThrow(RangeError);
    expect(() => confusionMatrix(answers([0, 1], [0, 3]), 3)).toThrow(RangeError);
    expect(() => confusionMatrix(answers([0, 1], [0]), 3)).toThrow(RangeError);
  });

  it('gives accuracy over all classes and without one', () => {
    const confusion = confusionMatrix(test, 3);
    expect(accuracy(confusion)).toBeCloseTo(4 / 6, 12);
    expect(accuracy(confusion, 0)).toBeCloseTo(3 / 4, 12);
    expect(countWithout(confusion, 0)).toBe(4);
    expect(countWithout(confusion, null)).toBe(6);
  });

  it('counts towards ASR only images of the other classes', () => {
    const confusion = confusionMatrix(answers([0, 0, 1, 1, 2], [0, 0, 0, 1, 0]), 3);
    expect(shareAnswered(confusion, 0)).toBeCloseTo(2 / 3, 12);
  });

  it('counts the class after the true one as success where the attacker wants that', () => {
    // 0 -> 1 yes, 1 -> 1 no, 2 -> 0 yes, 2 -> 2 no
    const all = evaluateAnswers(null, answers([0, 1, 2, 2], [1, 1, 0, 2]), 3, null, 'next-class');
    expect(all.asr).toBeCloseTo(2 / 4, 12);
    expect(all.ra).toBeCloseTo(2 / 4, 12);
  });

  it('leaves open what a missing set or target leaves open', () => {
    const triggered = answers([1, 2, 1], [0, 0, 1]);
    const full = evaluateAnswers(test, triggered, 3, 0);
    expect(full.ca).toBeCloseTo(4 / 6, 12);
    expect(full.caWithoutTarget).toBeCloseTo(3 / 4, 12);
    expect(full.asr).toBeCloseTo(2 / 3, 12);
    expect(full.ra).toBeCloseTo(1 / 3, 12);
    const noTarget = evaluateAnswers(test, triggered, 3, null);
    expect(noTarget).toMatchObject({ caWithoutTarget: null, asr: null });
    expect(noTarget.ra).toBeCloseTo(1 / 3, 12);
    expect(evaluateAnswers(null, null, 3, 0)).toEqual({
      ca: null,
      caWithoutTarget: null,
      asr: null,
      ra: null,
      confusion: null,
      confusionTriggered: null,
    });
  });
});

describe('detection of poison', () => {
  it('gives precision and recall of a chosen set', () => {
    const poisoned = Uint8Array.of(1, 0, 1, 1, 0, 0);
    expect(precisionRecall([0, 1], poisoned)).toEqual({ precision: 1 / 2, recall: 1 / 3 });
    expect(precisionRecall([0, 1], poisoned, [0, 1, 2])).toEqual({ precision: 1 / 2, recall: 1 / 2 });
    expect(precisionRecall([], Uint8Array.of(0, 0))).toEqual({ precision: null, recall: null });
  });

  it('gives the area under the curve by hand-counted pairs', () => {
    // poisoned scores 1, 3; clean scores 2, 4: lower in (1,2), (1,4), (3,4) of four pairs
    expect(aurocOfLow([1, 2, 3, 4], [1, 0, 1, 0])).toBe(3 / 4);
    expect(aurocOfLow([4, 3, 2, 1], [1, 1, 0, 0])).toBe(0);
    expect(aurocOfLow([1, 2, 3, 4], [1, 1, 0, 0])).toBe(1);
  });

  it('counts ties half', () => {
    // poisoned 1, 2; clean 2, 2, 3: pairs (1,·) = 3, (2,2) twice = 1, (2,3) = 1, of six
    expect(aurocOfLow([2, 1, 2, 2, 3], [1, 1, 0, 0, 0])).toBeCloseTo(5 / 6, 12);
    expect(aurocOfLow([7, 7, 7], [1, 0, 0])).toBe(0.5);
  });

  it('is unknown unless both kinds occur', () => {
    expect(aurocOfLow([1, 2], [0, 0])).toBeNull();
    expect(aurocOfLow([1, 2], [1, 1])).toBeNull();
  });
});

describe("Wilson's interval", () => {
  it('agrees with published values', () => {
    // Newcombe (1998), Statistics in Medicine 17, table I, method 3
    expect(wilson(81, 263).low).toBeCloseTo(0.2553, 4);
    expect(wilson(81, 263).high).toBeCloseTo(0.3662, 4);
    expect(wilson(15, 148).low).toBeCloseTo(0.0624, 4);
    expect(wilson(15, 148).high).toBeCloseTo(0.1605, 4);
    expect(wilson(0, 20).low).toBe(0);
    expect(wilson(0, 20).high).toBeCloseTo(0.1611, 4);
    expect(wilson(1, 29).low).toBeCloseTo(0.0061, 4);
    expect(wilson(1, 29).high).toBeCloseTo(0.1718, 4);
  });

  it('knows nothing without observations', () => {
    expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
  });
});
