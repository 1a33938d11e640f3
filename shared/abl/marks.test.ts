import { expect, test } from 'vitest';
import { markOrders } from '../contract/marks.ts';
import { withMarks } from './marks.ts';

const losses = Float32Array.of(0.5, 0.1, 0.9, 0.1, 0.3);

test('marked poison joins, marked clean leaves, by rising loss', () => {
  const orders = markOrders([
    { example: 1, mark: 'clean' },
    { example: 2, mark: 'poison' },
    { example: 0, mark: 'unsure' },
  ]);
  expect(orders).toEqual({ leftOut: [2], kept: [1] });
  const all = Int32Array.of(0, 1, 2, 3, 4);
  expect([...withMarks(Int32Array.of(1, 3, 4), orders, losses, all)]).toEqual([3, 4, 2]);
});

test('an example that is not in use is not isolated', () => {
  const examples = Int32Array.of(0, 1);
  expect([...withMarks(Int32Array.of(1), { leftOut: [2, 0], kept: [] }, losses, examples)]).toEqual([1, 0]);
});

test('all may be marked clean', () => {
  expect(withMarks(Int32Array.of(1), { leftOut: [], kept: [1] }, losses, Int32Array.of(0, 1))).toHaveLength(
    0,
  );
});
