import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetManifest } from '../../shared/contract/dataset.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { attackDataset } from '../datasets/attack.ts';
import { importSource, type ImportHooks, type ImportOptions } from '../datasets/import.ts';
import { createSample } from '../datasets/sample.ts';
import { openDataset, type StoredDataset } from '../datasets/store.ts';
import type { DatasetRecord } from '../history/datasets.ts';
import { asStorageError } from '../history/storage-errors.ts';
import { diskUse } from './disk-use.ts';
import { findDataset } from './lookup.ts';
import type { Workspace } from './workspace.ts';

/** A data set for a list on screen. */
export interface DatasetSummary {
  manifest: DatasetManifest;
  /** Experiments that use it, those in the trash included. */
  experiments: number;
  /** On disk. */
  bytes: number;
}

/** What can be said of an imported data set beside its manifest. */
export interface DatasetDetail extends DatasetSummary {
  folder: string;
  /** Training examples per class, in class order. */
  trainPerClass: number[];
  /** Odd but usable things that the import noticed. */
  warnings: string[];
}

export type ImportRequest = Omit<ImportOptions, 'into'>;

/** Imports a source, or goes on with an import of it that was stopped. @throws ExpectedError */
export async function importDataset(
  ws: Workspace,
  request: ImportRequest,
  hooks: ImportHooks,
): Promise<DatasetManifest> {
  return keep(ws, () => importSource({ resume: true, ...request, into: ws.folder.datasets }, hooks));
}

/**
 * Imports a source, or gives the data set that is there already when nothing differs from it: images, labels,
 * classes, truth and target class.
 * @param make imports a source and enters it into the history
 */
export async function importOrReuse(
  ws: Workspace,
  request: ImportRequest,
  hooks: ImportHooks,
  make = (wanted: ImportRequest, told: ImportHooks) => importDataset(ws, wanted, told),
): Promise<{ manifest: DatasetManifest; reused: boolean }> {
  const before = ws.history.datasets.list().map((record) => record.manifest);
  const fresh = await make(request, hooks);
  const truth = await truthOf(ws, fresh);
  for (const old of before) {
    if (old.hash !== fresh.hash || old.target !== fresh.target || old.hasTruth !== fresh.hasTruth) continue;
    if (!existsSync(join(ws.folder.datasets, old.id)) || !sameBytes(truth, await truthOf(ws, old))) continue;
    await removeDataset(ws, fresh.id, { force: false });
    return { manifest: old, reused: true };
  }
  return { manifest: fresh, reused: false };
}

export interface AttackOptions {
  attack: string;
  /** Share of the whole training set, 0..1. */
  rate: number;
  /** Target class: its name, or its index as a number. */
  target: string;
  seed: number;
  /** As typed; the attack checks them. */
  parameters: Record<string, number | string | boolean>;
  name?: string;
}

/** Makes a poisoned copy of a data set, marked as simulated. */
export async function attackCopy(
  ws: Workspace,
  datasetId: string,
  options: AttackOptions,
  hooks: ImportHooks,
): Promise<DatasetManifest> {
  const { manifest } = findDataset(ws, datasetId);
  const target = classIndex(manifest, options.target);
  return keep(ws, () =>
    attackDataset(
      join(ws.folder.datasets, manifest.id),
      { ...options, target, into: ws.folder.datasets },
      hooks,
    ),
  );
}

export interface SampleOptions {
  seed: number;
  trainPerClass: number;
  testPerClass: number;
  size: number;
  name?: string;
}

/** Draws the generated sample data set. */
export async function sampleDataset(
  ws: Workspace,
  options: SampleOptions,
  hooks: ImportHooks,
): Promise<DatasetManifest> {
  return keep(ws, () => createSample({ ...options, into: ws.folder.datasets }, hooks));
}

export async function listDatasets(ws: Workspace): Promise<DatasetSummary[]> {
  return Promise.all(ws.history.datasets.list().map((record) => summary(ws, record)));
}

