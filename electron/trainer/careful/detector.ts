import { EVALUATION_BATCH, type Pause } from '../../../shared/abl/inspection.ts';
import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import { pasteOne, type Trigger } from '../../../shared/abl/careful/trigger.ts';
import type { ImageSet } from '../../../shared/contract/dataset.ts';
import type { Engine, Model } from '../../../shared/contract/engine.ts';
import { detectorCnn } from '../../../shared/networks/zoo.ts';
import { stream } from '../../../shared/random.ts';

/**
 * Trains a small network to tell images from the same images with the trigger. Both sides of a pair show the
 * same content, so nothing but the trigger can be learnt.
 * @param from images of other classes than the trigger's target
 * @returns the model (to be disposed of) and its accuracy over the last tenth of the training steps
 */
export async function trainDetector(
  engine: Engine,
  data: ImageSet,
  trigger: Trigger,
  from: Int32Array,
  steps: number,
  seed: number,
  name: string,
  pause: Pause,
): Promise<{ model: Model; accuracy: number }> {
  const { detectorPairs: pairs, detectorLearningRate: rate } = CAREFUL;
  const { height, width, channels } = data;
  const model = await engine.compile(detectorCnn({ height, width, channels }), seed);
  const random = stream(seed, 'careful', 'detector', name);
  const size = trigger.cover.length;
  const images = new Uint8ClampedArray(2 * pairs * size);
  const labels = new Int32Array(2 * pairs).fill(1, pairs);
  const weights = new Float32Array(2 * pairs).fill(1 / (2 * pairs));
  let right = 0;
  let seen = 0;
  for (let step = 0; step < steps; step++) {
    for (let i = 0; i < pairs; i++) {
      const index = from[random.integer(from.length)]! * size;
      images.set(data.images.subarray(index, index + size), i * size);
      const strength = random.between(CAREFUL.detectorWeakest, 1);
      pasteOne(images, (pairs + i) * size, data.images, index, trigger, strength);
    }
    const { predicted } = await model.step({
      images: new Uint8Array(images.buffer),
      labels,
      weights,
      learningRate: step < 0.7 * steps ? rate : rate / 10,
      weightDecay: CAREFUL.weightDecay,
      gamma: null,
      gammaBatch: null,
      ceiling: null,
    });
    if (step >= 0.9 * steps) {
      predicted.forEach((answer, i) => (right += answer === labels[i] ? 1 : 0));
      seen += predicted.length;
    }
    await pause();
  }
  return { model, accuracy: right / seen };
}

/** The detector's probability, 0..1, that each of the images carries the trigger. */
export async function triggerScores(
  model: Model,
  data: ImageSet,
  indices: Int32Array,
  pause: Pause,
): Promise<Float32Array> {
  const size = data.height * data.width * data.channels;
  const scores = new Float32Array(indices.length);
  const images = new Uint8Array(EVALUATION_BATCH * size);
  for (let from = 0; from < indices.length; from += EVALUATION_BATCH) {
    const batch = indices.subarray(from, from + EVALUATION_BATCH);
    batch.forEach((index, i) => images.set(data.images.subarray(index * size, (index + 1) * size), i * size));
    const { logits } = await model.evaluate(
      images.subarray(0, batch.length * size),
      new Int32Array(batch.length),
    );
    for (let i = 0; i < batch.length; i++) {
      scores[from + i] = 1 / (1 + Math.exp(logits[2 * i]! - logits[2 * i + 1]!));
    }
    await pause();
  }
  return scores;
}
