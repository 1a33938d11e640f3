import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { refuseTooFew } from '../../shared/abl/enough.ts';
import type { Settings } from '../../shared/abl/settings.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import type { DatasetManifest } from '../../shared/contract/dataset.ts';
import type { ExampleMark } from '../../shared/contract/marks.ts';
import type { EpochMetrics, MethodName } from '../../shared/contract/results.ts';
import type { Job } from '../../shared/contract/trainer.ts';
import { networkByName } from '../../shared/networks/zoo.ts';
import type { Experiment } from '../history/experiments.ts';
import type { StageRecord } from '../history/metrics.ts';
import { experimentResult, type ExperimentResult } from '../history/result.ts';
import { asStorageError } from '../history/storage-errors.ts';
import { removeFolder } from './datasets.ts';
import { diskUse } from './disk-use.ts';
import { findDataset, findExperiment, newId } from './lookup.ts';
import { resolveSettings } from './settings.ts';
import { APP_VERSION } from './version.ts';
import type { Workspace } from './workspace.ts';

export interface RunRequest {
  /** Data set: id, name or beginning of the id. */
  dataset: string;
  preset: string;
  network?: string;
  /** Settings to override, as typed. */
  set: Record<string, string>;
  methods: MethodName[];
  engine: Job['engine'];
  seed: number;
  name?: string;
  tags: string[];
  /** Id of an experiment with the same data: what an analyst has marked there is left out or kept. */
  marksFrom?: string;
  /** Data set of images known to be clean: id, name or beginning of the id. */
  trusted?: string;
}

export interface ExperimentDetail {
  experiment: Experiment;
  result: ExperimentResult;
  stages: StageRecord[];
  epochs: EpochMetrics[];
  warnings: string[];
  notes: string[];
  /** On disk. */
  bytes: number;
}

/** Where an experiment's checkpoints, weights and losses lie. */
export function experimentFolder(ws: Workspace, id: string): string {
  return join(ws.folder.experiments, id);
}

/**
 * Checks a request and enters the experiment into the history, waiting to be run.
 * @throws ExpectedError 'usage' or 'bad-input' before anything is written
 */
export function createExperiment(ws: Workspace, request: RunRequest): Experiment {
  const { manifest } = findDataset(ws, request.dataset);
  const settings = resolveSettings(
    request.preset,
    request.trusted ? { ...request.set, trusted: request.trusted } : request.set,
    request.network,
  );
  if (settings.trusted) settings.trusted = trustedId(ws, settings, manifest);
  networkByName(settings.network, {
    height: manifest.height,
    width: manifest.width,
    channels: manifest.channels,
    classes: manifest.classes.length,
  });
  if (request.methods.includes('oracle') && !manifest.hasTruth) {
    throw new ExpectedError(
      'bad-input',
      `The oracle model needs to know which images are poisoned, and the data set "${manifest.name}" does not say.`,
      'Leave "oracle" out of --methods, or import the data set with --truth.',
    );
  }
  const { train } = manifest.counts;
  const used = settings.trainLimit === 0 ? train : Math.min(train, settings.trainLimit);
  for (const method of request.methods) {
    // How many the oracle model leaves out is known only to the training process.
    if (method !== 'oracle') refuseTooFew(manifest.name, method, used, settings);
  }
  const marks = request.marksFrom ? marksToGive(ws, request.marksFrom, manifest) : [];
  const id = newId();
  try {
    mkdirSync(experimentFolder(ws, id), { recursive: true });
    ws.history.db.transaction(() => {
      ws.history.experiments.add({
        id,
        name: request.name?.trim() || `${manifest.name}, ${request.preset}, seed ${request.seed}`,
        datasetId: manifest.id,
        datasetHash: manifest.hash,
        preset: request.preset,
        settings,
        seed: request.seed,
        methods: request.methods,
        enginePreference: request.engine,
        appVersion: APP_VERSION,
        created: new Date().toISOString(),
      });
      ws.history.marks.give(id, marks);
      for (const tag of request.tags) ws.history.tags.add(id, tag.trim());
    })();
  } catch (error) {
    throw asStorageError(error, `the data folder ${ws.folder.path}`);
  }
  return ws.history.experiments.get(id)!;
}

/**
 * The data set of trusted images by its id.
 * @throws ExpectedError 'usage' where it cannot help the run
 */
function trustedId(ws: Workspace, settings: Settings, manifest: DatasetManifest): string {
  const { manifest: trusted } = findDataset(ws, settings.trusted);
  const refuse = (why: string, remedy: string) => new ExpectedError('usage', why, remedy);
  if (settings.isolation !== 'careful') {
    throw refuse(
      'Only the careful method uses trusted images.',
      'Choose the preset "careful", or leave them out.',
    );
  }
  if (trusted.hash === manifest.hash) {
    throw refuse(
      `"${trusted.name}" has the same images as the data set in question: they cannot vouch for themselves.`,
      'Give images from a source that you trust.',
    );
  }
  const size = ({ height, width, channels }: DatasetManifest) =>
    `${width} x ${height} ${channels === 1 ? 'grey' : 'colour'}`;
  if (size(trusted) !== size(manifest)) {
    throw refuse(
      `The trusted images of "${trusted.name}" are ${size(trusted)}, those of "${manifest.name}" ${size(manifest)}.`,
      'Import the trusted images with the same size and colours.',
    );
  }
  if (!trusted.classes.some((name) => manifest.classes.includes(name))) {
    throw refuse(
      `"${trusted.name}" has no class of the same name as "${manifest.name}": ${manifest.classes.slice(0, 4).join(', ')} …`,
      'Sort the trusted images into folders that are named like the classes.',
    );
  }
  return trusted.id;
}