/** @throws ExpectedError 'not-found', or 'bad-input' when its files are damaged */
export async function showDataset(ws: Workspace, reference: string): Promise<DatasetDetail> {
  const record = findDataset(ws, reference);
  const stored = await openStored(ws, record.manifest.id);
  const trainPerClass = record.manifest.classes.map(() => 0);
  for (const label of await stored.labels('train')) trainPerClass[label]! += 1;
  const quality = await stored.quality();
  return {
    ...(await summary(ws, record)),
    folder: stored.dir,
    trainPerClass,
    warnings: quality?.warnings ?? [],
  };
}

/** Opens a data set's files. */
export function openStored(ws: Workspace, id: string): Promise<StoredDataset> {
  return openDataset(join(ws.folder.datasets, id));
}

/**
 * Deletes a data set's files.
 * @param force even if experiments use it: they keep their figures, but cannot be resumed or asked for images
 * @throws ExpectedError 'usage' when experiments use it, 'busy' while one of them runs
 */
export async function removeDataset(
  ws: Workspace,
  reference: string,
  { force }: { force: boolean },
): Promise<{ manifest: DatasetManifest; freedBytes: number }> {
  const { manifest } = findDataset(ws, reference);
  const users = ws.history.experiments.list().filter((experiment) => experiment.datasetId === manifest.id);
  const running = users.find((experiment) => experiment.state === 'running');
  if (running) {
    throw new ExpectedError(
      'busy',
      `The experiment ${running.id} is running on the data set "${manifest.name}".`,
    );
  }
  if (users.length > 0 && !force) {
    const ids = users.map((experiment) => experiment.id).join(', ');
    throw new ExpectedError(
      'usage',
      `The data set "${manifest.name}" is used by ${users.length} experiment${users.length === 1 ? '' : 's'}: ${ids}.`,
      'Add --force to remove it all the same: the experiments keep their figures.',
    );
  }
  const folder = join(ws.folder.datasets, manifest.id);
  const freedBytes = await diskUse(folder);
  await removeFolder(folder, `the data set ${folder}`);
  ws.history.datasets.markRemoved(manifest.id, new Date().toISOString());
  return { manifest, freedBytes };
}

/** Renames before deleting, so that a half-deleted folder is never taken for a whole one. */
export async function removeFolder(folder: string, what: string): Promise<void> {
  const doomed = join(folder, '..', `.removed-${process.pid}-${Date.now()}`);
  try {
    await rename(folder, doomed);
    await rm(doomed, { recursive: true, force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw asStorageError(error, what);
  }
}

/** @throws ExpectedError 'usage' that lists the classes */
export function classIndex(manifest: DatasetManifest, text: string): number {
  const named = manifest.classes.indexOf(text);
  if (named >= 0) return named;
  const index = /^\d+$/.test(text) ? Number(text) : -1;
  if (index >= 0 && index < manifest.classes.length) return index;
  const shown = manifest.classes.slice(0, 20).join(', ') + (manifest.classes.length > 20 ? ', …' : '');
  throw new ExpectedError(
    'usage',
    `The data set "${manifest.name}" has no class "${text}".`,
    `Classes: ${shown}.`,
  );
}

async function keep(ws: Workspace, create: () => Promise<DatasetManifest>): Promise<DatasetManifest> {
  try {
    const manifest = await create();
    ws.history.datasets.add(manifest);
    return manifest;
  } catch (error) {
    throw asStorageError(error, `the data folder ${ws.folder.path}`);
  }
}

async function summary(ws: Workspace, record: DatasetRecord): Promise<DatasetSummary> {
  return {
    manifest: record.manifest,
    experiments: record.experiments,
    bytes: await diskUse(join(ws.folder.datasets, record.manifest.id)),
  };
}

async function truthOf(ws: Workspace, manifest: DatasetManifest): Promise<Uint8Array | null> {
  const truth = await (await openStored(ws, manifest.id)).truth();
  return truth && truth.poisoned;
}

function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : Buffer.from(a).equals(b);
}
