import { expect, it } from 'vitest';
import { Neighbours } from './neighbours.ts';
import { inMemory } from '../../images.ts';
import { stream } from '../../random.ts';

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
  const neighbours = new Neighbours(data, Int32Array.from(values.keys()), 'look');
  // From 24: 20 (4 away), 29 (5), 31 (7), 5 (19), 3 (21).
  expect(neighbours.labelsNear(4)).toEqual([2, 2, 3, 0, 0]);
  // From 99: 61, 60, 31, 29, 24.
  expect(neighbours.labelsNear(9)).toEqual([6, 6, 3, 2, 2]);
  // Of a smaller pool only what is in it.
  expect(new Neighbours(data, Int32Array.of(0, 7, 9), 'look').labelsNear(7)).toEqual([9, 0]);
});

it('by their shapes alone, images are alike whatever light falls on them', () => {
  // Two shapes of two colours, 2x2; the third and fourth are the first two in another light.
  const bar = [20, 80, 60, 40, 20, 80, 60, 40];
  const dot = [60, 80, 20, 40, 20, 40, 20, 40];
  const lit = (shape: number[]) => shape.map((value, p) => (p % 2 === 0 ? 100 + 2 * value : 30 + value / 2));
  const images = [bar, dot, lit(bar), lit(dot)];
  const data = inMemory({
    images: Uint8Array.from(images.flat()),
    labels: Int32Array.of(0, 1, 2, 3),
    count: images.length,
    height: 2,
    width: 2,
    channels: 2,
  });
  const all = Int32Array.of(0, 1, 2, 3);
  expect(new Neighbours(data, all, 'look').labelsNear(2)[0]).toBe(3);
  expect(new Neighbours(data, all, 'shapes').labelsNear(2)[0]).toBe(0);
  expect(new Neighbours(data, all, 'shapes').labelsNear(1)[0]).toBe(3);
});

it('are the same as those by the distances to all images', () => {
  // 60 images of 7 x 7 x 3 values: some grey tone, a ramp across it, and noise.
  const random = stream(5, 'neighbours');
  const size = 147;
  const images = Uint8Array.from({ length: 60 * size }, () => 0);
  for (let i = 0; i < 60; i++) {
    const [tone, ramp] = [60 + random.integer(80), random.integer(60) - 30];
    for (let p = 0; p < size; p++)
      images[i * size + p] = Math.max(0, tone + (ramp * (p % 21)) / 21 + random.integer(30));
  }
  // Each its own label.
  const labels = Int32Array.from({ length: 60 }, (_, i) => i);
  const data = inMemory({ ...{ images, labels, count: 60, height: 7, width: 7, channels: 3 } });
  const neighbours = new Neighbours(data, labels, 'look');
  for (const index of labels) {
    const distance = (other: number) =>
      Array.from({ length: size }).reduce<number>(
        (sum, _, p) => sum + (data.image(index)[p]! - data.image(other)[p]!) ** 2,
        0,
      );
    const expected = [...labels].filter((other) => other !== index).sort((a, b) => distance(a) - distance(b));
    expect(neighbours.labelsNear(index)).toEqual(expected.slice(0, 5));
  }
});
