import { rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BundlePreview } from '../../shared/contract/api.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { METHODS } from '../../shared/contract/trainer.ts';
import { openDataset } from '../datasets/store.ts';
import { draftFolder } from '../datasets/temporary.ts';
import {
  DATASET_FOLDER,
  EXPERIMENT_FOLDER,
  HISTORY_NAME,
  type BundleManifest,
} from '../exports/bundle/format.ts';
import { Bundle, unusableBundle } from '../exports/bundle/read.ts';
import { openBundleRows, type BundleRows } from '../exports/bundle/rows.ts';
import { writeBundle, type BundleProgress } from '../exports/bundle/write.ts';
import { copyExperiment } from '../history/excerpt.ts';
import type { Experiment } from '../history/experiments.ts';
import { asStorageError } from '../history/storage-errors.ts';
import { removeFolder } from './datasets.ts';
import { experimentFolder } from './experiments.ts';
import { findExperiment } from './lookup.ts';
import { APP_VERSION } from './version.ts';
import type { Workspace } from './workspace.ts';

export interface BundleHooks {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: BundleProgress) => void) | undefined;
}

/**
 * Writes an experiment into one file that another Theriac can open.
 * @param withDataset whether its images go along; without them it can be looked at, but not continued
 * @throws ExpectedError 'busy' while it runs, and as writeBundle does
 */
export async function exportBundle(
  ws: Workspace,
  reference: string,
  { to, withDataset }: { to: string; withDataset: boolean },
  hooks: BundleHooks = {},
): Promise<{ file: string; manifest: BundleManifest }> {
  const experiment = findExperiment(ws, reference);
  if (experiment.state === 'running') {
    throw new ExpectedError(
      'busy',
      `The experiment "${experiment.name}" (${experiment.id}) is being trained.`,
      'Stop it, or wait until it is done, then export it.',
    );
  }
  const record = ws.history.datasets.get(experiment.datasetId)!;
  if (withDataset && record.removed !== null) {
    throw new ExpectedError(
      'not-found',
      `The images of the data set "${record.manifest.name}" were removed.`,
      'Export the experiment without them.',
    );
  }
  const file = resolve(to);
  const manifest = await writeBundle(ws.history, {
    experimentId: experiment.id,
    experimentDir: experimentFolder(ws, experiment.id),
    datasetDir: withDataset ? join(ws.folder.datasets, experiment.datasetId) : null,
    dataFolder: ws.folder.path,
    to: file,
    appVersion: APP_VERSION,
    ...hooks,
  });
  return { file, manifest };
}

/** What a bundle is, before anything of it is taken in. @throws ExpectedError as Bundle.open does */
export async function previewBundle(ws: Workspace, path: string): Promise<BundlePreview> {
  const file = resolve(path);
  const bundle = await Bundle.open(file);
  bundle.close();
  const { experiment, dataset, created, appVersion } = bundle.manifest;
  const known = ws.history.experiments.get(experiment.id);
  return {
    file,
    bytes: bundle.bytes,
    created,
    appVersion,
    experiment,
    dataset,
    known: known ? (known.trashed ? 'in-trash' : 'here') : null,
    datasetHere: presentDataset(ws, dataset) !== null,
  };
}

/**
 * Takes the experiment of a bundle in. All or nothing: it is unpacked beside the others, checked, and only then
 * put among them. A data set that is here already is used.
 * @throws ExpectedError 'usage' when the experiment is here already, and as Bundle.open and Bundle.unpack do
 */
export async function openBundle(ws: Workspace, path: string, hooks: BundleHooks = {}): Promise<Experiment> {
  const file = resolve(path);
  const bundle = await Bundle.open(file);
  let draft: string | undefined;
  try {
    refuseKnown(ws, bundle.manifest, file);
    const here = presentDataset(ws, bundle.manifest.dataset);
    draft = await draftFolder(ws.folder.experiments);
    await bundle.unpack(draft, { dataset: here === null, ...hooks });
    const rows = openBundleRows(join(draft, HISTORY_NAME), (reason) => unusableBundle(file, reason));
    try {
      await checkAgainst(bundle, rows, draft);
      const bringsDataset = here === null && bundle.manifest.dataset.included;
      if (bringsDataset) await checkDataset(bundle, join(draft, DATASET_FOLDER), hooks.signal);
      await settle(ws, rows, draft, { here, bringsDataset });
    } finally {
      rows.history.close();
    }
    return ws.history.experiments.get(bundle.manifest.experiment.id)!;
  } catch (error) {
    throw asStorageError(error, `the data folder ${ws.folder.path}`);
  } finally {
    bundle.close();
    if (draft) await rm(draft, { recursive: true, force: true });
  }
}

