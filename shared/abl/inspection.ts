import type { ImageSet } from '../contract/dataset.ts';
import type { Model } from '../contract/engine.ts';
import { ExpectedError } from '../contract/errors.ts';
import type { Answers } from '../metrics/answers.ts';
import { stream } from '../random.ts';
import { BatchBuffer } from './batches.ts';

/** Images per evaluation call: bounds memory, and is large enough to keep the engine busy. */
export const EVALUATION_BATCH = 256;
/** Images per batch when batch-norm statistics are re-estimated. */
const REESTIMATION_BATCH = 100;

/** Called between two batches of a long pass; may throw to end it. */
export type Pause = () => Promise<void>;

/** What the model answers on every image of a set, in evaluation mode. */
export async function answersOn(model: Model, set: ImageSet, pause: Pause): Promise<Answers> {
  const size = set.height * set.width * set.channels;
  const predicted = new Int32Array(set.count);
  for (let from = 0; from < set.count; from += EVALUATION_BATCH) {
    const to = Math.min(set.count, from + EVALUATION_BATCH);
    const images = set.images.subarray(from * size, to * size);
    predicted.set((await model.evaluate(images, set.labels.subarray(from, to))).predicted, from);
    await pause();
  }
  return { labels: set.labels, predicted };
}

/**
 * Evaluation-mode cross-entropy of the un-augmented `examples`, for the choice of what to isolate.
 * @returns by data-set index; NaN for examples that are not in use
 * @throws ExpectedError run-failed when a loss is not a number
 */
export async function lossesOf(
  model: Model,
  data: ImageSet,
  examples: Int32Array,
  pause: Pause,
): Promise<Float32Array> {
  const losses = new Float32Array(data.count).fill(NaN);
  const buffer = new BatchBuffer(data, EVALUATION_BATCH);
  for (let from = 0; from < examples.length; from += EVALUATION_BATCH) {
    const batch = examples.subarray(from, from + EVALUATION_BATCH);
    buffer.put(batch);
    const { images, labels } = buffer.take(batch.length);
    const result = await model.evaluate(images, labels);
    batch.forEach((index, i) => {
      if (Number.isNaN(result.losses[i])) {
        throw new ExpectedError(
          'run-failed',
          'Stage 1 broke down: the loss of a training image is not a number.',
          'Use a lower learning rate for stage 1.',
        );
      }
      losses[index] = result.losses[i]!;
    });
    await pause();
  }
  return losses;
}

/**
 * Re-estimates batch-norm running statistics as the mean over batches of un-augmented training images, as
 * they are when the weights no longer move. Unlearning on isolated images alone shifts these statistics to
 * images that all carry the trigger; figures after re-estimation show what the weights themselves have unlearnt.
 * @param kept the examples that the model was meant to learn from
 * @param limit at most so many of them, chosen at random
 */
export async function reestimate(
  model: Model,
  data: ImageSet,
  kept: Int32Array,
  limit: number,
  seed: number,
  pause: Pause,
): Promise<void> {
  const order = stream(seed, 'reestimate')
    .permutation(kept.length)
    .map((position) => kept[position]!);
  const chosen = order.subarray(0, Math.min(limit, order.length));
  const batches = Math.max(1, Math.floor(chosen.length / REESTIMATION_BATCH));
  const buffer = new BatchBuffer(data, REESTIMATION_BATCH);
  for (let k = 0; k < batches; k++) {
    const batch = chosen.subarray(k * REESTIMATION_BATCH, (k + 1) * REESTIMATION_BATCH);
    buffer.put(batch);
    await model.observe(buffer.take(batch.length).images, 1 / (k + 1));
    await pause();
  }
}
