import type { AttackRequestArgs } from '../../../shared/contract/api.ts';
import type { ImageSet } from '../../../shared/contract/dataset.ts';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { completeParameters } from '../../../shared/attacks/parameters.ts';
import { attackByName } from '../../../shared/attacks/registry.ts';
import { gatherPictures } from '../../attacks/material.ts';
import { openDataset, type StoredDataset } from '../../datasets/store.ts';
import type { AttackPair } from './protocol.ts';

const PAIRS = 6;
/** Images looked through for some of other classes than the target. */
const LOOKED_AT = 600;

/**
 * Up to six examples and the same with the trigger, for the attack form.
 * @throws ExpectedError 'usage' for an unknown attack, class or parameter
 */
export async function attackPairs(folder: string, request: AttackRequestArgs): Promise<AttackPair> {
  const attack = attackByName(request.attack);
  const parameters = completeParameters(attack.name, attack.parameters, request.parameters);
  if (attack.needsNetwork) {
    throw new ExpectedError(
      'usage',
      `${attack.title} is computed with a network that is trained on these images first, so there is no preview.`,
      'Look at the triggered images of the data set once it is made.',
    );
  }
  const dataset = await openDataset(folder);
  const { classes, height, width, channels } = dataset.manifest;
  if (request.target >= classes.length) {
    throw new ExpectedError(
      'usage',
      `The data set "${dataset.manifest.name}" has no class ${request.target}.`,
    );
  }
  const clean = await examplesOfOtherClasses(dataset, request.target);
  const triggered = attack.trigger(clean, {
    rate: request.rate,
    target: request.target,
    classes: classes.length,
    seed: request.seed,
    parameters,
    material: await gatherPictures(attack, parameters),
  });
  const size = height * width * channels;
  const before = new Uint8Array(triggered.count * size);
  triggered.origins.forEach((from, to) =>
    before.set(clean.images.subarray(from * size, (from + 1) * size), to * size),
  );
  return {
    height,
    width,
    channels,
    clean: before,
    triggered: triggered.images,
    count: triggered.count,
  };
}

async function examplesOfOtherClasses(dataset: StoredDataset, target: number): Promise<ImageSet> {
  const { counts, height, width, channels } = dataset.manifest;
  const split = counts.test > 0 ? 'test' : 'train';
  const all = await dataset.readRange(split, 0, Math.min(LOOKED_AT, counts[split]));
  const size = height * width * channels;
  const chosen: number[] = [];
  // One of each class first, so that the pairs differ; then whatever there is.
  for (const repeated of [false, true]) {
    const seen = new Set<number>();
    for (let i = 0; i < all.count && chosen.length < PAIRS; i++) {
      const label = all.labels[i]!;
      if (label === target || chosen.includes(i) || (!repeated && seen.has(label))) continue;
      seen.add(label);
      chosen.push(i);
    }
  }
  const images = new Uint8Array(chosen.length * size);
  chosen.forEach((from, to) => images.set(all.images.subarray(from * size, (from + 1) * size), to * size));
  const labels = Int32Array.from(chosen, (index) => all.labels[index]!);
  return { count: chosen.length, height, width, channels, images, labels };
}
