import type { Images } from '../contract/dataset.ts';
import type { Model } from '../contract/engine.ts';
import { ExpectedError } from '../contract/errors.ts';
import type { Answers } from '../metrics/answers.ts';
import { stream } from '../random.ts';
import { batchesOf } from './batches.ts';

/** Images per evaluation call: bounds memory, and is large enough to keep the engine busy. */
export const EVALUATION_BATCH = 256;
/** Images per batch when batch-norm statistics are re-estimated. */
const REESTIMATION_BATCH = 100;

/** Called between two batches of a long pass; may throw to end it. */
export type Pause = () => Promise<void>;

/** What the model answers on every image of a set, in evaluation mode. */
export async function answersOn(model: Model, set: Images, pause: Pause): Promise<Answers> {
  const predicted = new Int32Array(set.count);
  const all = predicted.map((_, index) => index);
  for await (const { from, images, labels } of batchesOf(set, all, EVALUATION_BATCH)) {
    predicted.set((await model.evaluate(images, labels)).predicted, from);
    await pause();
  }
  return { labels: set.labels, predicted };
}

/** By data-set index: evaluation-mode cross-entropy and predicted class; NaN and -1 for examples that are not in use. */
export interface Responses {
  losses: Float32Array;
  predicted: Int32Array;
}

/**
 * What a model makes of the un-augmented `examples`, for the choice of what to isolate.
 * @throws ExpectedError run-failed when a loss is not a number
 */
export async function responsesTo(
  model: Model,
  data: Images,
  examples: Int32Array,
  pause: Pause,
): Promise<Responses> {
  const losses = new Float32Array(data.count).fill(NaN);
  const predicted = new Int32Array(data.count).fill(-1);
  for await (const { indices, images, labels } of batchesOf(data, examples, EVALUATION_BATCH)) {
    const result = await model.evaluate(images, labels);
    indices.forEach((index, i) => {
      if (Number.isNaN(result.losses[i])) {
        throw new ExpectedError(
          'run-failed',
          'Stage 1 broke down: the loss of a training image is not a number.',
          'Use a lower learning rate for stage 1.',
        );
      }
      losses[index] = result.losses[i]!;
      predicted[index] = result.predicted[i]!;
    });
    await pause();
  }
  return { losses, predicted };
}

/** The losses of `responsesTo` alone. */
export async function lossesOf(
  model: Model,
  data: Images,
  examples: Int32Array,
  pause: Pause,
): Promise<Float32Array> {
  return (await responsesTo(model, data, examples, pause)).losses;
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
  data: Images,
  kept: Int32Array,
  limit: number,
  seed: number,
  pause: Pause,
): Promise<void> {
  const order = stream(seed, 'reestimate')
    .permutation(kept.length)
    .map((position) => kept[position]!);
  const chosen = order.subarray(0, Math.min(limit, order.length));
  // A last batch that is not full would count as much as the others.
  const whole = Math.floor(chosen.length / REESTIMATION_BATCH) * REESTIMATION_BATCH;
  let seen = 0;
  for await (const { images } of batchesOf(
    data,
    chosen.subarray(0, whole || undefined),
    REESTIMATION_BATCH,
  )) {
    await model.observe(images, 1 / ++seen);
    await pause();
  }
}
