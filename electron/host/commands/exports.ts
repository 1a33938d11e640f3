import { Option, type Command } from 'commander';
import type { MethodName } from '../../../shared/contract/results.ts';
import { METHODS } from '../../../shared/contract/trainer.ts';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { DATASET_FORMATS, type DatasetFormat } from '../../exports/dataset/write.ts';
import { experimentResult } from '../../history/result.ts';
import { exportBundle, openBundle } from '../../services/bundles.ts';
import { MODEL_FORMATS, type ModelFormat } from '../../exports/models/card.ts';
import { exportCleaned, exportMetrics, exportModel, exportSuspects } from '../../services/exports.ts';
import { exportReport } from '../../services/reports.ts';
import { findExperiment } from '../../services/lookup.ts';
import type { Workspace } from '../../services/workspace.ts';
import { withStop, withWorkspace } from '../context.ts';
import type { CommonOptions, Output } from '../output.ts';
import { chromiumPrinter } from '../print-pdf.ts';
import { resultText } from '../result-text.ts';
import { bytes, count, plural } from '../words.ts';

/** What can be taken out, the formats of each (the first is the default), and what it is. */
const KINDS = {
  report: {
    formats: ['html', 'pdf'],
    help: 'what was found, for people; one file, printable (PDF needs Chromium)',
  },
  bundle: { formats: ['theriac'], help: 'the experiment with all it consists of, for another Theriac' },
  dataset: { formats: DATASET_FORMATS, help: 'the data set without what was isolated; makes a folder' },
  model: {
    formats: MODEL_FORMATS,
    help: 'a trained model for other programs, with a model card; makes a folder',
  },
  suspects: { formats: ['csv', 'json'], help: 'the isolated examples with loss and decision' },
  metrics: { formats: ['csv', 'json'], help: 'the figures of every epoch; as JSON all figures' },
} as const;
type Kind = keyof typeof KINDS;

interface ExportOptions extends CommonOptions {
  what: Kind;
  to: string;
  format?: string;
  model: MethodName;
  images: boolean;
}

interface Hooks {
  signal: AbortSignal;
  onProgress(progress: { done: number; total: number }): void;
}

/** What an export tells: for --json, and for people. */
interface Told {
  document: object;
  text: string;
}

/** export, import-bundle */
export function addExportCommands(program: Command): void {
  const kinds = Object.keys(KINDS);
  program
    .command('export')
    .description('Take something out of an experiment, for others or for another computer')
    .argument('<experiment>', 'id, name, or beginning of the id')
    .addOption(new Option('--what <kind>', 'what to take out').choices(kinds).makeOptionMandatory())
    .requiredOption('--to <path>', 'file or folder to make; it must not exist')
    .option('--format <format>', 'see below')
    .addOption(new Option('--model <model>', 'model: which one').choices(METHODS).default('abl'))
    .option('--no-images', 'bundle: leave the data set out; the experiment can then not be continued')
    .addHelpText('after', kindsText())
    .action(async (reference: string, _, command: Command) => {
      const options = command.optsWithGlobals<ExportOptions>();
      const format = formatOf(options);
      await withWorkspace(options, async (ws, out) => {
        const { id } = findExperiment(ws, reference);
        const { document, text } = await take(ws, out, id, options, format);
        out.result({ experiment: id, what: options.what, format, ...document }, () => text);
      });
    });

  program
    .command('import-bundle')
    .description('Take in an experiment that was exported as a bundle (.theriac)')
    .argument('<file>', 'a bundle')
    .action(async (file: string, _, command: Command) => {
      await withWorkspace(command.optsWithGlobals(), async (ws, out) => {
        const experiment = await withExportProgress(out, 'Unpacking', bytes, (hooks) =>
          openBundle(ws, file, hooks),
        );
        const result = experimentResult(ws.history, experiment);
        out.result(
          { ...result, name: experiment.name, state: experiment.state },
          () =>
            `The experiment "${experiment.name}" (${experiment.id}) is ${experiment.state}.\n\n${resultText(result)}`,
        );
      });
    });
}

async function take(
  ws: Workspace,
  out: Output,
  id: string,
  { what, to, images, model }: ExportOptions,
  format: string,
): Promise<Told> {
  switch (what) {
    case 'bundle': {
      const { file, manifest } = await withExportProgress(out, 'Writing the bundle', bytes, (hooks) =>
        exportBundle(ws, id, { to, withDataset: images }, hooks),
      );
      const { dataset, members } = manifest;
      return {
        document: { to: file, dataset, members },
        text: `Wrote the experiment bundle ${file}.\nOpen it elsewhere with "theriac import-bundle FILE".`,
      };
    }
    case 'report': {
      const request = { to, format: format as 'html' | 'pdf', print: chromiumPrinter() };
      const { file, bytes: size } = await withExportProgress(out, 'Writing the report', String, (hooks) =>
        exportReport(ws, id, request, hooks),
      );
      return { document: { to: file, bytes: size }, text: `Wrote the report ${file} (${bytes(size)}).` };
    }
    case 'dataset': {
      const request = { to, format: format as DatasetFormat };
      const { folder, manifest } = await withExportProgress(out, 'Writing images', count, (hooks) =>
        exportCleaned(ws, id, request, hooks),
      );
      const { counts, notes } = manifest;
      return { document: { to: folder, counts, notes }, text: [`Wrote ${folder}.`, ...notes].join('\n') };
    }
    case 'model': {
      const { folder } = await exportModel(ws, id, { to, format: format as ModelFormat, model });
      return { document: { to: folder, model }, text: `Wrote the ${model} model to ${folder}.` };
    }
    case 'suspects': {
      const { file, count: rows } = await exportSuspects(ws, id, { to, format: format as 'csv' | 'json' });
      return { document: { to: file, count: rows }, text: `Wrote ${plural(rows, 'suspect')} to ${file}.` };
    }
    case 'metrics': {
      const { file, count: rows } = await exportMetrics(ws, id, { to, format: format as 'csv' | 'json' });
      return { document: { to: file, count: rows }, text: `Wrote ${plural(rows, 'epoch')} to ${file}.` };
    }
  }
}

/** The format asked for, or the first of the kind. @throws ExpectedError 'usage' */
function formatOf({ what, format }: ExportOptions): string {
  const formats: readonly string[] = KINDS[what].formats;
  if (format === undefined || formats.includes(format)) return format ?? formats[0]!;
  throw new ExpectedError(
    'usage',
    `There is no format "${format}" for --what ${what}.`,
    `Formats: ${formats.join(', ')}.`,
  );
}

function kindsText(): string {
  const lines = Object.entries(KINDS).map(
    ([kind, { formats, help }]) => `  ${kind.padEnd(10)}${help}\n            formats: ${formats.join(', ')}`,
  );
  return `\nWhat can be taken out:\n${lines.join('\n')}`;
}

/** Shows how far an export is; Ctrl-C ends it and leaves nothing. @param words for a number of units */
function withExportProgress<T>(
  out: Output,
  phase: string,
  words: (number: number) => string,
  action: (hooks: Hooks) => Promise<T>,
): Promise<T> {
  return withStop(out, 'Stopping; nothing is kept.', ({ stop }) =>
    action({
      signal: stop,
      onProgress: ({ done, total }) =>
        out.progress.report({
          share: total > 0 ? done / total : null,
          phase,
          details: `${words(done)} of ${words(total)}`,
        }),
    }),
  );
}
