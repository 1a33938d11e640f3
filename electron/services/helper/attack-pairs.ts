import { completeParameters } from '../../../shared/attacks/parameters.ts';
import { attackByName } from '../../../shared/attacks/registry.ts';
import { MATERIAL } from '../../../shared/attacks/surrogate.ts';
import type { Attack, AttackRequest } from '../../../shared/attacks/types.ts';
import type { ImageSet } from '../../../shared/contract/dataset.ts';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { craftHooks } from '../../attacks/hooks.ts';
import { gatherMaterial, gatherPictures } from '../../attacks/material.ts';
import type { ImportHooks } from '../../datasets/import-options.ts';
import { openDataset, type StoredDataset } from '../../datasets/store.ts';
import type { AttackPair, WorkRequest } from './protocol.ts';

const PAIRS = 6;
/** Images looked through for some of other classes than the target. */
const LOOKED_AT = 600;

/**
 * Up to six examples and the same with the trigger, for the attack form: of test images of other classes, or of
 * training images of the target class where the attack works by those alone (CL, FC).
 * @throws ExpectedError 'usage' for an unknown attack, class or parameter; 'cancelled', 'no-engine'
 */
export async function attackPairs(
  { folder, request, surrogates, engine }: WorkRequest<'attackPreview'>,
  hooks: ImportHooks = {},
): Promise<AttackPair> {
  const attack = attackByName(request.attack);
  const parameters = completeParameters(attack.name, attack.parameters, request.parameters);
  const dataset = await openDataset(folder);
  const { name, classes, hash } = dataset.manifest;
  if (request.target >= classes.length)
    throw new ExpectedError('usage', `The data set "${name}" has no class ${request.target}.`);
  const { rate, target, seed } = request;
  const wanted: AttackRequest = { rate, target, classes: classes.length, seed, parameters };
  if (!attack.needsNetwork) {
    const material = await gatherPictures(attack, parameters);
    return triggeredPairs(attack, await examplesOfOtherClasses(dataset, target), { ...wanted, material });
  }
  const [train, test] = [await dataset.read('train'), await dataset.read('test')];
  const source = { train, test, hash, surrogates, engine, most: PAIRS };
  const material = await gatherMaterial(attack, parameters, wanted, source, craftHooks(hooks));
  const made = material.get(MATERIAL.indices);
  if (!made) {
    return triggeredPairs(attack, await examplesOfOtherClasses(dataset, target), { ...wanted, material });
  }
  const before = gathered(train, made.data);
  // As if these were the whole training set: all of them are poisoned.
  const whole = new Map(material).set(MATERIAL.indices, {
    shape: [before.count],
    data: Int32Array.from(before.labels.keys()),
  });
  const { train: after } = attack.poison(before, { ...wanted, rate: 1, material: whole });
  return pairOf(before, after.images);
}

function triggeredPairs(attack: Attack, clean: ImageSet, request: AttackRequest): AttackPair {
  const triggered = attack.trigger(clean, request);
  return pairOf(gathered(clean, triggered.origins), triggered.images);
}

function pairOf({ height, width, channels, images, count }: ImageSet, triggered: Uint8Array): AttackPair {
  return { height, width, channels, clean: images, triggered, count };
}

function gathered(set: ImageSet, indices: ArrayLike<number>): ImageSet {
  const size = set.height * set.width * set.channels;
  const images = new Uint8Array(indices.length * size);
  const chosen = Int32Array.from(indices);
  chosen.forEach((from, to) => images.set(set.images.subarray(from * size, (from + 1) * size), to * size));
  return { ...set, count: chosen.length, images, labels: chosen.map((index) => set.labels[index]!) };
}

async function examplesOfOtherClasses(dataset: StoredDataset, target: number): Promise<ImageSet> {
  const { counts } = dataset.manifest;
  const split = counts.test > 0 ? 'test' : 'train';
  const all = await dataset.readRange(split, 0, Math.min(LOOKED_AT, counts[split]));
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
  return gathered(all, chosen);
}
