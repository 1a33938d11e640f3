import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import { ExpectedError } from '../../shared/contract/errors.ts';
import type { MethodName } from '../../shared/contract/results.ts';
import { METHODS, MOMENTS } from '../../shared/contract/trainer.ts';
import { cleanedSet, type CleanedManifest } from '../exports/dataset/cleaned.ts';
import type { ExportHooks } from '../exports/dataset/parts.ts';
import { writeCleaned, type DatasetFormat } from '../exports/dataset/write.ts';
import type { ModelFormat } from '../exports/models/card.ts';
import { exportedModel } from '../exports/models/model.ts';
import { writeModel } from '../exports/models/write.ts';
import { triggerPng } from '../exports/triggers.ts';
import { refuseCancelled, writeWhole } from '../exports/whole.ts';
import type { Experiment } from '../history/experiments.ts';
import { experimentResult } from '../history/result.ts';
import { readWeights } from '../trainer/weights.ts';
import { openStored } from './datasets.ts';
import { experimentFolder } from './experiments.ts';
import { findExperiment } from './lookup.ts';
import { requireIsolation, suspectsCsv, suspectsOf, type SuspectList } from './suspects.ts';
import type { Workspace } from './workspace.ts';

/**
 * Writes the data set without what the experiment isolated into a new folder.
 * @throws ExpectedError 'bad-input' when nothing was isolated or the images are gone, and as writeWhole does
 */
export async function exportCleaned(
  ws: Workspace,
  reference: string,
  { to, format }: { to: string; format: DatasetFormat },
  hooks: ExportHooks = {},
): Promise<{ folder: string; manifest: CleanedManifest }> {
  const experiment = findExperiment(ws, reference);
  const { id, name, preset, network, seed, appVersion, finished, settings } = experiment;
  const record = requireIsolation(ws, experiment);
  refuseUnfinished(experiment);
  const stored = await openStored(ws, experiment.datasetId);
  const truth = await stored.truth();
  const set = await cleanedSet(stored, {
    experiment: { id, name, preset, network, seed, appVersion, finished, trainLimit: settings.trainLimit },
    dataset: stored.manifest,
    isolation: record.figures,
    isolated: ws.history.isolations.examples(id),
    examination: ws.history.outcomes.examination(id),
    verdict: ws.history.outcomes.verdict(id),
    poisoned: truth?.poisoned ?? null,
  });
  const folder = resolve(to);
  const manifest = await writeCleaned(set, { to: folder, format, dataFolder: ws.folder.path }, hooks);
  return { folder, manifest };
}

/**
 * Writes the suspects as a table or a document.
 * @param request `first`: only so many, from the lowest loss on
 * @throws ExpectedError as suspectsOf and writeWhole do
 */
export async function exportSuspects(
  ws: Workspace,
  reference: string,
  { to, format, first }: { to: string; format: 'csv' | 'json'; first?: number | null },
  { signal }: ExportHooks = {},
): Promise<{ file: string; count: number }> {
  const list = await suspectsOf(ws, reference);
  const suspects = list.suspects.slice(0, first ?? undefined);
  const file = resolve(to);
  await writeWhole({ to: file, what: 'the list', dataFolder: ws.folder.path }, async (draft) => {
    refuseCancelled(signal);
    const text =
      format === 'csv'
        ? suspectsCsv(suspects)
        : `${JSON.stringify(await suspectsDocument(ws, { ...list, suspects }), null, 2)}\n`;
    await writeFile(draft, text, { flag: 'wx' });
  });
  return { file, count: suspects.length };
}

/** The list with what it rests on: the verdict, what an analyst said, and the reconstructed triggers as pictures. */
async function suspectsDocument(ws: Workspace, list: SuspectList) {
  const { experiment, suspects, examination, classes, marks } = list;
  const { id, name } = experiment;
  const { dataset, verdict } = experimentResult(ws.history, experiment);
  const triggers = (examination?.triggers ?? []).map(async (picture) => ({
    class: classes[picture.class],
    images: picture.images,
    height: picture.height,
    width: picture.width,
    channels: picture.channels,
    png: (await triggerPng(picture)).toString('base64'),
  }));
  return {
    experiment: { id, name },
    dataset,
    verdict,
    marks,
    triggers: await Promise.all(triggers),
    suspects,
  };
}

/** Writes every epoch as a table, or all figures as a document. @throws ExpectedError as writeWhole does */
export async function exportMetrics(
  ws: Workspace,
  reference: string,
  { to, format }: { to: string; format: 'csv' | 'json' },
): Promise<{ file: string; count: number }> {
  const experiment = findExperiment(ws, reference);
  const { id } = experiment;
  const { history } = ws;
  const epochs = history.metrics.epochs(id);
  const file = resolve(to);
  await writeWhole({ to: file, what: 'the figures', dataFolder: ws.folder.path }, (draft) => {
    if (format === 'csv') return writeTable(draft, epochs, EPOCH_COLUMNS);
    const evaluations = METHODS.flatMap((method) =>
      MOMENTS.flatMap((moment) => {
        const evaluation = history.outcomes.evaluation(id, method, moment);
        return evaluation ? [{ method, moment, ...evaluation }] : [];
      }),
    );
    const document = {
      ...experimentResult(history, experiment),
      stages: history.metrics.stages(id),
      epochs,
      evaluations,
      examination: history.outcomes.examination(id),
    };
    return writeFile(draft, `${JSON.stringify(document, null, 2)}\n`, { flag: 'wx' });
  });
  return { file, count: epochs.length };
}

/**
 * Writes a trained model in a format of other programs, with labels, preprocessing and a model card, into a new
 * folder.
 * @throws ExpectedError 'not-found' when the model was not trained, and as writeWhole does
 */
export async function exportModel(
  ws: Workspace,
  reference: string,
  { to, format, model: method }: { to: string; format: ModelFormat; model: MethodName },
): Promise<{ folder: string }> {
  const experiment = findExperiment(ws, reference);
  const weights = ws.history.outcomes.weights(experiment.id, method);
  if (!weights) {
    throw new ExpectedError(
      'not-found',
      `The experiment "${experiment.name}" (${experiment.id}) has no finished ${method} model (it is ${experiment.state}).`,
    );
  }
  const model = exportedModel(await readWeights(join(experimentFolder(ws, experiment.id), weights)));
  const about = { result: experimentResult(ws.history, experiment), appVersion: experiment.appVersion };
  const folder = resolve(to);
  await writeModel(model, about, { to: folder, format, dataFolder: ws.folder.path });
  return { folder };
}

const EPOCH_COLUMNS = [
  'method',
  'stage',
  'epoch',
  'epochs',
  'learningRate',
  'loss',
  'accuracy',
  'isolatedLoss',
  'ca',
  'asr',
  'steps',
  'seconds',
];

async function writeTable(file: string, rows: readonly object[], columns: string[]): Promise<void> {
  await pipeline(
    Readable.from(rows),
    stringify({ header: true, columns }),
    createWriteStream(file, { flags: 'wx' }),
  );
}

function refuseUnfinished({ state, name, id }: Experiment): void {
  if (state === 'done') return;
  throw new ExpectedError(
    'bad-input',
    `The experiment "${name}" (${id}) is ${state}, not done.`,
    'Let it come to its end first.',
  );
}
