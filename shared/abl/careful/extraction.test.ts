import { describe, expect, it } from 'vitest';
import type { Images } from '../../contract/dataset.ts';
import { inMemory } from '../../images.ts';
import { stream } from '../../random.ts';
import { extractCandidates, spreads } from './extraction.ts';

const column = (...values: number[]): Images =>
  inMemory({
    count: values.length,
    height: 1,
    width: 1,
    channels: 1,
    images: Uint8Array.from(values),
    labels: new Int32Array(values.length),
  });
const range = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);

/** 80 colour images of noise, 3x3; the first 40 carry `change` on their bytes. */
function noise(change: (image: Uint8Array) => void): Images {
  const random = stream(5, 'noise');
  const images = Uint8Array.from({ length: 80 * 27 }, () => 60 + random.integer(120));
  for (let i = 0; i < 40; i++) change(images.subarray(i * 27, (i + 1) * 27));
  return inMemory({ count: 80, height: 3, width: 3, channels: 3, images, labels: new Int32Array(80) });
}

describe('extraction', () => {
  it('interpolates quartiles between ranks, as numpy does', () => {
    const { mean, lower, median, upper } = spreads(column(30, 0, 20, 10), range(0, 4));
    expect(mean[0]! * 255).toBeCloseTo(15, 4);
    expect(lower[0]! * 255).toBeCloseTo(7.5, 4);
    expect(median[0]! * 255).toBeCloseTo(15, 4);
    expect(upper[0]! * 255).toBeCloseTo(22.5, 4);
  });

  it('counts repeated values by their number', () => {
    const { lower, median, upper } = spreads(column(9, 9, 9, 200, 9), range(0, 5));
    expect([lower[0]!, median[0]!, upper[0]!].map((v) => Math.round(v * 255))).toEqual([9, 9, 9]);
    expect(spreads(column(7), range(0, 1)).upper[0]! * 255).toBeCloseTo(7, 4);
  });

  it('finds a pasted pixel: where it is and its colour', () => {
    const data = noise((image) => image.set([255, 0, 255], 24));
    const candidates = extractCandidates(data, range(0, 40), range(40, 80), 0.5);
    const { trigger } = candidates.find(({ form }) => form === 'patch')!;
    expect([...trigger.cover]).toEqual([...new Array<number>(24).fill(0), 1, 1, 1]);
    expect([...trigger.shift.subarray(24)]).toEqual([1, 0, 1]);
    const full = candidates.find(({ form }) => form === 'full')!.trigger;
    expect([...full.cover.subarray(24)]).toEqual([1, 1, 1]);
  });

  it('finds a patch that only half of the suspects carry', () => {
    // Dark images; every second suspect is bright in its last pixel.
    const random = stream(6, 'dark');
    const images = Uint8Array.from({ length: 80 * 9 }, () => random.integer(30));
    for (let i = 0; i < 40; i += 2) images[i * 9 + 8] = 250;
    const data = inMemory({
      count: 80,
      height: 3,
      width: 3,
      channels: 1,
      images,
      labels: new Int32Array(80),
    });
    const candidates = extractCandidates(data, range(0, 40), range(40, 80), 0.5);
    expect(candidates.some(({ form }) => form === 'patch')).toBe(false);
    const { trigger } = candidates.find(({ form }) => form === 'spot')!;
    expect([...trigger.cover]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(trigger.shift[8]! * 255).toBeCloseTo(250, 3);
  });

  it('finds an added pattern as the difference of the means', () => {
    const data = noise((image) => image.forEach((_, p) => (image[p]! += p % 3 === 1 ? 40 : 0)));
    const [add] = extractCandidates(data, range(0, 40), range(40, 80), 0.5);
    expect(add!.form).toBe('add');
    const means = [0, 1, 2].map((c) => {
      const values = [...add!.trigger.shift].filter((_, p) => p % 3 === c);
      return (values.reduce((a, b) => a + b, 0) / values.length) * 255;
    });
    expect(Math.abs(means[0]!)).toBeLessThan(8);
    expect(Math.abs(means[1]! - 40)).toBeLessThan(8);
    expect([...add!.trigger.cover].every((c) => c === 0)).toBe(true);
  });

  it('offers no patch where nothing is constant, or where one pixel would already exceed the limit', () => {
    const plain = extractCandidates(
      noise(() => {}),
      range(0, 40),
      range(40, 80),
      0.5,
    );
    expect(plain.map(({ form }) => form)).toEqual(['add', 'full']);
    const marked = noise((image) => image.set([255, 0, 255], 24));
    const tight = extractCandidates(marked, range(0, 40), range(40, 80), 0.01);
    expect(tight.map(({ form }) => form)).toEqual(['add', 'full']);
  });
});
