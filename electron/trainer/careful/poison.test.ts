import { beforeAll, describe, expect, it } from 'vitest';
import { LinearDetector } from '../../../shared/abl/careful/linear.ts';
import type { CheckFigures } from '../../../shared/abl/careful/decision.ts';
import { inMemory } from '../../../shared/images.ts';
import { stream } from '../../../shared/random.ts';
import type { Group } from './expansion.ts';
import { poisonOf, sharpened } from './poison.ts';

const range = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);

describe('the poison of a group', () => {
  const check = (agreement: number, control: number): CheckFigures => ({
    agreement: { hits: agreement, of: 100 },
    control: { hits: control, of: 100 },
    base: { hits: 3, of: 300 },
    residualGain: 0,
    spread: 0.8,
  });
  // Ten that the detector is sure of, ten that it is not.
  const group = {
    flagged: range(0, 20),
    scores: Float32Array.from({ length: 20 }, (_, i) => (i < 10 ? 0.9 : 0.4)),
    surely: 0.5,
  } as Group;

  it('is all of it but unsure images whose labels are borne out, if labels tell', () => {
    const agreeing = new Set([3, 12, 13, 14, 15, 16, 17]);
    expect([...poisonOf(group, check(5, 95), agreeing)]).toEqual([...range(0, 12), 18, 19]);
    // No more than by chance; right labels whether poisoned or not; nobody was asked.
    expect(poisonOf(group, check(10, 95), new Set([12]))).toHaveLength(20);
    expect(poisonOf(group, check(80, 95), agreeing)).toHaveLength(20);
    expect(poisonOf(group, null, agreeing)).toHaveLength(20);
  });
});

describe('the poison once more, along its line', () => {
  /** 300 images of class 0, the first 60 with a pattern, and 300 of class 1, all of them noise on a light that varies. */
  const [POISON, MEMBERS, COUNT, SIDE] = [60, 300, 600, 10];
  const random = stream(3, 'sharpened');
  const images = new Uint8Array(COUNT * SIDE * SIDE);
  for (let i = 0; i < COUNT; i++) {
    const light = 60 + 100 * random.uniform();
    for (let p = 0; p < SIDE * SIDE; p++) {
      const pattern = i < POISON ? (p % 3 === 0 ? 18 : -9) : 0;
      images[i * SIDE * SIDE + p] = light + 30 * random.uniform() + pattern;
    }
  }
  const labels = Int32Array.from({ length: COUNT }, (_, i) => +(i >= MEMBERS));
  const data = inMemory({ images, labels, count: COUNT, height: SIDE, width: SIDE, channels: 1 });
  const input = { data, examples: range(0, COUNT), seed: 1 };
  const group = { class: 0, found: 'trigger' } as Group;
  // Most of it, and a quarter as many innocent images.
  const guess = Int32Array.from([...range(0, 55), ...range(100, 115)]);
  let linear: LinearDetector;
  beforeAll(async () => void (linear = await LinearDetector.of(data, input.examples, async () => {})));

  it('is what the line tells apart, if that is for the most part the same', () => {
    expect([...sharpened(input, linear, group, guess, [group])!]).toEqual([...range(0, POISON)]);
    // Half of the guess is another thing; a line through images without anything in common tells nothing apart.
    const half = Int32Array.from([...range(0, 40), ...range(100, 140)]);
    expect(sharpened(input, linear, group, half, [group])).toBeNull();
    expect(sharpened(input, linear, group, range(100, 160), [group])).toBeNull();
  });

  it('is not asked of a patch, of content, or about what another group has', () => {
    expect(sharpened(input, linear, { ...group, found: 'content' }, guess, [group])).toBeNull();
    const stamp = { pixels: 4, values: 4, unclipped: 4, images: 60, elsewhere: 0 };
    expect(sharpened(input, linear, { ...group, stamp }, guess, [group])).toBeNull();
    const other = { class: 0, flagged: range(0, 5) } as Group;
    expect([...sharpened(input, linear, group, range(5, 60), [group, other])!]).toEqual([...range(5, 60)]);
  });
});
