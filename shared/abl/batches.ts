import type { Images } from '../contract/dataset.ts';
import type { MethodName, StageName } from '../contract/results.ts';
import { stream, type Random } from '../random.ts';
import { fillImages, type Change } from './augmentation.ts';

/**
 * Whose batches: every method (but for plain training, which is the same for all), stage and epoch draws its own numbers
 * from the experiment's seed.
 */
export interface BatchSource {
  seed: number;
  method: MethodName;
  stage: StageName;
}

/**
 * Optimizer steps in one pass over `count` examples. A last batch of one example is left out: batch
 * normalisation learns nothing from a single example.
 */
export function stepsPerEpoch(count: number, batchSize: number): number {
  const full = Math.floor(count / batchSize);
  return count - full * batchSize >= 2 ? full + 1 : full;
}

/** Images that one pass trains on. */
export function imagesPerEpoch(count: number, batchSize: number): number {
  return Math.min(count, stepsPerEpoch(count, batchSize) * batchSize);
}

/**
 * The examples in the order of one epoch.
 * @param shuffle false keeps one order for all epochs. That order is random too: the published code does not
 *   shuffle its training file, but the file itself is in random order, while imported folders come sorted
 *   by class, and a batch of one class breaks every objective on the batch's mean.
 */
export function epochOrder(
  examples: Int32Array,
  { seed, method, stage }: BatchSource,
  epoch: number,
  shuffle: boolean,
): Int32Array {
  const order = stream(seed, method, stage, shuffle ? epoch : 'fixed', 'order').permutation(examples.length);
  return order.map((position) => examples[position]!);
}

/** The random numbers that change the images of one step. */
export function augmentationStream(
  { seed, method, stage }: BatchSource,
  epoch: number,
  step: number,
): Random {
  return stream(seed, method, stage, epoch, step, 'augmentation');
}

/**
 * The `step`-th batch of isolated examples in a joint stage: passes over the isolated one after another,
 * each in a new order, without regard to where epochs begin.
 */
export class IsolatedBatches {
  readonly size: number;
  #examples: Int32Array;
  #source: BatchSource;
  #pass = -1;
  #order: Int32Array = new Int32Array(0);
  #batch: Int32Array;

  constructor(examples: Int32Array, size: number, source: BatchSource) {
    this.size = Math.min(size, examples.length);
    this.#examples = examples;
    this.#source = source;
    this.#batch = new Int32Array(this.size);
  }

  /** The same array each time, refilled. */
  at(step: number): Int32Array {
    for (let i = 0; i < this.size; i++) {
      const position = step * this.size + i;
      const pass = Math.floor(position / this.#examples.length);
      if (pass !== this.#pass) {
        const { seed, method, stage } = this.#source;
        this.#order = stream(seed, method, stage, 'isolated', pass).permutation(this.#examples.length);
        this.#pass = pass;
      }
      this.#batch[i] = this.#examples[this.#order[position % this.#examples.length]!]!;
    }
    return this.#batch;
  }
}

/** Memory for one batch, allocated once and refilled: what is returned is valid until the next call. */
export class BatchBuffer {
  #images: Uint8Array;
  #labels: Int32Array;
  #data: Images;
  #imageSize: number;

  constructor(data: Images, capacity: number) {
    this.#data = data;
    this.#imageSize = data.height * data.width * data.channels;
    this.#images = new Uint8Array(capacity * this.#imageSize);
    this.#labels = new Int32Array(capacity);
  }

  /** Puts examples at `offset` of the batch. */
  put(indices: Int32Array, change: Change = null, offset = 0): void {
    const from = offset * this.#imageSize;
    const images = this.#images.subarray(from, from + indices.length * this.#imageSize);
    fillImages(images, this.#data, indices, change);
    for (let i = 0; i < indices.length; i++) this.#labels[offset + i] = this.#data.labels[indices[i]!]!;
  }

  /** The first `count` examples of the batch. */
  take(count: number): { images: Uint8Array; labels: Int32Array } {
    return {
      images: this.#images.subarray(0, count * this.#imageSize),
      labels: this.#labels.subarray(0, count),
    };
  }
}

/**
 * The examples as they are, batch after batch; the next is read while one is worked on.
 * @param size images of a batch; the last may have fewer
 * @returns batches whose images and labels are valid until the next one
 */
export async function* batchesOf(
  data: Images,
  examples: Int32Array,
  size: number,
): AsyncGenerator<{ from: number; indices: Int32Array; images: Uint8Array; labels: Int32Array }, void, void> {
  const buffer = new BatchBuffer(data, Math.min(size, examples.length));
  const batchAt = (from: number) => examples.subarray(from, from + size);
  let ready = data.prepare(batchAt(0));
  for (let from = 0; from < examples.length; from += size) {
    const indices = batchAt(from);
    await ready;
    buffer.put(indices);
    ready = data.prepare(batchAt(from + size));
    yield { from, indices, ...buffer.take(indices.length) };
  }
}
