import { expect, test } from 'vitest';
import { occlusions } from './saliency.ts';

test('each cell is covered once with the mean colour', () => {
  const pixels = Uint8Array.from({ length: 5 * 4 }, (_, i) => i * 10);
  const all = occlusions(pixels, { height: 5, width: 4, channels: 1 }, 2, 2);
  const images = Array.from({ length: 4 }, (_, i) => all.subarray(i * 20, (i + 1) * 20));
  expect(all.length).toBe(4 * pixels.length);
  const covered = images.map((image) => [...image].flatMap((v, i) => (v === pixels[i] ? [] : [i])));
  // Mean 95: no pixel has it by chance. Every pixel is covered in exactly one image.
  expect(covered.flat().sort((a, b) => a - b)).toEqual([...pixels.keys()]);
  expect(covered[0]).toEqual([0, 1, 4, 5]);
  expect(images[0]![0]).toBe(95);
});
