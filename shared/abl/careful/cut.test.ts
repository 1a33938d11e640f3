import { describe, expect, it } from 'vitest';
import { cutFrom, gapIn, isPerhapsShared, isShared } from './cut.ts';
import { CAREFUL } from './settings.ts';

const scores = (...parts: [score: number, count: number][]) =>
  Float32Array.from(parts.flatMap(([score, count]) => new Array<number>(count).fill(score)));

describe('the cut of the detector', () => {
  const limits = { ...CAREFUL, mixture: false };

  it('is the lowest where nothing is wrong, and the highest where much is', () => {
    expect(cutFrom(scores([1, 50], [0, 50]), scores([0.1, 200]), limits)).toBe(0.5);
    expect(cutFrom(scores([1, 50], [0, 50]), scores([0.995, 40], [0.1, 160]), limits)).toBeCloseTo(0.99, 6);
    expect(cutFrom(scores([1, 50]), scores(), limits)).toBe(0.5);
  });

  it('takes the best balance of images missed and images wrongly flagged', () => {
    // Outside: 1 of 200 at 0.9, another at 0.7. Inside: 20 above 0.9. What lies between the two decides.
    const outside = scores([0.9, 1], [0.7, 1], [0.1, 198]);
    // Nothing, where one by mistake would be usual: not worth it.
    expect(cutFrom(scores([0.95, 20], [0.1, 180]), outside, limits)).toBeCloseTo(0.9, 6);
    // 20 more: worth it.
    expect(cutFrom(scores([0.95, 20], [0.8, 20], [0.1, 160]), outside, limits)).toBeCloseTo(0.7, 6);
  });

  it('lies where the class itself divides, if it does', () => {
    // Some of the class look a little like the trigger, as no image of another class does.
    const inside = scores([0.999, 60], [0.6, 4], [0.2, 80], [0.02, 400], [0.01, 400]);
    expect(cutFrom(inside, scores([0.1, 200]), limits)).toBe(0.5);
    expect(cutFrom(inside, scores([0.1, 200]), { ...limits, mixture: true })).toBeCloseTo(
      (0.6 + 0.999) / 2,
      6,
    );
    // Not where most of the class is in doubt.
    const vague = scores([0.999, 60], [0.4, 400], [0.3, 400]);
    expect(cutFrom(vague, scores([0.1, 200]), { ...limits, mixture: true })).toBe(0.5);
  });
});

describe('a gap in the scores of a class', () => {
  it('lies where hardly an image is', () => {
    // 0.25 to 0.45 is the first window without any.
    expect(gapIn(scores([0.05, 900], [0.21, 30], [0.6, 20], [0.8, 50]))).toBeCloseTo(0.35);
    // From 0.3 to 0.5: 4 images in it, 88 above 0.4. Farther up there are 5 and more.
    expect(gapIn(scores([0.05, 900], [0.28, 400], [0.42, 4], [0.58, 5], [0.75, 9], [0.95, 70]))).toBeCloseTo(
      0.4,
    );
  });

  it('is shared by other classes where a part of their images lies as clearly above it', () => {
    // 3 % above, hardly any in between; then in degrees; then 1 % only.
    expect(isShared(scores([0.05, 1930], [0.35, 10], [0.95, 60]), 0.4)).toBe(true);
    expect(isShared(scores([0.05, 1900], [0.35, 40], [0.95, 60]), 0.4)).toBe(false);
    expect(isPerhapsShared(scores([0.05, 1900], [0.35, 40], [0.95, 60]), 0.4)).toBe(true);
    expect(isPerhapsShared(scores([0.05, 1980], [0.95, 20]), 0.4)).toBe(false);
    expect(isShared(scores([0.05, 1980], [0.95, 20]), 0.4)).toBe(false);
  });

  it('is none where scores come in degrees, or hardly an image lies above', () => {
    const falling = Array.from({ length: 20 }, (_, i): [number, number] => [i / 20 + 0.025, 100 - 4 * i]);
    expect(gapIn(scores(...falling))).toBeNull();
    expect(gapIn(scores([0.05, 900], [0.95, 7]))).toBeNull();
    expect(gapIn(new Float32Array(0))).toBeNull();
  });
});
