import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import type { MethodName } from '../../../shared/contract/results.ts';
import {
  COMPARED_FIGURES,
  differenceFrom,
  type Comparable,
  type ComparedFigure,
} from '../../../shared/metrics/compared.ts';
import type { Experiment } from '../../history/experiments.ts';
import type { ExperimentResult } from '../../history/result.ts';
import { asStorageError, OTHER_FILE } from '../../history/storage-errors.ts';
import {
  compareExperiments,
  listExperiments,
  pinBaseline,
  purgeExperiment,
  showExperiment,
  trashExperiment,
  untrashExperiment,
  type ExperimentDetail,
} from '../../services/experiments.ts';
import { findExperiment } from '../../services/lookup.ts';
import { predict, predictWithFile } from '../../services/predict.ts';
import { suspectsCsv, suspectsOf } from '../../services/suspects.ts';
import type { Workspace } from '../../services/workspace.ts';
import { withWorkspace } from '../context.ts';
import { defaultCommand } from '../default-command.ts';
import type { CommonOptions } from '../output.ts';
import { resultText } from '../result-text.ts';
import { METHOD_WORDS, STAGE_WORDS } from '../run-progress.ts';
import { pairs, table } from '../table.ts';
import { bytes, count, duration, percent, plural, time } from '../words.ts';

const SHOWN_SUSPECTS = 50;

