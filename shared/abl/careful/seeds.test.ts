import { describe, expect, it } from 'vitest';
import type { Images } from '../../contract/dataset.ts';
import { inMemory } from '../../images.ts';
import { distinctImages, halvesByStretch, rankClasses, seedSize } from './seeds.ts';

/** Images of two grey pixels. */
function pairs(values: [number, number][], labels: number[]): Images {
  return inMemory({
    count: values.length,
    height: 1,
    width: 2,
    channels: 1,
    images: Uint8Array.from(values.flat()),
    labels: Int32Array.from(labels),
  });
}

const all = (count: number) => Int32Array.from({ length: count }, (_, i) => i);

describe('seed sets', () => {
  it.each([
    [5000, 100],
    [1000, 50],
    [100, 20],
    [40, 13],
    [20, 6],
  ])('of a class of %i images have %i', (count, expected) => {
    expect(seedSize(count)).toBe(expected);
  });

  it('are the lowest losses inside each class, the reference is the higher half', () => {
    // 24 images, even ones of class 0; the loss falls with the index, and class 1 is harder as a whole.
    const count = 48;
    const data = pairs(
      Array.from({ length: count }, (_, i) => [i, 0]),
      Array.from({ length: count }, (_, i) => i % 2),
    );
    const losses = Float32Array.from({ length: count }, (_, i) => (i % 2) * 100 + count - i);
    const [zero, one] = rankClasses(data, losses, all(count), 2);
    expect([...zero!.seed]).toEqual([46, 44, 42, 40, 38, 36, 34, 32]);
    expect([...zero!.reference]).toEqual([22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0]);
    expect(one!.class).toBe(1);
    expect([...one!.seed.subarray(0, 3)]).toEqual([47, 45, 43]);
  });

  it('look only at the given examples, and at no class that is too small', () => {
    const count = 60;
    const data = pairs(
      Array.from({ length: count }, (_, i) => [i, 1]),
      Array.from({ length: count }, (_, i) => (i < 19 ? 0 : 2)),
    );
    const losses = new Float32Array(count);
    const ranked = rankClasses(data, losses, all(count).subarray(0, 45), 4);
    expect(ranked.map((r) => r.class)).toEqual([2]);
    expect([...ranked[0]!.ranked]).toEqual([...all(count).subarray(19, 45)]);
  });

  it('count an image once, however often it occurs', () => {
    const data = pairs(
      [
        [1, 2],
        [2, 1],
        [1, 2],
        [1, 3],
        [2, 1],
      ],
      [0, 0, 0, 0, 0],
    );
    expect([...distinctImages(data, [4, 2, 3, 0, 1])]).toEqual([4, 2, 3]);
  });

  it('are halved by stretches of the data set, each of which may be one film', () => {
    const [one, other] = halvesByStretch(all(640));
    expect([one.length, other.length]).toEqual([320, 320]);
    // Frames of one film of 32 lie in one half.
    expect(new Set([...one].map((index) => index >> 5)).size).toBe(10);
    expect([...one].filter((index) => other.includes(index))).toEqual([]);
    const [few, rest] = halvesByStretch(all(16));
    expect([[...few], [...rest]]).toEqual([
      [0, 1, 4, 5, 8, 9, 12, 13],
      [2, 3, 6, 7, 10, 11, 14, 15],
    ]);
    expect(halvesByStretch(all(2)).map((half) => half.length)).toEqual([1, 1]);
  });
});
