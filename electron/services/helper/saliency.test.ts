import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { DEFAULT_COMPILE_OPTIONS } from '../../../shared/contract/engine.ts';
import { initialWeights } from '../../../shared/networks/initialise.ts';
import { networkByName } from '../../../shared/networks/zoo.ts';
import { weightsMeta, writeWeights } from '../../trainer/weights.ts';
import { answersForPixels } from './answers.ts';
import { occlusions, saliencyOf } from './saliency.ts';

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

test('what is asked while a map is being made is answered before it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'theriac-saliency-'));
  try {
    const network = networkByName('small-cnn', { height: 8, width: 8, channels: 1, classes: 2 });
    const file = join(folder, 'weights');
    const meta = weightsMeta('abl', network, ['a', 'b'], DEFAULT_COMPILE_OPTIONS, 1);
    await writeWeights(file, network, { tensors: initialWeights(network, 1), reestimated: null, meta });
    const models = [{ method: 'abl' as const, file }];
    const pixels = Uint8Array.from({ length: 64 }, (_, i) => i * 4);
    const [answer] = await answersForPixels(models, pixels, 'cpu');
    const order: string[] = [];
    const map = saliencyOf(models, pixels, 'cpu').then((maps) => {
      order.push('map');
      return maps;
    });
    await turn();
    const asked = await answersForPixels(models, pixels, 'cpu');
    order.push('answer');
    const { rows, columns, values } = (await map)[0]!;
    expect(order).toEqual(['answer', 'map']);
    expect(asked).toEqual([answer]);
    expect([rows, columns, values.length]).toEqual([8, 8, 64]);
    // The same as with each cell covered alone.
    const alone = await Promise.all(
      [0, 63].map(async (cell) => {
        const covered = occlusions(pixels, { height: 8, width: 8, channels: 1 }, 8, 8);
        const [one] = await answersForPixels(models, covered.slice(cell * 64, (cell + 1) * 64), 'cpu');
        return answer!.probabilities[answer!.predicted]! - one!.probabilities[answer!.predicted]!;
      }),
    );
    expect(values[0]).toBeCloseTo(alone[0]!, 5);
    expect(values[63]).toBeCloseTo(alone[1]!, 5);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
