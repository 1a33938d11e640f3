import { expect, test } from 'vitest';
import { likeliest } from './answers.ts';

test('the highest come first, equal ones in the order of classes, and no more than there are', () => {
  const probabilities = [0.1, 0.4, 0.1, 0.4];
  expect(likeliest(probabilities, 3).map(({ index }) => index)).toEqual([1, 3, 0]);
  expect(likeliest(probabilities, 9)).toHaveLength(4);
  expect(probabilities).toEqual([0.1, 0.4, 0.1, 0.4]);
});
