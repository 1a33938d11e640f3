import { expect, it } from 'vitest';
import { base64, pictureOf } from './picture.ts';

it('shows what a trigger does to mid-grey, strengthened to full black or white', () => {
  // Overwritten with 0.75: +0.25. Shifted by -0.125: half as much the other way. Untouched.
  const cover = Float32Array.of(1, 0, 0);
  const shift = Float32Array.of(0.75, -0.125, 0);
  expect([...pictureOf({ cover, shift })]).toEqual([255, 64, 128]);
  // Mid-grey over mid-grey.
  const none = { cover: Float32Array.of(1), shift: Float32Array.of(0.5) };
  expect([...pictureOf(none)]).toEqual([128]);
});

it('writes bytes as base64', () => {
  const bytes = Uint8Array.of(0, 255, 128, 7);
  expect(base64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
});
