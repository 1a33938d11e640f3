import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { itemText } from '../../../shared/sweep/item.ts';
import { tableMarkdown, type SweepRun } from '../../../shared/sweep/table.ts';
import { runSweepTask } from '../../services/sweep-task.ts';
import { openSweep, problemsOf, readPlan, sweepRuns, writeReports } from '../../services/sweeps.ts';
import { imageMemory, several, wholeNumber } from '../arguments.ts';
import { withStop, withWorkspace } from '../context.ts';
import type { CommonOptions } from '../output.ts';
import { imageMemoryVariables } from '../run-progress.ts';
import { runHere, runOnSlurm } from '../sweep-run.ts';

interface SweepOptions extends CommonOptions {
  to?: string;
  on: 'here' | 'slurm';
  report?: boolean;
  slurm?: string[];
  /** Megabytes. */
  imageMemory?: number;
}

/** sweep */
export function addSweepCommand(program: Command): void {
  program
    .command('sweep')
    .description('Run a whole plan (attacks x rates x data sets x networks x methods x seeds) into one table')
    .argument('<plan>', 'a YAML file; the same plan goes on where it was stopped')
    .option(
      '--to <folder>',
      'where table.md, table.csv, runs.csv, chart.svg and plan.yml go (default: the data folder)',
    )
    .addOption(
      new Option('--on <place>', 'where the runs are done').choices(['here', 'slurm']).default('here'),
    )
    .option(
      '--slurm <option>',
      'with --on slurm: an option for sbatch, e.g. --slurm=--partition=gpu; repeatable',
      several,
    )
    .addOption(imageMemory())
    .option('--report', 'run nothing; write table and chart of what is there')
    .addHelpText('after', PLAN_HELP)
    .action(async (file: string, _, command: Command) => {
      const options = command.optsWithGlobals<SweepOptions>();
      await withWorkspace(options, async (ws, out) => {
        const sweep = openSweep(ws, readPlan(file));
        out.progress.note(`Sweep ${sweep.id}, "${sweep.plan.name}": ${sweep.items.length} runs.`);
        const folder = options.to ? resolve(options.to) : sweep.folder;
        const problems = options.report ? problemsOf(sweep) : new Map<number, string>();
        const report = () => writeReports(sweep, sweepRuns(ws, sweep, problems), folder);
        if (!options.report) {
          await withStop(out, 'Stopping; the same command goes on from here.', async (wish) => {
            const run = { ws, out, sweep, wish, problems, imageMemory: options.imageMemory, report };
            if (options.on === 'here') await runHere(run);
            else await runOnSlurm(run, options.slurm ?? []);
          });
        }
        const runs = sweepRuns(ws, sweep, problems);
        const { table, files } = report();
        const failed = runs.filter(({ state }) => state === 'failed' || state === 'interrupted');
        const done = runs.filter(({ state }) => state === 'done').length;
        out.result(
          {
            sweep: sweep.id,
            name: sweep.plan.name,
            planned: runs.length,
            done,
            failed: failed.map(failure),
            table,
            files,
          },
          () =>
            [
              tableMarkdown(table),
              ...failed.map((run) => `Failed: ${itemText(run.item)}: ${run.problem ?? 'no reason known'}`),
              `${done} of ${runs.length} runs are done.`,
              `Table: ${files.markdown}, ${files.csv}`,
              `Runs:  ${files.runs}`,
              `Chart: ${files.chart}`,
              `Plan:  ${files.plan}`,
            ].join('\n'),
        );
        if (failed.length > 0) process.exitCode = 5;
      });
    });

  // What a job of "--on slurm" starts; not for people.
  program
    .command('sweep-task', { hidden: true })
    .argument('<folder>')
    .argument('<index>', '', wholeNumber(0))
    .addOption(imageMemory())
    .action(async (folder: string, index: number, _, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { imageMemory?: number }>();
      await withWorkspace(options, async (ws, out) => {
        const environment = imageMemoryVariables(options.imageMemory);
        await withStop(out, 'Stopping.', ({ stop }) =>
          runSweepTask(ws, folder, index, { stop, environment }),
        );
        out.result({ index }, () => `Run ${index} is done.`);
      });
    });
}

function failure({ item, experiment, problem }: SweepRun) {
  return { run: itemText(item), experiment, problem };
}

const PLAN_HELP = `
A plan:
  name: Table 1
  datasets: [sample]                 # clean data sets by name or id, folders to import, or the generated sample
  attacks: [none, badnets, { kind: blend, name: faint blend, set: { alpha: 0.1 } }]
  rates: [0.1, 0.05]                 # shares of the whole training set
  networks: [wrn-16-1]               # default: the preset's
  methods: [naive, careful, { name: longer, preset: standard, set: { isolationEpochs: 30 } }]
  seeds: [1, 2, 3]
  target: 0                          # class name or number`;
