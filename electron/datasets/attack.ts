import { dirname, join } from 'node:path';
import { availableMemory } from 'node:process';
import type { DatasetManifest, ImageSet } from '../../shared/contract/dataset.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { completeParameters } from '../../shared/attacks/parameters.ts';
import { attackByName } from '../../shared/attacks/registry.ts';
import type { AttackRequest, TriggeredSet } from '../../shared/attacks/types.ts';
import { imageBytes } from '../../shared/images.ts';
import { craftHooks } from '../attacks/hooks.ts';
import { gatherMaterial } from '../attacks/material.ts';
import type { EnginePreference } from '../engine/index.ts';
import { checkName, type ImportHooks } from './import-options.ts';
import { openDataset, type StoredDataset } from './store.ts';
import { appendSet, writeDataset } from './writer.ts';

export interface AttackOptions {
  /** The folder that holds the stored data sets. */
  into: string;
  /** Name in the registry of attacks. */
  attack: string;
  /** Share of the whole training set, above 0, at most 1. */
  rate: number;
  /** Index of the target class. */
  target: number;
  seed: number;
  /** Values that differ from the attack's defaults. */
  parameters: Record<string, number | string | boolean>;
  name?: string;
  /** For attacks that train a network: what computes, and where trained ones are kept (default: beside `into`). */
  engine?: EnginePreference;
  surrogates?: string;
}

/**
 * Makes a poisoned copy of a stored data set: the training split is poisoned, the test split copied, and the
 * triggered split made anew from the test images that the attack is aimed at. Truth and target are stored with it.
 * @throws ExpectedError 'usage' for parameters, 'bad-input' when the data set holds known poison already
 */
export async function attackDataset(
  sourceDir: string,
  options: AttackOptions,
  hooks: ImportHooks = {},
): Promise<DatasetManifest> {
  const source = await openDataset(sourceDir);
  const attack = attackByName(options.attack);
  const parameters = completeParameters(attack.name, attack.parameters, options.parameters);
  const { manifest } = source;
  const request: AttackRequest = {
    rate: options.rate,
    target: options.target,
    classes: manifest.classes.length,
    seed: options.seed,
    parameters,
  };
  await refusePoisoned(source);
  refuseTooLarge(manifest);
  const name = checkName(options.name ?? `${manifest.name} + ${attack.title} ${percent(options.rate)}`);

  return writeDataset(options.into, async (dataset) => {
    const train = await source.read('train');
    const test = await source.read('test');
    const made = {
      train,
      test,
      hash: manifest.hash,
      surrogates: options.surrogates ?? join(dirname(options.into), 'surrogates'),
      engine: options.engine ?? 'auto',
    };
    request.material = await gatherMaterial(attack, parameters, request, made, craftHooks(hooks));
    const steps = progress(hooks, 4);
    steps('Choosing and poisoning images');
    const poisoned = attack.poison(train, request);
    steps('Storing the training images');
    await appendSet(dataset, 'train', poisoned.train, await source.ids('train'));
    const testIds = await source.ids('test');
    let triggered: TriggeredSet | null = null;
    if (test.count > 0) {
      steps('Making the triggered test images');
      await appendSet(dataset, 'test', test, testIds);
      triggered = attack.trigger(test, request);
      const ids = Array.from(triggered.origins, (i) => testIds[i]!);
      if (triggered.count > 0) await appendSet(dataset, 'triggered', triggered, ids);
    }
    steps('Storing');
    const quality = await source.quality();
    const balance = { train: poisoned.train, test, triggered };
    return {
      manifest: {
        name,
        source: manifest.source,
        sourceKind: manifest.sourceKind,
        classes: manifest.classes,
        height: manifest.height,
        width: manifest.width,
        channels: manifest.channels,
        testOrigin: manifest.testOrigin,
        target: attack.goal === 'target' ? request.target : null,
        attack: {
          attack: attack.name,
          parameters,
          rate: request.rate,
          target: request.target,
          ...(attack.goal === 'target' ? {} : { goal: attack.goal }),
          seed: request.seed,
          sourceId: manifest.id,
        },
        skipped: manifest.skipped,
        skippedCount: manifest.skippedCount,
      },
      truth: poisoned.truth,
      quality: quality && {
        ...quality,
        balance: {
          train: classCounts(balance.train, manifest.classes.length),
          test: classCounts(balance.test, manifest.classes.length),
          triggered: classCounts(balance.triggered, manifest.classes.length),
        },
      },
    };
  });
}

/**
 * Attacks work on whole splits in memory: the images as they are, and as they become.
 * @param free memory that is free, in bytes
 * @throws ExpectedError 'bad-input' where that cannot be had, rather than to die of it half-way
 */
export function refuseTooLarge(
  { name, counts, ...shape }: Pick<DatasetManifest, 'name' | 'counts' | 'height' | 'width' | 'channels'>,
  free = availableMemory(),
): void {
  const needed = 2 * (counts.train + counts.test) * imageBytes(shape);
  if (needed <= free) return;
  const gigabytes = (n: number) => `${(n / 1e9).toFixed(1)} GB`;
  throw new ExpectedError(
    'bad-input',
    `Simulating an attack on "${name}" takes ${gigabytes(needed)} of memory, of which ${gigabytes(free)} are free.`,
    'Import fewer images (--limit) or in a smaller size, or close other programs.',
  );
}

async function refusePoisoned(source: StoredDataset): Promise<void> {
  const truth = await source.truth();
  const poisoned = truth?.poisoned.reduce((sum, flag) => sum + flag, 0) ?? 0;
  if (poisoned === 0) return;
  throw new ExpectedError(
    'bad-input',
    `The data set "${source.manifest.name}" holds ${poisoned} poisoned images already.`,
    'Simulate the attack on a clean data set.',
  );
}

function classCounts(set: ImageSet | null, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of set?.labels ?? []) counts[label]!++;
  return counts;
}

function percent(rate: number): string {
  return `${Number((rate * 100).toPrecision(3))} %`;
}

function progress(hooks: ImportHooks, total: number): (note: string) => void {
  let done = 0;
  return (note) => {
    if (hooks.signal?.aborted) throw new ExpectedError('cancelled', 'The simulation was cancelled.');
    hooks.onProgress?.({ done: done++, total, note });
  };
}
