import { expect, it } from 'vitest';
import { areMostlyInnocent } from './agreement.ts';
import { checked } from './fixtures/groups.ts';

it('what a check bears out in a poisoned group is innocent only if it bears out more than chance does', () => {
  // By chance the check agrees with 10 % of the poison, and with 70 % of the control.
  const { check } = checked([50, 500], [70, 100]);
  // 12 % of the rest: (0.12 - 0.1) / 0.6 = 3 % are innocent, which explains 2.3 of the 12 %.
  expect(areMostlyInnocent({ hits: 12, of: 100 }, check!)).toBe(false);
  // 40 %: half are innocent, which explains 35 of the 40 %.
  expect(areMostlyInnocent({ hits: 40, of: 100 }, check!)).toBe(true);
  expect(areMostlyInnocent({ hits: 0, of: 0 }, check!)).toBe(false);
  // Right labels throughout say nothing.
  expect(areMostlyInnocent({ hits: 80, of: 100 }, checked([400, 500], [70, 100]).check!)).toBe(false);
  expect(areMostlyInnocent({ hits: 60, of: 100 }, checked([200, 500], [70, 100]).check!)).toBe(false);
});
