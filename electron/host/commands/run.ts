import { existsSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { PRESETS } from '../../../shared/abl/presets.ts';
import type { MethodName } from '../../../shared/contract/results.ts';
import type { Job } from '../../../shared/contract/trainer.ts';
import { experimentResult } from '../../history/result.ts';
import { NETWORKS } from '../../../shared/networks/zoo.ts';
import { importOrReuse, type ImportRequest } from '../../services/datasets.ts';
import { createExperiment } from '../../services/experiments.ts';
import { findDataset, findExperiment } from '../../services/lookup.ts';
import { resolveSettings, settingsHelp } from '../../services/settings.ts';
import type { Workspace } from '../../services/workspace.ts';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { imageMemory, keyValue, methodList, several, wholeNumber } from '../arguments.ts';
import { withWorkspace } from '../context.ts';
import { withSourceProgress } from '../import-progress.ts';
import type { CommonOptions, Output } from '../output.ts';
import { resultText } from '../result-text.ts';
import { runWithProgress } from '../run-progress.ts';
import { checkMapping, mapOption } from './datasets.ts';

export const ENGINES = ['auto', 'native', 'wasm', 'cpu'] as const;

interface MemoryOptions extends CommonOptions {
  /** Megabytes. */
  imageMemory?: number;
}

interface RunOptions extends MemoryOptions {
  preset: string;
  network?: string;
  methods: MethodName[];
  engine: Job['engine'];
  seed: number;
  set?: Record<string, string>;
  name?: string;
  tag?: string[];
  map?: Record<string, string>;
  trusted?: string;
}

/** run, resume */
export function addRunCommands(program: Command): void {
  program
    .command('run')
    .description('Train and compare the naive and the ABL model')
    .argument('<dataset|source>', 'a data set (id or name), or a folder or file to import first')
    .addOption(
      new Option('--preset <preset>', 'how much to train')
        .choices(PRESETS.map((p) => p.name))
        .default('careful'),
    )
    .option('--network <name>', `${NETWORKS} (default: the preset’s)`)
    .addOption(
      new Option('--methods <list>', 'naive, abl, oracle, with commas between')
        .argParser(methodList)
        .default(['naive', 'abl'], 'naive,abl'),
    )
    .addOption(new Option('--engine <engine>', 'what computes').choices(ENGINES).default('auto'))
    .option('--seed <n>', 'decides everything that is random', wholeNumber(0, 2 ** 31 - 1), 1)
    .option('--set <key=value>', 'override a setting, repeatable', keyValue)
    .option(
      '--trusted <dataset|source>',
      'images known to be clean, of the same classes, even ten of each: they settle doubts of the careful method',
    )
    .addOption(imageMemory())
    .addOption(mapOption())
    .option('--name <name>', 'name of the experiment')
    .option('--tag <tag>', 'tag to find it by, repeatable', several)
    .addHelpText('after', () => `\nSettings for --set:\n${settingsText()}`)
    .action(async (reference: string, _, command: Command) => {
      const options = command.optsWithGlobals<RunOptions>();
      await withWorkspace(options, async (ws, out) => {
        // Found before a long import: a slip of the fingers in --set.
        resolveSettings(options.preset, options.set, options.network);
        const mapping = options.map && checkMapping(options.map);
        const dataset = await datasetFor(ws, out, reference, { mapping });
        const { height, width } = findDataset(ws, dataset).manifest;
        // Trusted images have to be of the same size.
        const size = height === width ? { size: height } : {};
        const trusted = options.trusted && (await datasetFor(ws, out, options.trusted, size));
        const { trusted: _source, ...rest } = options;
        const experiment = createExperiment(ws, {
          ...rest,
          ...(trusted ? { trusted } : {}),
          dataset,
          set: options.set ?? {},
          tags: options.tag ?? [],
        });
        out.progress.note(`Experiment ${experiment.id}: ${experiment.name}`);
        await finish(ws, out, experiment.id, options);
      });
    });

  program
    .command('resume')
    .description('Continue an experiment that was stopped or interrupted')
    .argument('<experiment>', 'id, name, or beginning of the id')
    .addOption(imageMemory())
    .action(async (reference: string, _, command: Command) => {
      const options = command.optsWithGlobals<MemoryOptions>();
      await withWorkspace(options, async (ws, out) => {
        await finish(ws, out, findExperiment(ws, reference).id, options);
      });
    });
}

async function finish(
  ws: Workspace,
  out: Output,
  id: string,
  { imageMemory: megabytes }: MemoryOptions,
): Promise<void> {
  const experiment = await runWithProgress(ws, out, id, megabytes);
  const result = experimentResult(ws.history, experiment);
  out.result(result, () => resultText(result));
}

/** A known data set; otherwise a path is imported, or found to be imported already. */
async function datasetFor(
  ws: Workspace,
  out: Output,
  reference: string,
  { mapping, size }: Pick<ImportRequest, 'mapping' | 'size'>,
): Promise<string> {
  try {
    const { id, name } = findDataset(ws, reference).manifest;
    if (mapping) throw new ExpectedError('usage', `"${name}" is imported already: --map is for sources.`);
    return id;
  } catch (error) {
    if (!(error instanceof ExpectedError) || error.code !== 'not-found') throw error;
    if (!existsSync(reference)) {
      throw new ExpectedError(
        'not-found',
        `There is no data set "${reference}", and no such folder or file.`,
        'See the data sets with "theriac datasets".',
      );
    }
  }
  const { manifest, reused } = await withSourceProgress(out, (hooks) =>
    importOrReuse(ws, { source: reference, ...(mapping && { mapping }), ...(size && { size }) }, hooks),
  );
  out.progress.note(
    reused
      ? `The same images are imported already, as "${manifest.name}" (${manifest.id}).`
      : `Imported "${manifest.name}" (${manifest.id}).`,
  );
  return manifest.id;
}

function settingsText(): string {
  return settingsHelp()
    .filter(({ key }) => key !== 'network')
    .map(({ key, help, allowed }) => `  ${key}\n      ${help} [${allowed}]`)
    .join('\n');
}
