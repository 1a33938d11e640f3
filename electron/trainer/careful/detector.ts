import { batchesOf } from '../../../shared/abl/batches.ts';
import { EVALUATION_BATCH, type Pause } from '../../../shared/abl/inspection.ts';
import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import { pasteOne, type Trigger } from '../../../shared/abl/careful/trigger.ts';
import type { Images } from '../../../shared/contract/dataset.ts';
import type { Engine, Model } from '../../../shared/contract/engine.ts';
import { imageBytes } from '../../../shared/images.ts';
import { detectorCnn } from '../../../shared/networks/zoo.ts';
import type { Random } from '../../../shared/random.ts';

/** Batches of two kinds of images, label 0 and label 1. */
export interface DetectorBatches {
  readonly images: Uint8Array;
  readonly labels: Int32Array;
  readonly weights: Float32Array;
  /** Fills the batch anew. */
  draw(): void;
}

/**
 * Trains a small network to tell the two kinds apart. Trains until it is mostly right, then on at a tenth of the
 * rate for a third of the steps so far.
 * @param patience largest number of steps at the full rate
 * @returns the model, to be disposed of
 */
export async function trainDetector(
  engine: Engine,
  { height, width, channels }: Images,
  batches: DetectorBatches,
  patience: number,
  seed: number,
  pause: Pause,
): Promise<Model> {
  const { detectorLearningRate: rate, detectorWindow: window } = CAREFUL;
  const model = await engine.compile(detectorCnn({ height, width, channels }), seed);
  const recent: number[] = [];
  const accuracy = () => recent.reduce((sum, share) => sum + share, 0) / recent.length;
  const step = async (learningRate: number) => {
    batches.draw();
    const { images, labels, weights } = batches;
    const { weightDecay } = CAREFUL;
    const rest = { weightDecay, gamma: null, gammaBatch: null, ceiling: null };
    const { predicted } = await model.step({ images, labels, weights, learningRate, ...rest });
    recent.push(predicted.filter((answer, i) => answer === labels[i]).length / labels.length);
    if (recent.length > window) recent.shift();
    await pause();
  };
  let steps = 0;
  while (steps < patience && !(steps >= CAREFUL.detectorLeast && accuracy() >= CAREFUL.detectorRight)) {
    await step(rate);
    steps++;
  }
  for (let more = Math.ceil(steps / 3); more > 0; more--) await step(rate / 10);
  // The running statistics follow the weights at a distance, and after so few steps it is a long one.
  for (let k = 0; k < CAREFUL.detectorStatistics; k++) {
    batches.draw();
    await model.observe(batches.images, 1 / (k + 1));
    await pause();
  }
  return model;
}

/**
 * Images (label 0), followed by the same images with the trigger at a random strength (label 1). Both sides show the
 * same content, so nothing but the trigger can be learnt.
 */
export class Pairs implements DetectorBatches {
  readonly images: Uint8Array;
  readonly labels: Int32Array;
  readonly weights: Float32Array;
  readonly #pixels: Uint8ClampedArray;
  readonly #data: Images;
  readonly #trigger: Trigger;
  readonly #from: Int32Array;
  readonly #random: Random;

  /**
   * @param from images of other classes than the trigger's target
   * @param pairs in a batch
   */
  constructor(data: Images, trigger: Trigger, from: Int32Array, pairs: number, random: Random) {
    const count = 2 * pairs;
    this.#data = data;
    this.#trigger = trigger;
    this.#from = from;
    this.#random = random;
    this.#pixels = new Uint8ClampedArray(count * trigger.cover.length);
    this.images = new Uint8Array(this.#pixels.buffer);
    this.labels = new Int32Array(count).fill(1, count / 2);
    this.weights = new Float32Array(count).fill(1 / count);
  }

  draw(): void {
    const size = this.#trigger.cover.length;
    const pairs = this.labels.length / 2;
    for (let i = 0; i < pairs; i++) {
      const image = this.#data.image(this.#from[this.#random.integer(this.#from.length)]!);
      this.#pixels.set(image, i * size);
      const to = (pairs + i) * size;
      const strength = this.#random.between(CAREFUL.detectorWeakest, 1);
      pasteOne(this.#pixels, to, image, this.#trigger, strength);
    }
  }
}

/** Images drawn from two sets of suspects and others: what the suspects have in common can be learnt, whatever it is. */
export class Contrasts implements DetectorBatches {
  readonly images: Uint8Array;
  readonly labels: Int32Array;
  readonly weights: Float32Array;
  readonly #data: Images;
  readonly #sources: Int32Array[];
  readonly #random: Random;

  /** @param others sets that take turns on the other side of the contrast */
  constructor(data: Images, suspects: Int32Array, others: Int32Array[], random: Random) {
    const half = CAREFUL.detectorPairs;
    this.#data = data;
    this.#sources = Array.from({ length: 2 * half }, (_, i) =>
      i < half ? others[i % others.length]! : suspects,
    );
    this.#random = random;
    this.images = new Uint8Array(2 * half * imageBytes(data));
    this.labels = new Int32Array(2 * half).fill(1, half);
    this.weights = new Float32Array(2 * half).fill(1 / (2 * half));
  }

  draw(): void {
    const size = imageBytes(this.#data);
    this.#sources.forEach((source, i) => {
      this.images.set(this.#data.image(source[this.#random.integer(source.length)]!), i * size);
    });
  }
}

/** The log odds that each of the images carries the trigger: the mean of the detectors'. */
export async function triggerOdds(
  models: Model[],
  data: Images,
  indices: Int32Array,
  pause: Pause,
): Promise<Float64Array> {
  const odds = new Float64Array(indices.length);
  for await (const { from, images, labels } of batchesOf(data, indices, EVALUATION_BATCH)) {
    for (const model of models) {
      const { logits } = await model.evaluate(images, labels.fill(0));
      for (let i = 0; i < labels.length; i++) {
        odds[from + i]! += (logits[2 * i + 1]! - logits[2 * i]!) / models.length;
      }
      await pause();
    }
  }
  return odds;
}

/** Log odds beyond this make no difference to a score. */
const MOST_ODDS = 12;

/** The probability, 0..1, that belongs to the sum of log odds. */
export function scoresFrom(odds: Float64Array, more?: Float64Array): Float32Array {
  return Float32Array.from(odds, (value, i) => {
    const sum = value + (more?.[i] ?? 0);
    return 1 / (1 + Math.exp(-Math.max(-MOST_ODDS, Math.min(MOST_ODDS, sum))));
  });
}
