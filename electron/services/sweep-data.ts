import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { completeParameters } from '../../shared/attacks/parameters.ts';
import { attackByName } from '../../shared/attacks/registry.ts';
import type { DatasetManifest } from '../../shared/contract/dataset.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import type { SweepItem } from '../../shared/sweep/item.ts';
import type { ImportHooks } from '../datasets/import-options.ts';
import {
  attackCopy,
  importDataset,
  importOrReuse,
  sampleDataset,
  type AttackOptions,
  type ImportRequest,
} from './datasets.ts';
import { DEMO, knownSample } from './demo.ts';
import { findDataset } from './lookup.ts';
import type { Sweep } from './sweeps.ts';
import type { Workspace } from './workspace.ts';
import { writeWhole } from './write-whole.ts';

/** What a plan calls the generated sample data set; it is drawn where it is not there. */
export const SAMPLE_REFERENCE = 'sample';

const meantSchema = z.array(z.tuple([z.string(), z.string()]));

/** How the data sets of a sweep are made: in this process, or in a helper that keeps a host free. */
export interface DatasetMakers {
  import(request: ImportRequest, hooks: ImportHooks): Promise<DatasetManifest>;
  sample(hooks: ImportHooks): Promise<DatasetManifest>;
  attack(cleanId: string, options: AttackOptions, hooks: ImportHooks): Promise<DatasetManifest>;
}

function ownMakers(ws: Workspace): DatasetMakers {
  return {
    import: (request, hooks) => importDataset(ws, request, hooks),
    sample: (hooks) => sampleDataset(ws, DEMO.sample, hooks),
    attack: (cleanId, options, hooks) => attackCopy(ws, cleanId, options, hooks),
  };
}

/**
 * The data set that a plan means by a name, an id or a path, if it is there. What a sweep meant by it once, it
 * means to its end: a data set that is given another name stays the same one.
 * @throws ExpectedError 'usage' when the name fits several
 */
export function meantDataset(
  ws: Workspace,
  sweep: Pick<Sweep, 'folder'>,
  reference: string,
): DatasetManifest | null {
  const id = meantBy(sweep).get(reference);
  const record = id === undefined ? null : ws.history.datasets.get(id);
  if (record && record.removed === null) return record.manifest;
  try {
    return findDataset(ws, reference).manifest;
  } catch (error) {
    if (!(error instanceof ExpectedError) || error.code !== 'not-found') throw error;
    return reference === SAMPLE_REFERENCE ? knownSample(ws) : null;
  }
}

/** Notes which data sets a sweep means, as far as they are there. */
export function noteDatasets(ws: Workspace, sweep: Sweep): void {
  for (const reference of sweep.plan.datasets) {
    try {
      const known = meantDataset(ws, sweep, reference);
      if (known) noteDataset(sweep, reference, known.id);
    } catch (error) {
      // A name that fits several: the runs say so.
      if (!(error instanceof ExpectedError)) throw error;
    }
  }
}

/** The clean data set that a plan means; one that is not there is imported from its path, the sample drawn. */
export async function cleanDataset(
  ws: Workspace,
  sweep: Pick<Sweep, 'folder'>,
  reference: string,
  hooks: ImportHooks,
  makers: DatasetMakers = ownMakers(ws),
): Promise<DatasetManifest> {
  let manifest = meantDataset(ws, sweep, reference);
  if (!manifest && reference === SAMPLE_REFERENCE) manifest = await makers.sample(hooks);
  else if (!manifest && existsSync(reference))
    ({ manifest } = await importOrReuse(ws, { source: reference }, hooks, makers.import));
  manifest ??= findDataset(ws, reference).manifest;
  noteDataset(sweep, reference, manifest.id);
  return manifest;
}

/** The data set of a run: the clean one, or its poisoned copy, made once and found again. */
export async function poisonedDataset(
  ws: Workspace,
  sweep: Pick<Sweep, 'folder'>,
  item: SweepItem,
  hooks: ImportHooks,
  makers: DatasetMakers = ownMakers(ws),
): Promise<DatasetManifest> {
  const clean = await cleanDataset(ws, sweep, item.dataset, hooks, makers);
  const { attack, rate, seed } = item;
  if (rate === null) return clean;
  const { name, parameters } = attackByName(attack.kind);
  const wanted = JSON.stringify(completeParameters(name, parameters, attack.parameters));
  const known = ws.history.datasets.list().find(({ manifest: { attack: made, id } }) => {
    if (!made || made.sourceId !== clean.id || made.attack !== name) return false;
    if (made.rate !== rate || made.seed !== seed) return false;
    const target = clean.classes[made.target];
    if (attack.target !== target && attack.target !== String(made.target)) return false;
    return JSON.stringify(made.parameters) === wanted && existsSync(join(ws.folder.datasets, id));
  });
  if (known) return known.manifest;
  return makers.attack(
    clean.id,
    { attack: name, rate, target: attack.target, seed, parameters: attack.parameters },
    hooks,
  );
}

function meantFile(sweep: Pick<Sweep, 'folder'>): string {
  return join(sweep.folder, 'datasets.json');
}

/** Ids of data sets by what the plan calls them. */
function meantBy(sweep: Pick<Sweep, 'folder'>): Map<string, string> {
  const file = meantFile(sweep);
  if (!existsSync(file)) return new Map();
  try {
    return new Map(meantSchema.parse(JSON.parse(readFileSync(file, 'utf8'))));
  } catch {
    return new Map();
  }
}

function noteDataset(sweep: Pick<Sweep, 'folder'>, reference: string, id: string): void {
  const meant = meantBy(sweep);
  if (meant.get(reference) === id) return;
  writeWhole(meantFile(sweep), JSON.stringify([...meant.set(reference, id)]));
}