/** experiments, suspects, predict */
export function addExperimentCommands(program: Command): void {
  const experiments = program.command('experiments').description('The experiments so far');
  defaultCommand(experiments, 'list')
    .description('list them')
    .option('--trash', 'those in the trash')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { trash?: boolean }>();
      await withWorkspace(options, async (ws, out) => {
        const all = listExperiments(ws, { trashed: options.trash === true });
        const compared = compareExperiments(
          ws,
          all.map((experiment) => experiment.id),
        );
        const none = options.trash
          ? 'The trash is empty.'
          : 'There are no experiments yet. Begin with "theriac run SOURCE", or try "theriac demo".';
        out.result(compared.map(entry), () => (all.length === 0 ? none : listText(compared)));
      });
    });
  experiments
    .command('show')
    .description('everything about one')
    .argument('<id>', 'id, name, or beginning of the id')
    .action(async (id: string, _, command: Command) => {
      await withWorkspace(command.optsWithGlobals(), async (ws, out) => {
        const detail = await showExperiment(ws, id);
        out.result(detail, () => detailText(detail));
      });
    });
  experiments
    .command('compare')
    .description('several side by side')
    .argument('<ids...>', 'ids or names')
    .action(async (ids: string[], _, command: Command) => {
      await withWorkspace(command.optsWithGlobals(), async (ws, out) => {
        const baseline = ws.history.baseline.get();
        const compared = compareExperiments(ws, baseline === null ? ids : withBaseline(ws, baseline, ids));
        out.result(compared.map(entry), () => compareText(compared, baseline));
      });
    });
  experiments
    .command('baseline')
    .description('the one that others are compared with: say which, pin another, or none')
    .argument('[id]', 'id, name, or beginning of the id')
    .option('--none', 'unpin it')
    .action(async (id: string | undefined, options: { none?: boolean }, command: Command) => {
      await withWorkspace(command.optsWithGlobals(), async (ws, out) => {
        if (id !== undefined && options.none) {
          throw new ExpectedError('usage', 'An experiment and --none exclude each other.');
        }
        if (id !== undefined || options.none) pinBaseline(ws, id ?? null);
        const baseline = ws.history.baseline.get();
        out.result({ baseline }, () =>
          baseline === null
            ? 'No experiment is pinned as the baseline.'
            : `${named(findExperiment(ws, baseline))} is the baseline: "theriac experiments compare" shows differences from it.`,
        );
      });
    });
  experiments
    .command('remove')
    .description('put one into the trash, or delete it for good')
    .argument('<id>', 'id, name, or beginning of the id')
    .option('--forever', 'delete it with its files; this cannot be undone')
    .action(async (id: string, options: { forever?: boolean }, command: Command) => {
      await withWorkspace(command.optsWithGlobals(), async (ws, out) => {
        if (options.forever) {
          const { experiment, freedBytes } = await purgeExperiment(ws, id);
          out.result(
            { deleted: experiment.id, freedBytes },
            () => `Deleted ${named(experiment)}; ${bytes(freedBytes)} freed.`,
          );
          return;
        }
        const experiment = trashExperiment(ws, id);
        out.result(
          { trashed: experiment.id },
          () =>
            `${named(experiment)} is in the trash.\nTake it out with "theriac experiments restore ${experiment.id}", ` +
            `or free its disk space with "theriac experiments remove ${experiment.id} --forever".`,
        );
      });
    });
  experiments
    .command('restore')
    .description('take one out of the trash')
    .argument('<id>', 'id, name, or beginning of the id')
    .action(async (id: string, _, command: Command) => {
      await withWorkspace(command.optsWithGlobals(), async (ws, out) => {
        const experiment = untrashExperiment(ws, id);
        out.result({ restored: experiment.id }, () => `${named(experiment)} is back among the experiments.`);
      });
    });

  program
    .command('suspects')
    .description('The isolated examples, the most suspicious first')
    .argument('<experiment>', 'id, name, or beginning of the id')
    .option('--csv <file>', 'write all of them to a CSV file')
    .action(async (id: string, options: { csv?: string }, command: Command) => {
      await withWorkspace(command.optsWithGlobals(), async (ws, out) => {
        const { experiment, suspects } = await suspectsOf(ws, id);
        if (options.csv !== undefined) {
          const file = resolve(options.csv);
          await writeFile(file, suspectsCsv(suspects)).catch((error: unknown) => {
            throw asStorageError(error, `the list ${file}`, OTHER_FILE);
          });
          out.result(
            { experiment: experiment.id, csv: file, count: suspects.length },
            () => `Wrote ${plural(suspects.length, 'suspect')} to ${file}.`,
          );
          return;
        }
        out.result({ experiment: experiment.id, suspects }, () => {
          const known = suspects.some((suspect) => suspect.poisoned !== null);
          const shown = suspects
            .slice(0, SHOWN_SUSPECTS)
            .map((s) => [
              count(s.rank),
              s.loss.toExponential(2),
              s.label,
              ...(known ? [s.poisoned ? 'yes' : 'no'] : []),
              s.path,
            ]);
          const columns = [
            { title: 'Rank', align: 'right' as const },
            { title: 'Loss', align: 'right' as const },
            { title: 'Label' },
            ...(known ? [{ title: 'Poisoned' }] : []),
            { title: 'Path in the source' },
          ];
          const rest = suspects.length - shown.length;
          return (
            table(columns, shown) +
            (rest > 0 ? `\n… and ${count(rest)} more; write all with --csv FILE.` : '')
          );
        });
      });
    });

  program
    .command('predict')
    .description('Ask a trained model what it sees in images')
    .argument('<experiment|model>', 'id or name; or a model that was exported as ONNX or SavedModel')
    .argument('<images...>', 'image files')
    .addOption(
      new Option('--model <model>', 'which model').choices(['naive', 'abl', 'oracle']).default('abl'),
    )
    .action(
      async (
        id: string,
        files: string[],
        options: { model: 'naive' | 'abl' | 'oracle' },
        command: Command,
      ) => {
        await withWorkspace(command.optsWithGlobals(), async (ws, out) => {
          const { asked, predictions } = await ask(ws, id, options.model, files);
          out.result({ ...asked, predictions }, () =>
            table(
              [
                { title: 'Image' },
                { title: 'Answer' },
                { title: 'Probability', align: 'right' },
                { title: 'Next' },
              ],
              predictions.map(({ path, answers: [first, next] }) => [
                path,
                first!.name,
                percent(first!.probability),
                next ? `${next.name} ${percent(next.probability)}` : '',
              ]),
            ),
          );
        });
      },
    );
}

/** By an experiment's model, or, where there is none of that name but a file, by an exported one. */
async function ask(ws: Workspace, reference: string, model: MethodName, files: readonly string[]) {
  try {
    findExperiment(ws, reference);
  } catch (error) {
    if (!(error instanceof ExpectedError) || error.code !== 'not-found' || !existsSync(reference))
      throw error;
    return { asked: { file: resolve(reference) }, predictions: await predictWithFile(reference, files) };
  }
  return { asked: { experiment: reference, model }, predictions: await predict(ws, reference, model, files) };
}

type Compared = { experiment: Experiment; result: ExperimentResult };

function entry({ experiment, result }: Compared) {
  const { name, state, preset, tags, created, finished, trashed, error } = experiment;
  return { ...result, name, state, preset, tags, created, finished, trashed, error };
}

function named(experiment: Experiment): string {
  return `The experiment "${experiment.name}" (${experiment.id})`;
}

