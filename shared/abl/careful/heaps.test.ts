import { describe, expect, it } from 'vitest';
import { heapOf, type Point } from './heaps.ts';

describe('a heap of points', () => {
  // Mean (1, 2), variances 4 and 1, covariance 1: determinant 3, inverse [[1, -1], [-1, 4]] / 3.
  const points: Point[] = [
    [1 + Math.sqrt(8), 2 + Math.sqrt(0.5)],
    [1 - Math.sqrt(8), 2 - Math.sqrt(0.5)],
    [1, 2 + Math.sqrt(1.5)],
    [1, 2 - Math.sqrt(1.5)],
  ];
  const heap = heapOf(points);

  it('is as likely anywhere as a normal distribution of its mean and covariance', () => {
    expect(heap([1, 2])).toBeCloseTo(-Math.log(3) / 2, 5);
    expect(heap([4, 2])).toBeCloseTo(-Math.log(3) / 2 - 9 / 3 / 2, 5);
    expect(heap([1, 4])).toBeCloseTo(-Math.log(3) / 2 - 16 / 3 / 2, 5);
    expect(heap([2, 3])).toBeCloseTo(-Math.log(3) / 2 - 3 / 3 / 2, 5);
  });

  it('has a density where scores are large and go together', () => {
    // The determinant is lost among what products of 2e15 and 2e15 are rounded by, and may turn out negative.
    const along = heapOf(Array.from({ length: 50 }, (_, i): Point => [3e6 * i, 3e6 * i + 0.1 * i]));
    const [on, off] = [along([7e7, 7e7]), along([7e7, 8e7])];
    expect(Number.isFinite(on) && Number.isFinite(off)).toBe(true);
    expect(off).toBeLessThan(on);
  });

  it('is high and narrow where points hardly differ', () => {
    const narrow = heapOf([
      [0, 0],
      [0, 0],
    ]);
    expect(narrow([0, 0])).toBeGreaterThan(10);
    expect(narrow([0.1, 0])).toBeLessThan(-1000);
  });
});
