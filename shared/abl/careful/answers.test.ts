import { describe, expect, it } from 'vitest';
import { commonMistakes, spreadOf } from './answers.ts';

/** So many answers with class 0, 1, ... */
const answers = (...counts: number[]) =>
  Int32Array.from(counts.flatMap((count, label) => new Array<number>(count).fill(label)));

describe('answers that are not the label', () => {
  it('are spread like the sizes of the classes, or not', () => {
    const others = answers(0, 20, 20, 10);
    // Class 1 alone; like the classes' sizes; half and half: (0.4 + 0.2 - 0.4) / 0.6.
    expect(spreadOf(answers(3, 8), 0, others)).toBe(0);
    expect(spreadOf(answers(3, 8, 8, 4), 0, others)).toBeCloseTo(1, 9);
    expect(spreadOf(answers(3, 8, 0, 8), 0, others)).toBeCloseTo(1 / 3, 9);
    // No other answer, or no choice of one.
    expect(spreadOf(answers(3), 0, others)).toBeNull();
    expect(spreadOf(answers(3, 8), 0, answers(0, 20))).toBeNull();
  });

  it('are those to other images of the class, or others', () => {
    // Half with class 1 and half with 2, of whatever number, beside any right ones.
    expect(commonMistakes(answers(1, 5, 5), answers(80, 10, 10), 0)).toBeCloseTo(1, 9);
    expect(commonMistakes(answers(1, 12, 0, 8), answers(80, 10, 10), 0)).toBeCloseTo(0.5, 9);
    expect(commonMistakes(answers(0, 0, 0, 20), answers(80, 10, 10), 0)).toBe(0);
    // Too few of either to tell.
    expect(commonMistakes(answers(1, 5, 4), answers(80, 10, 10), 0)).toBeNull();
    expect(commonMistakes(answers(1, 5, 5), answers(91, 5, 4), 0)).toBeNull();
  });
});
