import { setImmediate } from 'node:timers/promises';
import { featuresOf } from '../../../electron/attacks/patches.ts';
import { inspectionNetwork, type CarefulInput } from '../../../electron/trainer/careful/careful.ts';
import { trainThrough } from '../../../electron/trainer/careful/stages.ts';
import { batchesOf } from '../../../shared/abl/batches.ts';
import { EVALUATION_BATCH, lossesOf } from '../../../shared/abl/inspection.ts';
import { isolate } from '../../../shared/abl/isolation.ts';
import { presetSettings } from '../../../shared/abl/presets.ts';
import { isolateStage, trainStage } from '../../../shared/abl/stages.ts';
import { activationClusters } from '../../../shared/defences/activation-clustering.ts';
import type { Features } from '../../../shared/defences/features.ts';
import { spectralRemoved } from '../../../shared/defences/spectral-signatures.ts';
import type { LoadedCase } from './load.ts';

/** What a defence would leave out, as positions in the training set. */
export type Removed = Record<string, Int32Array>;

const pause = async () => void (await setImmediate());
/** Share of poison that Spectral Signatures is told where there is none. */
const EPSILON_WITHOUT_POISON = 0.05;

/** Published ABL's isolation: stage 1 of a preset, with its own objective, epochs and rate, on the small network. */
export async function isolatedBy(preset: 'official' | 'paper', input: CarefulInput): Promise<Int32Array> {
  const { engine, data, classes, examples, seed } = input;
  const settings = { ...presetSettings(preset), network: input.settings.network, flip: input.settings.flip };
  const model = await engine.compile(inspectionNetwork(data, classes), seed);
  try {
    await trainThrough(model, isolateStage(settings, examples), { data, settings, seed }, pause);
    return isolate(await lossesOf(model, data, examples, pause), examples, settings.isolationRate).isolated;
  } finally {
    model.dispose();
  }
}

/** Activation Clustering and Spectral Signatures on the features of one naive model. */
export async function removedByFeatures(input: CarefulInput, loaded: LoadedCase): Promise<Removed> {
  const { classes } = input;
  const features = await naiveFeatures(input);
  const { poisoned } = loaded.truth;
  const poison = poisoned.reduce((sum, flag) => sum + flag, 0);
  const share = poison > 0 ? poison / poisoned.length : EPSILON_WITHOUT_POISON;
  const clusters = activationClusters(features, classes, input.seed);
  const removed: Removed = {
    'Activation Clustering': Int32Array.from(
      clusters.filter((one) => one.poison).flatMap((one) => [...one.smaller]),
    ),
    'Activation Clustering, smaller cluster of every class': Int32Array.from(
      clusters.flatMap((one) => [...one.smaller]),
    ),
    'Spectral Signatures, told the share': spectralRemoved(features, classes, share),
  };
  if (poison === 0 || loaded.target === null) return removed;
  const members = loaded.train.labels.filter((label) => label === loaded.target).length;
  const inClass = poisoned.filter((flag, i) => flag === 1 && loaded.train.labels[i] === loaded.target).length;
  const told = 'Spectral Signatures, told the class and its share';
  return { ...removed, [told]: spectralRemoved(features, classes, inClass / members, loaded.target) };
}

async function naiveFeatures(input: CarefulInput): Promise<Features> {
  const { engine, data, classes, examples, settings, seed } = input;
  const model = await engine.compile(inspectionNetwork(data, classes), seed);
  try {
    await trainThrough(model, trainStage(settings, examples), input, pause);
    const parts: Float32Array[] = [];
    for await (const { images } of batchesOf(data, examples, EVALUATION_BATCH)) {
      parts.push(await featuresOf(model, images.slice()));
      await pause();
    }
    const size = parts.reduce((sum, part) => sum + part.length, 0) / examples.length;
    const values = new Float32Array(size * examples.length);
    let at = 0;
    for (const part of parts) {
      values.set(part, at);
      at += part.length;
    }
    return { values, size, labels: examples.map((index) => data.labels[index]!) };
  } finally {
    model.dispose();
  }
}