function listText(compared: Compared[]): string {
  return table(
    [
      { title: 'ID' },
      { title: 'Name' },
      { title: 'State' },
      { title: 'Network' },
      { title: 'Naive CA', align: 'right' },
      { title: 'ASR', align: 'right' },
      { title: 'ABL CA', align: 'right' },
      { title: 'ASR', align: 'right' },
      { title: 'Verdict' },
      { title: 'Tags' },
      { title: 'Begun' },
    ],
    compared.map(({ experiment: e, result: { naive, abl, verdict } }) => [
      e.id,
      e.name,
      e.state,
      e.network,
      percent(naive?.caReestimated ?? naive?.ca ?? null),
      percent(naive?.asrReestimated ?? naive?.asr ?? null),
      percent(abl?.caReestimated ?? abl?.ca ?? null),
      percent(abl?.asrReestimated ?? abl?.asr ?? null),
      verdict?.kind ?? '–',
      e.tags.join(', '),
      time(e.created),
    ]),
  );
}

/** The baseline first, once. */
function withBaseline(ws: Workspace, baseline: string, references: readonly string[]): string[] {
  return [...new Set([baseline, ...references.map((reference) => findExperiment(ws, reference).id)])];
}

function comparable({ result }: Compared): Comparable {
  const { naive, abl, oracle, seconds } = result;
  return { naive, abl, oracle, isolation: abl?.isolation ?? null, seconds: seconds?.total ?? null };
}

/** '87.1 %', and how far that is from the baseline. */
function figureText(row: ComparedFigure, one: Comparable, baseline: Comparable | null): string {
  const value = row.of(one);
  const text = row.unit === 'share' ? percent(value) : duration(value);
  const difference = baseline && baseline !== one ? differenceFrom(baseline, one, row) : null;
  if (!difference || difference.judgement === 'same') return text;
  const { value: by } = difference;
  const size = row.unit === 'share' ? (Math.abs(by) * 100).toFixed(1) : duration(Math.abs(by));
  return `${text} (${by < 0 ? '-' : '+'}${size})`;
}

/** @param pinned id of the baseline, where there is one */
function compareText(compared: Compared[], pinned: string | null): string {
  const rows: [string, (c: Compared) => string][] = [
    ['Name', (c) => c.experiment.name],
    ['State', (c) => c.experiment.state],
    ['Data set', (c) => c.result.dataset.name],
    ['Network', (c) => c.result.network],
    ['Preset', (c) => c.experiment.preset],
    ['Seed', (c) => String(c.result.seed)],
    ['Verdict', (c) => c.result.verdict?.kind ?? '–'],
  ];
  const all = compared.map(comparable);
  const baseline = all[compared.findIndex(({ experiment }) => experiment.id === pinned)] ?? null;
  const figures = COMPARED_FIGURES.filter(({ of }) => all.some((one) => of(one) !== null));
  return table(
    [
      { title: '' },
      ...compared.map(({ experiment: { id } }) => ({ title: id === pinned ? `${id} (baseline)` : id })),
    ],
    [
      ...rows.map(([title, cell]) => [title, ...compared.map(cell)]),
      ...figures.map((row) => [row.title, ...all.map((one) => figureText(row, one, baseline))]),
    ],
  );
}

function detailText(detail: ExperimentDetail): string {
  const { experiment: e, stages, warnings, notes } = detail;
  const rows: [string, string][] = [
    ['Name', e.name],
    ['State', e.state + (e.trashed ? ', in the trash' : '')],
    ['Preset', e.preset],
    ['Tags', e.tags.join(', ') || '–'],
    ['Begun', time(e.started)],
    ['Ended', time(e.finished)],
    ['Disk', bytes(detail.bytes)],
  ];
  const parts = [pairs(rows)];
  if (e.error) parts.push(`${e.error.message}${e.error.remedy ? `\n${e.error.remedy}` : ''}`);
  parts.push(resultText(detail.result));
  if (stages.length > 0) {
    parts.push(
      table(
        [{ title: 'Model' }, { title: 'Stage' }, { title: 'State' }, { title: 'Time', align: 'right' }],
        stages.map((s) => [METHOD_WORDS[s.method], STAGE_WORDS[s.stage], s.state, duration(s.seconds)]),
      ),
    );
  }
  if (warnings.length > 0) parts.push(`Warnings:\n${warnings.map((line) => `  - ${line}`).join('\n')}`);
  if (notes.length > 0) parts.push(`Notes:\n${notes.map((line) => `  - ${line}`).join('\n')}`);
  parts.push(
    `Settings:\n${pairs(Object.entries(e.settings).map(([key, value]) => [`  ${key}`, String(value)]))}`,
  );
  return parts.join('\n\n');
}