/** A stored data set with the same images and labels: best the same one, else one that was imported here. */
function presentDataset(ws: Workspace, { id, hash }: BundleManifest['dataset']): string | null {
  const same = ws.history.datasets.list().filter(({ manifest }) => manifest.hash === hash);
  return (same.find(({ manifest }) => manifest.id === id) ?? same[0])?.manifest.id ?? null;
}

function refuseKnown(ws: Workspace, { experiment, dataset }: BundleManifest, file: string): void {
  const known = ws.history.experiments.get(experiment.id);
  if (known) {
    throw new ExpectedError(
      'usage',
      `The experiment of ${file} is here already: "${known.name}" (${known.id})${known.trashed ? ', in the trash' : ''}.`,
      known.trashed ? 'Take it out of the trash, or delete it for good first.' : undefined,
    );
  }
  const namesake = ws.history.datasets.get(dataset.id);
  if (namesake && namesake.manifest.hash !== dataset.hash) {
    throw unusableBundle(file, `another data set with its data set’s id ${dataset.id} is here`);
  }
}

/** Manifest, rows and files must speak of the same. */
async function checkAgainst({ file, manifest }: Bundle, rows: BundleRows, draft: string): Promise<void> {
  const { history, experiment } = rows;
  if (experiment.id !== manifest.experiment.id)
    throw unusableBundle(file, 'its history is of another experiment');
  if (rows.manifest.id !== manifest.dataset.id || rows.manifest.hash !== manifest.dataset.hash) {
    throw unusableBundle(file, 'its history is of another data set');
  }
  const sizeOf = async (name: string) => {
    const found = await stat(join(draft, EXPERIMENT_FOLDER, name)).catch(() => null);
    if (!found) throw unusableBundle(file, `${name} is missing in it`);
    return found.size;
  };
  for (const method of METHODS) {
    const weights = history.outcomes.weights(experiment.id, method);
    if (weights !== null) await sizeOf(weights);
  }
  const lossFile = history.isolations.get(experiment.id)?.lossFile;
  if (lossFile !== undefined && (await sizeOf(lossFile)) !== 4 * rows.manifest.counts.train) {
    throw unusableBundle(file, `${lossFile} in it does not hold one loss for each training example`);
  }
}

async function checkDataset({ file, manifest }: Bundle, folder: string, signal?: AbortSignal): Promise<void> {
  try {
    const stored = await openDataset(folder);
    if (stored.manifest.id !== manifest.dataset.id || stored.manifest.hash !== manifest.dataset.hash) {
      throw unusableBundle(file, 'its data set is another one than it says');
    }
    await stored.verify(signal);
  } catch (error) {
    if (!(error instanceof ExpectedError) || error.code === 'cancelled') throw error;
    throw unusableBundle(file, `its data set is damaged: ${error.message}`, error);
  }
}

/** Puts the files in place, then the rows; if the rows cannot be written, the files go again. */
async function settle(
  ws: Workspace,
  { history, experiment, manifest }: BundleRows,
  draft: string,
  { here, bringsDataset }: { here: string | null; bringsDataset: boolean },
): Promise<void> {
  const placed: string[] = [];
  const place = async (from: string, to: string) => {
    // A folder that no row knows is what a process that was killed left behind.
    await removeFolder(to, `the folder ${to}`);
    await rename(join(draft, from), to);
    placed.push(to);
  };
  try {
    if (bringsDataset) await place(DATASET_FOLDER, join(ws.folder.datasets, manifest.id));
    await place(EXPERIMENT_FOLDER, experimentFolder(ws, experiment.id));
    ws.history.db
      .transaction(() => {
        if (here === null) ws.history.datasets.add(manifest);
        copyExperiment(history.db, ws.history.db, {
          experimentId: experiment.id,
          datasetId: here ?? manifest.id,
        });
        if (here === null && !bringsDataset) {
          ws.history.datasets.markRemoved(manifest.id, new Date().toISOString());
        }
      })
      .immediate();
  } catch (error) {
    for (const folder of placed) await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
