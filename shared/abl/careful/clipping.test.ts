import { describe, expect, it } from 'vitest';
import { inMemory } from '../../images.ts';
import { stream } from '../../random.ts';
import { clippedBytes, unclippedValues } from './clipping.ts';
import type { FixedPixels } from './fixed-pixels.ts';

const COUNT = 200;
const SIZE = 3 * 64;

/** Images of bytes between two limits, a fifth of which lie at these. */
function clippedAt(low: number, high: number) {
  const random = stream(3, 'clipping');
  const images = Uint8Array.from({ length: COUNT * SIZE }, () => {
    const value = Math.round(random.between(low - 0.1 * (high - low), high + 0.1 * (high - low)));
    return Math.max(low, Math.min(high, value));
  });
  const labels = new Int32Array(COUNT);
  return inMemory({ images, labels, count: COUNT, height: 8, width: 8, channels: 3 });
}

const flags = (low: number, high: number) =>
  clippedBytes(
    clippedAt(low, high),
    Int32Array.from({ length: COUNT }, (_, i) => i),
  );

function patch(values: number[]): FixedPixels {
  return {
    places: Int32Array.from(values, (_, i) => i + 30),
    values: Uint8Array.from(values),
    tolerances: new Uint8Array(values.length).fill(2),
  };
}

describe('what clipping explains', () => {
  it('are the bytes that images are full of, wherever they are clipped', () => {
    for (const [low, high] of [
      [0, 255],
      [16, 235],
    ] as const) {
      const found = flags(low, high);
      expect([found[low], found[high]]).toEqual([1, 1]);
      for (const value of [low + 20, 100, 128, high - 20]) expect(found[value]).toBe(0);
    }
    // Where nothing is clipped, or there are a few grey levels, no byte is.
    const levels = clippedBytes(
      inMemory({
        images: Uint8Array.from({ length: 256 * 16 }, (_, i) => 16 * (i % 16)),
        ...{ labels: new Int32Array(16), count: 16, height: 16, width: 16, channels: 1 },
      }),
      Int32Array.from({ length: 16 }, (_, i) => i),
    );
    expect([...levels].filter((flag) => flag === 1)).toEqual([]);
    const even = clippedBytes(
      inMemory({
        images: Uint8Array.from({ length: 256 * 16 }, (_, i) => i & 255),
        ...{ labels: new Int32Array(16), count: 16, height: 16, width: 16, channels: 1 },
      }),
      Int32Array.from({ length: 16 }, (_, i) => i),
    );
    expect([...even].filter((flag) => flag === 1)).toEqual([]);
  });

  it('leaves the values of a patch that are no such bytes', () => {
    const usual = flags(0, 255);
    expect(unclippedValues(patch([0, 0, 0, 255, 255, 255]), 3, usual)).toBe(0);
    expect(unclippedValues(patch([0, 1, 2, 90, 100, 110]), 3, usual)).toBe(3);
    const video = flags(16, 235);
    expect(unclippedValues(patch([16, 16, 16, 235, 235, 235, 90, 90, 90]), 3, video)).toBe(3);
    // Or values next to such bytes, as JPEG leaves them.
    expect(unclippedValues(patch([18, 17, 15, 233, 237, 235, 90, 90, 90]), 3, video)).toBe(3);
    expect(unclippedValues(patch([16, 16, 16, 235, 235, 235, 90, 90, 90]), 3, usual)).toBe(9);
  });

  it('is not what gives a pixel a pure colour', () => {
    const usual = flags(0, 255);
    expect(unclippedValues(patch([255, 0, 255, 0, 0, 0, 255, 255, 255]), 3, usual)).toBe(3);
    // In grey images a dark pixel beside a bright one is no colour.
    expect(unclippedValues(patch([255, 0, 255, 0]), 1, usual)).toBe(0);
  });
});
