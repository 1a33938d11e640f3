import { describe, expect, it } from 'vitest';
import { attackByName } from '../../../shared/attacks/registry.ts';
import { inMemory } from '../../../shared/images.ts';
import { drawSample } from '../../../shared/sample/draw.ts';
import { PixelWorkBeside } from './beside.ts';
import { linearDetector, type PixelInput } from './pixel-work.ts';

const FAILING = new URL('../fixtures/failing-worker.ts', import.meta.url);
const ENTRY = new URL('./pixel-worker.ts', import.meta.url);

/** Drawn signs, of which some of one class have a patch. */
function poisoned(): PixelInput {
  const signs = drawSample({ seed: 1, part: 'train', perClass: 60, size: 16, difficulty: 0.5 });
  const request = { rate: 0.05, target: 2, classes: 10, seed: 3, parameters: { position: 'top-left' } };
  const { train } = attackByName('badnets').poison(signs, request);
  const examples = Int32Array.from({ length: train.count }, (_, i) => i);
  return { data: inMemory(train), classes: 10, examples, seed: 7 };
}

const pause = () => Promise.resolve();

/** Work on `input`, and how often it asked for what only work in place needs. */
function workOn(input: PixelInput, entry: URL | null) {
  const state = { inPlace: 0 };
  const linear = () => {
    state.inPlace++;
    return linearDetector(input, pause);
  };
  const work = new PixelWorkBeside(input, pause, linear, entry);
  work.begin();
  return { work, state };
}

describe('pixel work', () => {
  it('finds the same in a thread as in place', { timeout: 60_000 }, async () => {
    const input = poisoned();
    const [beside, inPlace] = [workOn(input, ENTRY), workOn(input, null)];
    const all = async ({ work }: typeof beside) => ({
      stamps: await work.stamps(),
      apart: await Promise.all(Array.from({ length: 10 }, (_, label) => work.apart(label))),
      seeds: await work.seeds(),
    });
    const [found, expected] = [await all(beside), await all(inPlace)];
    expect(found).toEqual(expected);
    expect(beside.state.inPlace).toBe(0);
    expect(inPlace.state.inPlace).toBeGreaterThan(0);
    // It has found the patch, and seeds in every class.
    expect(found.stamps.map((stamp) => stamp.class)).toContain(2);
    expect(new Set(found.seeds.map((seeds) => seeds.class)).size).toBe(10);
  });

  it('is done in place where the thread fails, or there is none to be had', { timeout: 60_000 }, async () => {
    const input = poisoned();
    const { work, state } = workOn(input, FAILING);
    expect(await work.stamps()).toBe('sent before');
    const expected = await workOn(input, null).work.apart(2);
    expect(await work.apart(2)).toEqual(expected);
    expect(state.inPlace).toBe(1);
    const { count, height, width, channels, labels, image, prepare } = input.data;
    const elsewhere = { count, height, width, channels, labels, image, prepare };
    const other = workOn({ ...input, data: elsewhere }, ENTRY);
    expect(await other.work.apart(2)).toEqual(expected);
    expect(other.state.inPlace).toBe(1);
  });

  it('is waited for no longer than the run goes on', async () => {
    const stop = new Error('stop');
    const input = poisoned();
    const linear = () => linearDetector(input, pause);
    const work = new PixelWorkBeside(input, () => Promise.reject(stop), linear, ENTRY);
    work.begin();
    await expect(work.seeds()).rejects.toBe(stop);
    await work.end();
  });

  it('ends when it is told to: what the thread has not done then is done in place', async () => {
    const input = poisoned();
    const { work, state } = workOn(input, ENTRY);
    await work.end();
    await work.apart(9);
    expect(state.inPlace).toBe(1);
  });

  it('leaves out seeds that are not wanted', { timeout: 60_000 }, async () => {
    const input = poisoned();
    const { work, state } = workOn(input, ENTRY);
    work.skipSeeds();
    // The thread goes on to what comes behind them.
    await work.apart(9);
    expect(state.inPlace).toBe(0);
    await work.end();
  });

  it('is done in place where no thread can be made', { timeout: 60_000 }, async () => {
    const input = poisoned();
    const shared = () => {
      throw new RangeError('no memory');
    };
    const { work, state } = workOn({ ...input, data: { ...input.data, shared } }, ENTRY);
    await work.apart(2);
    expect(state.inPlace).toBe(1);
  });
});
