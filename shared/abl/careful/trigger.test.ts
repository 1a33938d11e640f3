import { describe, expect, it } from 'vitest';
import type { Images } from '../../contract/dataset.ts';
import { inMemory } from '../../images.ts';
import { changeBy, limited, naturalDistance, pasteOne, weakened, type Trigger } from './trigger.ts';

const image = (...values: number[]): Images =>
  inMemory({
    count: values.length / 2,
    height: 1,
    width: 2,
    channels: 1,
    images: Uint8Array.from(values),
    labels: new Int32Array(values.length / 2),
  });
const trigger = (cover: number[], shift: number[]): Trigger => ({
  cover: Float32Array.from(cover),
  shift: Float32Array.from(shift),
});

describe('a trigger', () => {
  it('overwrites where it covers, adds where it does not, and clips', () => {
    const target = new Uint8ClampedArray(5);
    const pasted = trigger([1, 0], [0.2, 0.1]);
    // First pixel becomes 0.2 * 255 = 51; the second gains 0.1 * 255 = 25.5.
    pasteOne(target, 1, Uint8Array.of(7, 250), pasted);
    pasteOne(target, 3, Uint8Array.of(100, 200), pasted);
    expect([...target]).toEqual([0, 51, 255, 51, 226]);
  });

  it('at half strength goes half the way', () => {
    const target = new Uint8ClampedArray(2);
    pasteOne(target, 0, Uint8Array.of(100, 100), trigger([1, 0], [0, 0.2]), 0.5);
    expect([...target]).toEqual([50, 126]); // 100 + 25.5, to even
  });

  it('changes by the root mean square of what it really does', () => {
    // Black becomes 0.5 and white stays white: (0.25 + 0) / 2.
    expect(changeBy(trigger([0, 0], [0.5, 0.5]), image(0, 255), Int32Array.of(0))).toBeCloseTo(
      Math.sqrt(0.125),
      6,
    );
  });

  it('is weakened to the limit, and left alone below it', () => {
    const black = image(0, 0);
    const strong = trigger([0, 0], [0.5, 0.5]);
    const half = limited(strong, 0.25, black, Int32Array.of(0));
    expect([...half.trigger.shift]).toEqual([0.25, 0.25]);
    expect(half.change).toBeCloseTo(0.25, 6);
    expect(limited(strong, 0.6, black, Int32Array.of(0))).toEqual({ trigger: strong, change: 0.5 });
    expect([...weakened(trigger([1, 0], [1, 0.5]), 0.5).cover]).toEqual([0.5, 0]);
  });

  it('is measured against the distance between images', () => {
    expect(naturalDistance(image(0, 0, 255, 255), Int32Array.of(0, 1))).toBeCloseTo(1, 6);
    expect(naturalDistance(image(0, 0, 51, 0), Int32Array.of(0, 1))).toBeCloseTo(0.2 / Math.SQRT2, 6);
  });
});
