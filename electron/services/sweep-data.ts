import { existsSync } from 'node:fs';
import { join } from 'node:path';
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
  type AttackOptions,
  type ImportRequest,
} from './datasets.ts';
import { findDataset } from './lookup.ts';
import type { Workspace } from './workspace.ts';

/** How the data sets of a sweep are made: in this process, or in a helper that keeps a host free. */
export interface DatasetMakers {
  import(request: ImportRequest, hooks: ImportHooks): Promise<DatasetManifest>;
  attack(cleanId: string, options: AttackOptions, hooks: ImportHooks): Promise<DatasetManifest>;
}

function ownMakers(ws: Workspace): DatasetMakers {
  return {
    import: (request, hooks) => importDataset(ws, request, hooks),
    attack: (cleanId, options, hooks) => attackCopy(ws, cleanId, options, hooks),
  };
}

/** The clean data set that a plan names: known by name or id, or imported from its path. */
export async function cleanDataset(
  ws: Workspace,
  reference: string,
  hooks: ImportHooks,
  makers: DatasetMakers = ownMakers(ws),
): Promise<DatasetManifest> {
  try {
    return findDataset(ws, reference).manifest;
  } catch (error) {
    if (!(error instanceof ExpectedError) || error.code !== 'not-found' || !existsSync(reference))
      throw error;
    return (await importOrReuse(ws, { source: reference }, hooks, makers.import)).manifest;
  }
}

/** The data set of a run: the clean one, or its poisoned copy, made once and found again. */
export async function poisonedDataset(
  ws: Workspace,
  item: SweepItem,
  hooks: ImportHooks,
  makers: DatasetMakers = ownMakers(ws),
): Promise<DatasetManifest> {
  const clean = await cleanDataset(ws, item.dataset, hooks, makers);
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
