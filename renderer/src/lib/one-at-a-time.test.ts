import { expect, test } from 'vitest';
import { oneAtATime } from './one-at-a-time.ts';

test('what is called while it runs is run once more, however often it was called', async () => {
  let picture = 0;
  const seen: number[] = [];
  const ends: (() => void)[] = [];
  const ask = oneAtATime(() => {
    seen.push(picture);
    return new Promise((done) => ends.push(done));
  });
  const over = ask();
  for (picture = 1; picture < 9; picture++) void ask();
  expect(seen).toEqual([0]);
  ends.shift()!();
  await expect.poll(() => ends.length).toBe(1);
  expect(seen).toEqual([0, 9]);
  ends.shift()!();
  await over;
  expect(seen).toEqual([0, 9]);
});

test('after a failure it can be asked again', async () => {
  let fails = true;
  const ask = oneAtATime(async () => {
    if (fails) throw new Error('no');
  });
  await expect(ask()).rejects.toThrow('no');
  fails = false;
  await expect(ask()).resolves.toBeUndefined();
});
