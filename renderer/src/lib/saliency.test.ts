import { expect, test } from 'vitest';
import { whereInWords } from './saliency.ts';

const map = (at: number, value: number) => ({
  method: 'naive' as const,
  rows: 8,
  columns: 8,
  values: Array.from({ length: 64 }, (_, i) => (i === at ? value : 0)),
});

test.each([
  [0, 0.5, /upper left.*50 points/],
  [63, 0.9, /lower right.*90 points/],
  [3 * 8 + 4, 0.3, /middle centre/],
  [5, 0.01, /no single place/],
])('cell %i with %f', (at, value, words) => expect(whereInWords(map(at, value))).toMatch(words));
