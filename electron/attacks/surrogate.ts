import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { presetSettings } from '../../shared/abl/presets.ts';
import { stageSteps, trainStage } from '../../shared/abl/stages.ts';
import { runStage, startOfStage } from '../../shared/abl/training.ts';
import type { ImageSet } from '../../shared/contract/dataset.ts';
import {
  DEFAULT_COMPILE_OPTIONS,
  type DifferentiableModel,
  type Engine,
} from '../../shared/contract/engine.ts';
import { inMemory } from '../../shared/images.ts';
import { networkByName } from '../../shared/networks/zoo.ts';
import { readWeights, weightsMeta, writeWeights } from '../trainer/weights.ts';
import type { CraftHooks } from './hooks.ts';

/** Weights files kept; the oldest beyond go. */
const KEPT = 20;

export interface SurrogateRequest {
  engine: Engine;
  train: ImageSet;
  classes: number;
  network: string;
  epochs: number;
  seed: number;
  /** Where trained surrogates are kept, and what stands for the training images in their names; null = not kept. */
  cache: { folder: string; key: string } | null;
}

/**
 * The attacker's network, trained on the clean images as the naive model is; the caller disposes it. It is trained
 * once for the same images, network, passes and seed.
 * @throws ExpectedError 'cancelled' on the signal; nothing is kept then
 */
export async function trainedSurrogate(
  request: SurrogateRequest,
  hooks: CraftHooks,
): Promise<DifferentiableModel> {
  const { engine, train, classes, epochs, seed, cache } = request;
  const network = networkByName(request.network, { ...shapeOf(train), classes });
  const model = await engine.compile(network, seed);
  try {
    const file = cache && join(cache.folder, `${nameOf(request, cache.key)}.safetensors`);
    const known = file && (await readWeights(file).catch(() => null));
    if (known) {
      await model.write(known.tensors);
      return model;
    }
    const settings = { ...presetSettings('quick'), naiveEpochs: epochs };
    const plan = trainStage(
      settings,
      Int32Array.from({ length: train.count }, (_, i) => i),
    );
    const run = {
      model,
      data: inMemory(train),
      settings,
      seed,
      method: 'naive' as const,
      now: () => performance.now(),
    };
    const total = stageSteps(plan);
    let done = 0;
    for await (const event of runStage(run, plan, startOfStage())) {
      if (event.kind !== 'step') continue;
      hooks.progress(++done, total, 'Training the network that makes the trigger');
      await setImmediate();
    }
    if (file) {
      await mkdir(cache.folder, { recursive: true });
      const meta = weightsMeta('naive', network, classNames(classes), DEFAULT_COMPILE_OPTIONS, seed);
      await writeWeights(file, network, { tensors: await model.read(), reestimated: null, meta });
      await forgetOldest(cache.folder);
    }
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}

function nameOf({ network, epochs, seed, classes }: SurrogateRequest, key: string): string {
  return createHash('sha256')
    .update(JSON.stringify([1, key, network, epochs, seed, classes]))
    .digest('hex')
    .slice(0, 32);
}

function classNames(classes: number): string[] {
  return Array.from({ length: classes }, (_, i) => String(i));
}

function shapeOf({ height, width, channels }: ImageSet) {
  return { height, width, channels };
}

async function forgetOldest(folder: string): Promise<void> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.safetensors'));
  const dated = await Promise.all(
    files.map(async (name) => ({ name, time: (await stat(join(folder, name))).mtimeMs })),
  );
  dated.sort((a, b) => b.time - a.time);
  for (const { name } of dated.slice(KEPT)) await rm(join(folder, name), { force: true });
}
