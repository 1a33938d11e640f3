import { describe, expect, test } from 'vitest';
import { chequered, composed, emptyLayer, fromPicture, isEmpty, moved, painted, rgbOf } from './patch.ts';

const page = (channels: 1 | 3) => ({
  width: 4,
  height: 4,
  channels,
  images: new Uint8Array(16 * channels).fill(9),
});
const at = (x: number, y: number) => 4 * (y * 4 + x) + 3;

describe('a trigger over an image', () => {
  test('covers what was painted and nothing else', () => {
    const layer = painted(emptyLayer(4, 4), 1, 2, [10, 20, 30]);
    const { images } = composed(page(3), layer);
    expect([...images.slice(3 * 9, 3 * 9 + 3)]).toEqual([10, 20, 30]);
    expect([...images].filter((value) => value !== 9)).toEqual([10, 20, 30]);
  });

  test('is grey over grey images', () => {
    const { images } = composed(page(1), painted(emptyLayer(4, 4), 0, 0, [255, 0, 0]));
    expect([images[0], images[1]]).toEqual([76, 9]);
  });

  test('is wiped pixel by pixel; outside nothing happens', () => {
    const one = painted(emptyLayer(4, 4), 0, 0, [1, 1, 1]);
    expect(isEmpty(one)).toBe(false);
    expect(isEmpty(painted(one, 0, 0, null))).toBe(true);
    expect(painted(one, 4, 0, [1, 1, 1])).toBe(one);
  });

  test('moves, and stops at the edges', () => {
    const layer = painted(painted(emptyLayer(4, 4), 0, 0, [1, 1, 1]), 1, 0, [1, 1, 1]);
    const there = moved(layer, 9, 1);
    expect([there.rgba[at(2, 1)], there.rgba[at(3, 1)]]).toEqual([255, 255]);
    expect(there.rgba.filter((_, i) => i % 4 === 3 && there.rgba[i] !== 0)).toHaveLength(2);
    expect(moved(emptyLayer(4, 4), 1, 1).rgba).toEqual(emptyLayer(4, 4).rgba);
  });

  test('can be a chequered square or a picture', () => {
    expect(
      chequered(8, 8)
        .rgba.filter((_, i) => i % 4 === 3)
        .filter(Boolean),
    ).toHaveLength(9);
    const picture = fromPicture(page(3), 2);
    expect([picture.rgba[at(1, 1)], picture.rgba[at(2, 2)], picture.rgba[at(3, 3)]]).toEqual([255, 255, 0]);
  });

  test('colours are read', () => expect(rgbOf('#ff8001')).toEqual([255, 128, 1]));
});
