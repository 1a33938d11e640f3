import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Adam } from '../../electron/attacks/adam.ts';
import { gridSample, identityGrid, upsampleBicubic } from '../../shared/attacks/warp.ts';
import { uniform } from './conformance.ts';

interface WarpCase {
  height: number;
  width: number;
  channels: number;
  points: number;
  strength: number;
  upsampled: number[];
  pixels: number[];
}
const reference = JSON.parse(readFileSync(new URL('./attacks.json', import.meta.url), 'utf8')) as {
  adam: number[];
  warp: WarpCase[];
};

describe('warping', () => {
  it.each(reference.warp)('bends $width x $height as PyTorch does', (one) => {
    const { height, width, channels, points, strength } = one;
    const field = uniform('field', points * points * 2).map((u) => u * 2 - 1);
    const wide = upsampleBicubic(field, points, height, width);
    one.upsampled.forEach((value, i) => expect(wide[i]).toBeCloseTo(value, 5));
    const grid = identityGrid(height, width).map((v, i) =>
      Math.max(-1, Math.min(1, v + (strength * wide[i]!) / height)),
    );
    const pixels = Uint8Array.from(uniform('pixels', height * width * channels), (u) => Math.floor(u * 256));
    const bent = gridSample(pixels, { height, width, channels }, grid);
    one.pixels.forEach((value, i) => expect(Math.abs(bent[i]! - value)).toBeLessThanOrEqual(0.5001));
    expect(gridSample(pixels, { height, width, channels }, identityGrid(height, width))).toEqual(pixels);
  });
});

describe('Adam', () => {
  it('steps as PyTorch’s', () => {
    const values = uniform('start', 5);
    const adam = new Adam(5, 0.1);
    for (let k = 0; k < 3; k++)
      adam.step(
        values,
        uniform(`gradient${k}`, 5).map((u) => u - 0.5),
      );
    reference.adam.forEach((value, i) => expect(values[i]).toBeCloseTo(value, 7));
  });
});
