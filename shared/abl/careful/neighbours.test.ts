import { expect, it } from 'vitest';
import { Neighbours } from './neighbours.ts';
import { inMemory } from '../../images.ts';

it('the nearest neighbours of an image are named by label, nearest first, without itself', () => {
  // Ten images of one grey value each, 2x2; the label is the tens digit of the value.
  const values = [0, 3, 5, 20, 24, 29, 31, 60, 61, 99];
  const data = inMemory({
    images: Uint8Array.from(values.flatMap((value) => [value, value, value, value])),
    labels: Int32Array.from(values, (value) => Math.floor(value / 10)),
    count: values.length,
    height: 2,
    width: 2,
    channels: 1,
  });
  const neighbours = new Neighbours(data, Int32Array.from(values.keys()));
  // From 24: 20 (4 away), 29 (5), 31 (7), 5 (19), 3 (21).
  expect(neighbours.labelsNear(4)).toEqual([2, 2, 3, 0, 0]);
  // From 99: 61, 60, 31, 29, 24.
  expect(neighbours.labelsNear(9)).toEqual([6, 6, 3, 2, 2]);
  // Of a smaller pool only what is in it.
  expect(new Neighbours(data, Int32Array.of(0, 7, 9)).labelsNear(7)).toEqual([9, 0]);
});
