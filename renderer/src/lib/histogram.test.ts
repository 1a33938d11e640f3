import { expect, test } from 'vitest';
import type { LossHistogram } from '../../../shared/contract/api.ts';
import { layoutHistogram } from './histogram.ts';

const histogram: LossHistogram = {
  edges: [0, 0.01, 0.1, 1, 10],
  all: [40, 20, 100, 60],
  isolated: [40, 10, 0, 0],
  poisoned: null,
  threshold: 0.05,
};

test('bars stand side by side on a logarithmic axis and fill it', () => {
  const { bars } = layoutHistogram(histogram, 600, 100);
  expect(bars[0]!.x).toBe(0);
  for (const [i, bar] of bars.slice(1).entries()) expect(bar.x).toBeCloseTo(bars[i]!.x + bars[i]!.width, 6);
  expect(bars.at(-1)!.x + bars.at(-1)!.width).toBeCloseTo(600, 6);
  // Equal ratios are equal widths.
  expect(bars[1]!.width).toBeCloseTo(bars[2]!.width, 6);
});

test('heights are in proportion to counts and stay in the field', () => {
  const { bars } = layoutHistogram(histogram, 600, 100);
  expect(bars[2]!.all).toBeCloseTo(bars[1]!.all * 5, 6);
  expect(bars[0]!.isolated).toBeCloseTo(bars[0]!.all, 6);
  expect(Math.max(...bars.map((bar) => bar.all))).toBeLessThanOrEqual(100);
  expect(bars.every((bar) => bar.poisoned === 0 && bar.counts.poisoned === null)).toBe(true);
});

test('the threshold stands within the bar that it cuts', () => {
  const { bars, threshold } = layoutHistogram(histogram, 600, 100);
  expect(threshold).toBeGreaterThan(bars[1]!.x);
  expect(threshold).toBeLessThan(bars[2]!.x);
  expect(layoutHistogram({ ...histogram, threshold: 0 }, 600, 100).threshold).toBe(0);
});

test('ticks are powers of ten within the axis, and never crowd', () => {
  const { ticks } = layoutHistogram(histogram, 600, 100);
  expect(ticks.map((tick) => tick.label)).toEqual(['0.01', '0.1', '1', '10']);
  const wide = layoutHistogram({ ...histogram, edges: [1e-12, 1e-8, 1e-4, 1, 100] }, 600, 100);
  expect(wide.ticks.length).toBeLessThanOrEqual(9);
});
