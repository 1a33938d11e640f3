import { setImmediate } from 'node:timers/promises';
import type { ParameterValues } from '../../shared/attacks/parameters.ts';
import { MATERIAL } from '../../shared/attacks/surrogate.ts';
import type { AttackRequest, Material } from '../../shared/attacks/types.ts';
import type { ImageSet } from '../../shared/contract/dataset.ts';
import type { DifferentiableModel } from '../../shared/contract/engine.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { featureLayer } from '../../shared/networks/shapes.ts';
import { stream } from '../../shared/random.ts';
import { Adam } from './adam.ts';
import type { CraftHooks } from './hooks.ts';
import { featuresOf, gather } from './patches.ts';

const BATCH = 100;
/** Adam's rate for feature collisions, grey levels. */
const COLLISION_RATE = 2;

/**
 * Projected gradient ascent on the cross-entropy within the maximum norm: the victims, made hard to recognise.
 * Starts from the images themselves.
 */
export async function adversarialImages(
  model: DifferentiableModel,
  train: ImageSet,
  victims: Int32Array,
  values: ParameterValues,
  hooks: CraftHooks,
): Promise<Material> {
  const epsilon = values['epsilon'] as number;
  const size = values['step'] as number;
  const steps = values['steps'] as number;
  return perturb(train, victims, hooks, steps, async (batch, step) => {
    const originals = gather(train, batch);
    const pixels = Float32Array.from(originals);
    const labels = batch.map((i) => train.labels[i]!);
    const ones = new Float32Array(batch.length).fill(1);
    for (let k = 0; k < steps; k++) {
      step();
      const { gradient } = await model.pixelGradient({ pixels, labels, crossEntropy: ones, features: null });
      for (let i = 0; i < pixels.length; i++) {
        const moved = pixels[i]! + size * Math.sign(gradient[i]!);
        const nearest = Math.max(originals[i]! - epsilon, Math.min(originals[i]! + epsilon, moved));
        pixels[i] = Math.max(0, Math.min(255, nearest));
      }
      await setImmediate();
    }
    return Uint8Array.from(pixels, Math.round);
  });
}

/**
 * Feature collisions: the test images that the attack is aimed at, and for each its share of the victims, moved so
 * that their features equal its own. The objective is |f(p) - f(t)|^2 / |f(t)|^2 + likeness * |p - b|^2 / (n 50^2).
 * @throws ExpectedError 'usage' when there are not so many test images or victims
 */
export async function collidingImages(
  model: DifferentiableModel,
  { train, test }: { train: ImageSet; test: ImageSet },
  victims: Int32Array,
  request: AttackRequest,
  values: ParameterValues,
  hooks: CraftHooks,
): Promise<Material> {
  const instances = chooseInstances(test, victims.length, request, values);
  const steps = values['steps'] as number;
  const mark = values['watermark'] as number;
  const size = train.height * train.width * train.channels;
  const likeness = (2 * (values['likeness'] as number)) / (size * 50 ** 2);
  const { size: width } = featureLayer(model.network);
  const instanceOf = new Map(Array.from(victims, (victim, k) => [victim, instances[k % instances.length]!]));
  const material = await perturb(train, victims, hooks, steps, async (batch, step) => {
    const aims = gather(
      test,
      batch.map((victim) => instanceOf.get(victim)!),
    );
    const targets = await featuresOf(model, aims);
    const bases = gather(train, batch);
    const pixels = Float64Array.from(bases, (b, i) => (1 - mark) * b + mark * aims[i]!);
    const anchors = pixels.slice();
    const weights = new Float32Array(targets.length);
    for (let k = 0; k < batch.length; k++) {
      const own = targets.subarray(k * width, (k + 1) * width);
      weights.fill(1 / (own.reduce((sum, f) => sum + f * f, 0) + 1e-6), k * width, (k + 1) * width);
    }
    const adam = new Adam(pixels.length, COLLISION_RATE);
    for (let k = 0; k < steps; k++) {
      step();
      const { gradient } = await model.pixelGradient({
        pixels: Float32Array.from(pixels),
        labels: new Int32Array(batch.length),
        crossEntropy: new Float32Array(batch.length),
        features: { targets, weights },
      });
      const slope = Float64Array.from(gradient, (g, i) => g + likeness * (pixels[i]! - anchors[i]!));
      adam.step(pixels, slope);
      for (let i = 0; i < pixels.length; i++) pixels[i] = Math.max(0, Math.min(255, pixels[i]!));
      await setImmediate();
    }
    return Uint8Array.from(pixels, Math.round);
  });
  const aimedAt = instances.slice().sort();
  return new Map([...material, [MATERIAL.instances, { shape: [aimedAt.length], data: aimedAt }]]);
}

function chooseInstances(
  test: ImageSet,
  victims: number,
  { target, seed }: AttackRequest,
  values: ParameterValues,
): Int32Array {
  const wanted = values['instances'] as number;
  const source = values['source-class'] as number;
  const candidates = Array.from(test.labels.keys()).filter((i) =>
    source === -1 ? test.labels[i] !== target : test.labels[i] === source && source !== target,
  );
  if (candidates.length < wanted || victims < wanted) {
    throw new ExpectedError(
      'usage',
      `The attack is to be aimed at ${wanted} test images, with at least one poisoned image each; there are ${candidates.length} such test images and ${victims} poisoned ones.`,
      'Lower the parameter "instances", or raise the poison rate.',
    );
  }
  const order = stream(seed, 'attack', 'feature-collision', 'instances').permutation(candidates.length);
  return Int32Array.from(order.subarray(0, wanted), (i) => candidates[i]!);
}

/** Works through the victims in batches and joins what comes out. */
async function perturb(
  train: ImageSet,
  victims: Int32Array,
  hooks: CraftHooks,
  steps: number,
  one: (batch: Int32Array, step: () => void) => Promise<Uint8Array>,
): Promise<Material> {
  const { height, width, channels } = train;
  const size = height * width * channels;
  const images = new Uint8Array(victims.length * size);
  const total = steps * Math.ceil(victims.length / BATCH);
  let done = 0;
  for (let from = 0; from < victims.length; from += BATCH) {
    const batch = victims.slice(from, from + BATCH);
    images.set(await one(batch, () => hooks.progress(done++, total, 'Changing the images')), from * size);
  }
  return new Map([
    [MATERIAL.indices, { shape: [victims.length], data: victims }],
    [MATERIAL.images, { shape: [victims.length, height, width, channels], data: images }],
  ]);
}
