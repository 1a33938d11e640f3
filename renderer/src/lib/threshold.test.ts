import { expect, test } from 'vitest';
import { atThreshold } from './threshold.ts';

const ranking = {
  losses: [0.1, 0.2, 0.3, 0.4],
  poisoned: [true, true, false, false],
  poisonedTotal: 4,
  trainTotal: 100,
};

test('a threshold leaves out the lowest losses and says what that catches', () => {
  expect(atThreshold(ranking, 3)).toEqual({
    count: 3,
    share: 0.03,
    loss: 0.3,
    precision: 2 / 3,
    recall: 0.5,
  });
});

test('none, and more than there are', () => {
  expect(atThreshold(ranking, 0)).toEqual({ count: 0, share: 0, loss: null, precision: null, recall: 0 });
  expect(atThreshold(ranking, 9).count).toBe(4);
});

test('without truth nothing is said of precision and recall', () => {
  const blind = atThreshold({ ...ranking, poisoned: null, poisonedTotal: null }, 2);
  expect([blind.precision, blind.recall]).toEqual([null, null]);
});
