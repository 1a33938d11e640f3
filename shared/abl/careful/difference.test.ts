import { expect, it } from 'vitest';
import { inMemory } from '../../images.ts';
import { amplified, counterparts, imageDifference, meanDifference } from './difference.ts';

const data = inMemory({
  count: 5,
  height: 1,
  width: 2,
  channels: 1,
  images: Uint8Array.of(10, 20, 30, 40, 200, 0, 12, 90, 201, 2),
  labels: new Int32Array(5),
});

it('shows a difference around mid-grey, strengthened to full black or white', () => {
  expect([...amplified(Float64Array.of(10, -5, 0))]).toEqual([255, 64, 128]);
  expect([...amplified(Float64Array.of(0, 0))]).toEqual([128, 128]);
});

it('takes means and single images from each other', () => {
  expect([...meanDifference(data, Int32Array.of(0, 1), Int32Array.of(2, 4))]).toEqual([-180.5, 29]);
  expect([...meanDifference(data, Int32Array.of(), Int32Array.of(2))]).toEqual([0, 0]);
  expect([...imageDifference(data, 3, 0)]).toEqual([2, 70]);
});

it('finds the image that looks most alike, never itself', () => {
  const pool = Int32Array.of(0, 1, 2, 4);
  expect([...counterparts(data, Int32Array.of(3, 2), pool)]).toEqual([1, 4]);
  expect([...counterparts(data, Int32Array.of(3), Int32Array.of(3))]).toEqual([-1]);
});
