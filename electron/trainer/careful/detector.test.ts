import { expect, it } from 'vitest';
import { inMemory } from '../../../shared/images.ts';
import type { Model } from '../../../shared/contract/engine.ts';
import { triggerScores } from './detector.ts';

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
  const scores = await triggerScores([detector(1), detector(-3)], data, indices, () => Promise.resolve());
  // Mean slope -1: logits -3 and -1.
  expect(scores[0]).toBeCloseTo(1 / (1 + Math.exp(3)), 6);
  expect(scores[1]).toBeCloseTo(1 / (1 + Math.exp(1)), 6);
  const [alone] = await triggerScores([detector(1)], data, indices, () => Promise.resolve());
  expect(alone).toBeCloseTo(1 / (1 + Math.exp(-3)), 6);
});
