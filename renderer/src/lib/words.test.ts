import { expect, test } from 'vitest';
import { endOfRun } from './words.ts';

const fullVerdict = {
  kind: 'poisoned' as const,
  class: 1,
  confidence: 1,
  estimatedAsr: null,
  reasons: [],
};
const one = { name: 'Signs', state: 'done' as const, fullVerdict, classes: ['a', 'stop'], error: null };

test('the end of a run is told with its verdict, or with what went wrong', () => {
  expect(endOfRun(one)).toBe('“Signs” is done. This data set is poisoned. Its target class is “stop”.');
  expect(endOfRun({ ...one, fullVerdict: null })).toBe('“Signs” is done.');
  const error = { code: 'run-failed' as const, message: 'The memory ran out.' };
  expect(endOfRun({ ...one, state: 'failed', error })).toBe('“Signs” failed: The memory ran out.');
});
