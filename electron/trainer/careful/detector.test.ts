import { expect, it } from 'vitest';
import { inMemory } from '../../../shared/images.ts';
import type { Model } from '../../../shared/contract/engine.ts';
import { scoresFrom, triggerOdds } from './detector.ts';

it('several detectors score an image by their mean logit', async () => {
  // Images of one pixel. A model's logits for "without" and "with" are 0 and the pixel times its slope.
  const data = inMemory({
    images: Uint8Array.of(1, 2, 3),
    labels: Int32Array.of(0, 0, 0),
    count: 3,
    height: 1,
    width: 1,
    channels: 1,
  });
  const detector = (slope: number) =>
    ({
      evaluate: (images: Uint8Array) =>
        Promise.resolve({ logits: Float32Array.from([...images].flatMap((pixel) => [0, pixel * slope])) }),
    }) as unknown as Model;
  const indices = Int32Array.of(2, 0);
  const oddsOf = (...models: Model[]) => triggerOdds(models, data, indices, () => Promise.resolve());
  const odds = await oddsOf(detector(1), detector(-3));
  const scores = scoresFrom(odds);
  // Mean slope -1: logits -3 and -1.
  expect(scores[0]).toBeCloseTo(1 / (1 + Math.exp(3)), 6);
  expect(scores[1]).toBeCloseTo(1 / (1 + Math.exp(1)), 6);
  expect([...(await oddsOf(detector(1)))]).toEqual([3, 1]);
  // Other odds are added; beyond a limit they make no difference.
  expect(scoresFrom(odds, Float64Array.of(3, -1000))[0]).toBe(0.5);
  expect(scoresFrom(odds, Float64Array.of(3, -1000))[1]).toBeCloseTo(6.1e-6, 7);
});
