import { setImmediate } from 'node:timers/promises';
import type { ParameterValues } from '../../shared/attacks/parameters.ts';
import { madePatchPlace } from '../../shared/attacks/surrogate.ts';
import type { AttackRequest, MaterialArray } from '../../shared/attacks/types.ts';
import type { ImageSet } from '../../shared/contract/dataset.ts';
import type { DifferentiableModel } from '../../shared/contract/engine.ts';
import { featureLayer } from '../../shared/networks/shapes.ts';
import { stream } from '../../shared/random.ts';
import { Adam } from './adam.ts';
import type { CraftHooks } from './hooks.ts';

const LEARNING_RATE = 0.1;
/** What the Trojan drives its neurons towards. */
const TARGET_ACTIVATION = 100;
/** Clean images that the Trojan's patch is made on. */
const TROJAN_IMAGES = 16;
/** Images per gradient. */
const BATCH = 50;

/** What the features of patched images are moved to: B x features each. */
interface FeatureGoal {
  targets: Float32Array;
  weights: Float32Array;
}

/**
 * The Trojan's patch: on clean images (a neuron may be dead on a black one, as the paper has it) it drives the neurons before the answer whose outgoing weights are largest.
 * @returns size x size x channels, 0..255
 */
export async function trojanPatch(
  model: DifferentiableModel,
  train: ImageSet,
  values: ParameterValues,
  seed: number,
  hooks: CraftHooks,
): Promise<MaterialArray> {
  const { classes } = model.network;
  const { size } = featureLayer(model.network);
  const kernel = (await model.read()).get(`${model.network.layers.at(-1)!.name}/kernel`)!;
  const strengths = Array.from({ length: size }, (_, f) =>
    kernel.subarray(f * classes, (f + 1) * classes).reduce((sum, w) => sum + Math.abs(w), 0),
  );
  const order = [...strengths.keys()].sort((a, b) => strengths[b]! - strengths[a]!);
  const chosen = stream(seed, 'attack', 'trojan', 'examples')
    .permutation(train.count)
    .subarray(0, TROJAN_IMAGES);
  const count = chosen.length;
  const goal = { targets: new Float32Array(count * size), weights: new Float32Array(count * size) };
  const neurons = order.slice(0, values['neurons'] as number);
  for (let k = 0; k < count; k++) {
    for (const neuron of neurons) {
      goal.targets[k * size + neuron] = TARGET_ACTIVATION;
      goal.weights[k * size + neuron] = 1 / (neurons.length * count);
    }
  }
  const images = gather(train, chosen);
  return optimisePatch(model, values, seed, hooks, () => ({ images, count, goal }));
}

/**
 * The latent backdoor's patch: it moves the features of images of other classes onto the mean of the target class.
 * @returns size x size x channels, 0..255
 */
export async function latentPatch(
  model: DifferentiableModel,
  train: ImageSet,
  { target, seed }: AttackRequest,
  values: ParameterValues,
  hooks: CraftHooks,
): Promise<MaterialArray> {
  const wanted = values['examples'] as number;
  const random = stream(seed, 'attack', 'latent', 'examples');
  const order = random.permutation(train.count);
  const own = order.filter((i) => train.labels[i] === target).subarray(0, wanted);
  const others = order.filter((i) => train.labels[i] !== target).subarray(0, wanted);
  const mean = await meanFeatures(model, train, own);
  let from = 0;
  return optimisePatch(model, values, seed, hooks, () => {
    const chosen = Int32Array.from(
      { length: Math.min(BATCH, others.length) },
      (_, k) => others[(from + k) % others.length]!,
    );
    from = (from + chosen.length) % others.length;
    const targets = new Float32Array(chosen.length * mean.length);
    for (let k = 0; k < chosen.length; k++) targets.set(mean, k * mean.length);
    const weights = new Float32Array(targets.length).fill(1 / targets.length);
    return { images: gather(train, chosen), count: chosen.length, goal: { targets, weights } };
  });
}

/** Adam on the tanh of the patch's values, so that pixels stay within 0..255. */
async function optimisePatch(
  model: DifferentiableModel,
  values: ParameterValues,
  seed: number,
  hooks: CraftHooks,
  nextBatch: () => { images: Uint8Array; count: number; goal: FeatureGoal },
): Promise<MaterialArray> {
  const { height, width, channels } = model.network;
  const side = values['size'] as number;
  const steps = values['steps'] as number;
  const { top, left } = madePatchPlace({ height, width, channels }, values);
  const random = stream(seed, 'attack', 'patch', 'start');
  const raw = Float64Array.from({ length: side * side * channels }, () => random.between(-0.5, 0.5));
  const adam = new Adam(raw.length, LEARNING_RATE);
  const size = height * width * channels;
  /** Where each value of the patch lies in an image. */
  const places = Array.from(raw, (_, i) => {
    const [row, rest] = [Math.floor(i / (side * channels)), i % (side * channels)];
    return ((top + row) * width + left) * channels + rest;
  });
  const pixel = (v: number) => 127.5 * (Math.tanh(v) + 1);
  for (let step = 0; step < steps; step++) {
    hooks.progress(step, steps, 'Making the patch');
    const { images, count, goal } = nextBatch();
    const pixels = Float32Array.from(images);
    for (let k = 0; k < count; k++) places.forEach((at, i) => (pixels[k * size + at] = pixel(raw[i]!)));
    const { gradient } = await model.pixelGradient({
      pixels,
      labels: new Int32Array(count),
      crossEntropy: new Float32Array(count),
      features: goal,
    });
    const slope = Float64Array.from(raw, (v, i) => {
      let sum = 0;
      for (let k = 0; k < count; k++) sum += gradient[k * size + places[i]!]!;
      return sum * 127.5 * (1 - Math.tanh(v) ** 2);
    });
    adam.step(raw, slope);
    await setImmediate();
  }
  return { shape: [side, side, channels], data: Uint8Array.from(raw, (v) => Math.round(pixel(v))) };
}

/** Mean features of some training images. */
export async function meanFeatures(
  model: DifferentiableModel,
  set: ImageSet,
  indices: Int32Array,
): Promise<Float32Array> {
  const { size } = featureLayer(model.network);
  const mean = new Float32Array(size);
  for (let from = 0; from < indices.length; from += BATCH) {
    const features = await featuresOf(model, gather(set, indices.subarray(from, from + BATCH)));
    features.forEach((value, i) => (mean[i % size]! += value / indices.length));
  }
  return mean;
}

/** Features of images, B x features. */
export async function featuresOf(
  model: DifferentiableModel,
  images: ArrayLike<number>,
): Promise<Float32Array> {
  const { height, width, channels } = model.network;
  const count = images.length / (height * width * channels);
  const { features } = await model.pixelGradient({
    pixels: Float32Array.from(images),
    labels: new Int32Array(count),
    crossEntropy: new Float32Array(count),
    features: null,
  });
  return features;
}

/** Copies some images of a set, one after the other. */
export function gather(set: ImageSet, indices: Int32Array): Uint8Array {
  const size = set.height * set.width * set.channels;
  const images = new Uint8Array(indices.length * size);
  indices.forEach((from, to) => images.set(set.images.subarray(from * size, (from + 1) * size), to * size));
  return images;
}
