import { describe, expect, it } from 'vitest';
import { stream } from '../random.ts';
import { Canvas } from './canvas.ts';
import { box, disc, polygon, ring, stroke, union } from './distance.ts';
import { drawSample, drawSign } from './draw.ts';
import { SIGNS } from './signs.ts';

describe('distances', () => {
  it('are those of elementary geometry', () => {
    expect(disc(1, 0, 2)(4, 4)).toBe(3);
    expect(box(0, 0, 1, 2)(4, 6)).toBe(5);
    expect(box(0, 0, 1, 2)(0, 0)).toBe(-1);
    expect(polygon(4, 1, 0)(3, 0)).toBeCloseTo(2);
    expect(stroke(0, 0, 4, 0, 1)(2, 3)).toBe(2);
    expect(stroke(0, 0, 4, 0, 1)(7, 4)).toBe(4);
    expect(ring(5, 1)(3, 4)).toBe(-1);
    expect(union(disc(0, 0, 1), disc(9, 0, 1))(6, 0)).toBe(2);
  });
});

describe('canvas', () => {
  it('paints a box with half-covered edges', () => {
    const canvas = new Canvas(8);
    canvas.paint(box(0, 0, 1.5, 1.5), { x: 4, y: 4, scaleX: 1, scaleY: 1, angle: 0 }, [200, 100, 50], 1, 3);
    const red = (x: number, y: number) => canvas.values[(y * 8 + x) * 3];
    expect([red(1, 4), red(2, 4), red(3, 4), red(4, 4), red(5, 4), red(6, 4)]).toEqual([
      0, 100, 200, 200, 100, 0,
    ]);
  });

  it('blurs without changing the mean of a spot away from the edges', () => {
    const canvas = new Canvas(9);
    canvas.values[(4 * 9 + 4) * 3] = 100;
    canvas.blur(0.25);
    const red = (x: number, y: number) => canvas.values[(y * 9 + x) * 3];
    expect([red(4, 4), red(3, 4), red(4, 5), red(5, 5), red(2, 4)]).toEqual([25, 12.5, 12.5, 6.25, 0]);
  });
});

describe('the sample set', () => {
  it('is balanced, and the same for the same seed', () => {
    const first = drawSample({ seed: 3, part: 'train', perClass: 3, size: 32 });
    expect(first.count).toBe(30);
    expect([...first.labels.subarray(0, 12)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
    expect(drawSample({ seed: 3, part: 'train', perClass: 3, size: 32 })).toEqual(first);
    expect(drawSample({ seed: 4, part: 'train', perClass: 3, size: 32 }).images).not.toEqual(first.images);
    expect(drawSample({ seed: 3, part: 'test', perClass: 3, size: 32 }).images).not.toEqual(first.images);
  });

  it('can be drawn in parts', () => {
    const whole = drawSample({ seed: 3, part: 'train', perClass: 3, size: 16 });
    const rest = drawSample({ seed: 3, part: 'train', from: 1, perClass: 2, size: 16 });
    expect(rest.images).toEqual(whole.images.subarray(10 * 16 * 16 * 3));
  });

  it('has no image twice and none that is flat', () => {
    const set = drawSample({ seed: 1, part: 'train', perClass: 20, size: 32 });
    const seen = new Set<string>();
    for (let i = 0; i < set.count; i++) {
      const pixels = set.images.subarray(i * 3072, (i + 1) * 3072);
      seen.add(Buffer.from(pixels).toString('base64'));
      expect(Math.max(...pixels) - Math.min(...pixels)).toBeGreaterThan(40);
    }
    expect(seen.size).toBe(set.count);
  });

  it('draws clear signs of different classes differently', () => {
    const clear = (label: number) => drawSign(label, 32, 0, stream(1, 'same'));
    const drawn = SIGNS.map((_, label) => Buffer.from(clear(label)).toString('base64'));
    expect(new Set(drawn).size).toBe(SIGNS.length);
  });
});
