import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ExpectedError } from '../../shared/contract/errors.ts';
import type { ExampleMark, Mark } from '../../shared/contract/marks.ts';
import { METHODS, MOMENTS } from '../../shared/contract/trainer.ts';
import type { StoredDataset } from '../datasets/store.ts';
import type { ExportHooks } from '../exports/dataset/parts.ts';
import type { Judgement, ReportData } from '../exports/report/data.ts';
import { averageImages, imageSheet, pairsPicture, triggerPicture } from '../exports/report/pictures.ts';
import { withDate } from '../exports/report/pdf.ts';
import { reportHtml } from '../exports/report/write.ts';
import { refuseCancelled, writeWhole } from '../exports/whole.ts';
import type { Experiment } from '../history/experiments.ts';
import { experimentResult } from '../history/result.ts';
import { lossHistogram } from './api-suspects.ts';
import { openStored } from './datasets.ts';
import { experimentFolder } from './experiments.ts';
import { findExperiment } from './lookup.ts';
import { readLosses } from './recorder.ts';
import type { Workspace } from './workspace.ts';

/** Makes a PDF of a self-contained HTML document: Electron's own Chromium, or one that is installed. */
export type PdfPrinter = (html: string) => Promise<Uint8Array>;

export interface ReportRequest {
  to: string;
  format: 'html' | 'pdf';
  /** Null where there is no Chromium to print with. */
  print: PdfPrinter | null;
}

/**
 * Writes the report of a finished experiment as one file.
 * @throws ExpectedError 'bad-input' when it is not finished, 'not-found' when nothing can print a PDF, and as
 * writeWhole does
 */
export async function exportReport(
  ws: Workspace,
  reference: string,
  { to, format, print }: ReportRequest,
  { signal, onProgress }: ExportHooks = {},
): Promise<{ file: string; bytes: number }> {
  const experiment = findExperiment(ws, reference);
  if (experiment.state !== 'done') {
    throw new ExpectedError(
      'bad-input',
      `The experiment "${experiment.name}" (${experiment.id}) is ${experiment.state}, not done.`,
      'Let it come to its end first.',
    );
  }
  if (format === 'pdf' && !print) {
    throw new ExpectedError(
      'not-found',
      'A PDF is printed by Chromium or Chrome, and there is none here.',
      'Export the report as HTML and print it from a browser, or name one in THERIAC_BROWSER.',
    );
  }
  const file = resolve(to);
  const bytes = await writeWhole(
    { to: file, what: 'the report', dataFolder: ws.folder.path },
    async (draft) => {
      onProgress?.({ done: 0, total: 3 });
      const html = reportHtml(await gather(ws, experiment, signal));
      refuseCancelled(signal);
      onProgress?.({ done: 1, total: 3 });
      const date = experiment.finished ?? experiment.created;
      const content = format === 'pdf' ? withDate(await print!(html), date) : Buffer.from(html);
      refuseCancelled(signal);
      onProgress?.({ done: 2, total: 3 });
      await writeFile(draft, content, { flag: 'wx' });
      onProgress?.({ done: 3, total: 3 });
      return content.length;
    },
  );
  return { file, bytes };
}

async function gather(
  ws: Workspace,
  experiment: Experiment,
  signal: AbortSignal | undefined,
): Promise<ReportData> {
  const { history } = ws;
  const { id } = experiment;
  const { manifest } = history.datasets.get(experiment.datasetId)!;
  const isolation = history.isolations.get(id);
  const examination = history.outcomes.examination(id);
  const examples = history.isolations.examples(id).map(({ example }) => example);
  const stored = await openImages(ws, experiment);
  const label = isolation?.figures.class ?? 0;
  const of = manifest.classes[label] ?? '';
  const shows = stored !== null && examples.length > 0;
  return {
    experiment,
    result: experimentResult(history, experiment),
    dataset: manifest,
    evaluations: METHODS.flatMap((method) =>
      MOMENTS.flatMap((moment) => {
        const evaluation = history.outcomes.evaluation(id, method, moment);
        return evaluation ? [{ method, moment, evaluation }] : [];
      }),
    ),
    epochs: history.metrics.epochs(id),
    examination,
    isolation: isolation?.figures ?? null,
    histogram: isolation
      ? lossHistogram(
          readLosses(join(experimentFolder(ws, id), isolation.lossFile)),
          null,
          new Set(examples),
          isolation.figures.threshold,
        )
      : null,
    sheet: shows
      ? await imageSheet(
          stored,
          examples,
          {
            rows: 6,
            describe: (shown) => `The ${shown} suspects with the lowest loss, the lowest first`,
          },
          signal,
        )
      : null,
    averages: shows ? await averageImages(stored, { suspects: examples, label, of }, signal) : null,
    triggers: await Promise.all(
      (examination?.triggers ?? []).map(async (trigger) => ({
        class: trigger.class,
        images: trigger.images,
        picture: await triggerPicture(trigger, manifest.classes[trigger.class] ?? ''),
      })),
    ),
    pairs: await Promise.all(
      (examination?.differences ?? [])
        .filter((sheet) => sheet.pairs.length > 0)
        .map(async (sheet) => ({
          class: sheet.class,
          picture: await pairsPicture(sheet, manifest.classes[sheet.class] ?? ''),
        })),
    ),
    judgement: await judgement(ws, id, stored, signal),
    warnings: history.notes.warnings(id),
    notes: history.notes.of(id).map(({ text }) => text),
    weights: await weightSums(ws, experiment),
  };
}

async function judgement(
  { history }: Workspace,
  id: string,
  stored: StoredDataset | null,
  signal: AbortSignal | undefined,
): Promise<Judgement> {
  const made = history.marks.of(id);
  const sheets: Judgement['sheets'] = [];
  for (const mark of ['poison', 'clean'] as const) {
    const examples = made.flatMap((one) => (one.mark === mark ? [one.example] : []));
    if (!stored || examples.length === 0) continue;
    const describe = (shown: number) => `${shown} training images that an analyst marked as ${mark}`;
    sheets.push({ mark, ...(await imageSheet(stored, examples, { rows: 2, describe }, signal)) });
  }
  return { made: countMarks(made), given: countMarks(history.marks.given(id)), sheets };
}

function countMarks(marks: readonly ExampleMark[]): Record<Mark, number> {
  const of = (wanted: Mark) => marks.filter(({ mark }) => mark === wanted).length;
  return { poison: of('poison'), clean: of('clean'), unsure: of('unsure') };
}

/** Null where the images were removed: the report then goes without pictures. */
async function openImages(ws: Workspace, { datasetId }: Experiment): Promise<StoredDataset | null> {
  if (ws.history.datasets.get(datasetId)!.removed !== null) return null;
  return openStored(ws, datasetId);
}

async function weightSums(ws: Workspace, { id }: Experiment): Promise<ReportData['weights']> {
  const sums: ReportData['weights'] = [];
  for (const method of METHODS) {
    const file = ws.history.outcomes.weights(id, method);
    if (file === null) continue;
    const hash = createHash('sha256');
    await pipeline(createReadStream(join(experimentFolder(ws, id), file)), hash);
    sums.push({ method, file, sha256: hash.digest('hex') });
  }
  return sums;
}
