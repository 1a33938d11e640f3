import { expect, test } from 'vitest';
import { blit } from './pixels.ts';

test('grey becomes three equal channels, opaque, at its place', () => {
  const page = { height: 1, width: 2, channels: 1, images: Uint8Array.of(9, 8, 7, 6) };
  const picture = new Uint8ClampedArray(4 * 2 * 4);
  blit(page, 1, picture, 4, 2, 1);
  expect([...picture.slice(24)]).toEqual([7, 7, 7, 255, 6, 6, 6, 255]);
  expect(picture.slice(0, 24).every((value) => value === 0)).toBe(true);
});

test('colour keeps its channels', () => {
  const page = { height: 1, width: 1, channels: 3, images: Uint8Array.of(1, 2, 3, 4, 5, 6) };
  const picture = new Uint8ClampedArray(4);
  blit(page, 1, picture, 1, 0, 0);
  expect([...picture]).toEqual([4, 5, 6, 255]);
});
