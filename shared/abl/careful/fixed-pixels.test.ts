import { describe, expect, it } from 'vitest';
import type { Images } from '../../contract/dataset.ts';
import { inMemory } from '../../images.ts';
import { stream } from '../../random.ts';
import { countsOf, fixedPixels, sharesFixed } from './fixed-pixels.ts';

/** 400 grey images of 8x8 random bytes; a 2x2 patch of 255 in the top left corner of some, with a little noise. */
function patched(isCarrier: (index: number) => boolean, noise: number, patch: readonly number[] = PATCH) {
  const random = stream(1, 'fixed pixels');
  const count = 400;
  const images = Uint8Array.from({ length: count * 64 }, () => random.integer(256));
  for (let i = 0; i < count; i++) {
    if (isCarrier(i)) for (const p of patch) images[i * 64 + p] = 255 - random.integer(noise + 1);
  }
  const labels = new Int32Array(count);
  return inMemory({ images, labels, count, height: 8, width: 8, channels: 1 });
}

const PATCH = [0, 1, 8, 9];
const range = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);

/** What the first hundred have in common, and half of all have not. */
const fixedOf = (data: Images) =>
  fixedPixels(data, countsOf(data, range(0, 100)), countsOf(data, range(200, 400)), null, 0.9).patch;

describe('pixels that suspects have in common', () => {
  for (const noise of [0, 6]) {
    it(`are found, and tell carriers from others, with ${noise} bytes of noise`, () => {
      const data = patched((index) => index < 150, noise);
      const fixed = fixedOf(data)!;
      expect([...fixed.places]).toEqual(PATCH);
      expect(Math.min(...fixed.values)).toBeGreaterThanOrEqual(255 - noise);
      expect([...sharesFixed(data, fixed, range(100, 150))].every((share) => share >= 0.75)).toBe(true);
      expect([...sharesFixed(data, fixed, range(150, 200))].every((share) => share < 0.75)).toBe(true);
    });
  }

  it('are found though some of the suspects are no carriers', () => {
    const data = patched((index) => index < 95, 0);
    const fixed = fixedOf(data)!;
    expect([...fixed.places]).toEqual(PATCH);
    expect([...fixed.tolerances]).toEqual([2, 2, 2, 2]);
  });

  it('lie together where they are many: here and there they are what an overlay leaves of dark ground', () => {
    const square = [0, 1, 2, 8, 9, 10, 16, 17, 18];
    const scattered = [0, 7, 18, 21, 42, 45, 56, 63, 35];
    const placesOf = (patch: number[]) => fixedOf(patched((index) => index < 150, 0, patch))?.places;
    expect([...placesOf(square)!]).toEqual(square);
    expect(placesOf(scattered)).toBeUndefined();
    // As few as a small patch may be a pattern of dots.
    expect([...placesOf(scattered.slice(0, 6))!]).toEqual(scattered.slice(0, 6));
  });

  it('are none where suspects share nothing, or what all images have', () => {
    for (const isCarrier of [() => false, () => true]) {
      const data = patched(isCarrier, 0);
      expect(fixedOf(data)).toBeNull();
    }
  });
});