/** @throws ExpectedError 'usage' where the marks were made on other data, or order nothing */
function marksToGive(ws: Workspace, reference: string, manifest: DatasetManifest): ExampleMark[] {
  const other = findExperiment(ws, reference);
  if (other.datasetHash !== manifest.hash) {
    throw new ExpectedError(
      'usage',
      `The marks of "${other.name}" belong to another data set than "${manifest.name}".`,
      'Run with the data set that they were made on.',
    );
  }
  const marks = [...givenOrMade(ws, other.id).values()].filter(({ mark }) => mark !== 'unsure');
  if (marks.length > 0) return marks;
  throw new ExpectedError(
    'usage',
    `Nothing is marked as clean or poison in "${other.name}".`,
    'Mark some of its suspects first.',
  );
}

/** Marks made since count more than those that the experiment itself was given. */
function givenOrMade(ws: Workspace, id: string): Map<number, ExampleMark> {
  const all = [...ws.history.marks.given(id), ...ws.history.marks.of(id)];
  return new Map(all.map((mark) => [mark.example, mark]));
}

/** Newest last. @param trashed those in the trash instead of the others */
export function listExperiments(ws: Workspace, { trashed = false } = {}): Experiment[] {
  return ws.history.experiments.list().filter((experiment) => (experiment.trashed !== null) === trashed);
}

export async function showExperiment(ws: Workspace, reference: string): Promise<ExperimentDetail> {
  const experiment = findExperiment(ws, reference);
  const { history } = ws;
  return {
    experiment,
    result: experimentResult(history, experiment),
    stages: history.metrics.stages(experiment.id),
    epochs: history.metrics.epochs(experiment.id),
    warnings: history.notes.warnings(experiment.id),
    notes: history.notes.of(experiment.id).map((note) => note.text),
    bytes: await diskUse(experimentFolder(ws, experiment.id)),
  };
}

/** The outcomes of several experiments, in the order given. */
export function compareExperiments(
  ws: Workspace,
  references: readonly string[],
): { experiment: Experiment; result: ExperimentResult }[] {
  return references.map((reference) => {
    const experiment = findExperiment(ws, reference);
    return { experiment, result: experimentResult(ws.history, experiment) };
  });
}

/** Pins the experiment that others are compared with, in place of another. @param reference null unpins */
export function pinBaseline(ws: Workspace, reference: string | null): Experiment | null {
  const experiment = reference === null ? null : findExperiment(ws, reference);
  if (experiment?.trashed) {
    throw new ExpectedError(
      'usage',
      `The experiment "${experiment.name}" (${experiment.id}) is in the trash.`,
      'Take it out of the trash first.',
    );
  }
  ws.history.baseline.pin(experiment?.id ?? null);
  return experiment;
}

/** Puts an experiment into the trash; its files stay until it is purged. @throws ExpectedError 'busy' */
export function trashExperiment(ws: Workspace, reference: string): Experiment {
  const experiment = findExperiment(ws, reference);
  if (!ws.history.experiments.setTrashed(experiment.id, new Date().toISOString())) throw running(experiment);
  return ws.history.experiments.get(experiment.id)!;
}

/** Takes an experiment out of the trash. */
export function untrashExperiment(ws: Workspace, reference: string): Experiment {
  const experiment = findExperiment(ws, reference);
  if (experiment.trashed === null) {
    throw new ExpectedError(
      'usage',
      `The experiment "${experiment.name}" (${experiment.id}) is not in the trash.`,
    );
  }
  ws.history.experiments.setTrashed(experiment.id, null);
  return ws.history.experiments.get(experiment.id)!;
}

/** Deletes an experiment and its files for good. @throws ExpectedError 'busy' */
export async function purgeExperiment(
  ws: Workspace,
  reference: string,
): Promise<{ experiment: Experiment; freedBytes: number }> {
  const experiment = findExperiment(ws, reference);
  const folder = experimentFolder(ws, experiment.id);
  const freedBytes = await diskUse(folder);
  // In the trash it cannot be resumed by another process while its files go.
  if (!ws.history.experiments.setTrashed(experiment.id, new Date().toISOString())) throw running(experiment);
  await removeFolder(folder, `the experiment ${folder}`);
  ws.history.experiments.delete(experiment.id);
  return { experiment, freedBytes };
}

function running(experiment: Experiment): ExpectedError {
  return new ExpectedError(
    'busy',
    `The experiment "${experiment.name}" (${experiment.id}) is running in process ${experiment.owner?.pid}.`,
    'Stop it first.',
  );
}
