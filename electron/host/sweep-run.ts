import { setTimeout } from 'node:timers/promises';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { itemText, type SweepItem } from '../../shared/sweep/item.ts';
import { runExperiment } from '../services/run.ts';
import {
  slurmFolder,
  submitSweep,
  submittedJob,
  takeResults,
  taskLog,
  tasksLeft,
} from '../services/slurm.ts';
import { poisonedDataset } from '../services/sweep-data.ts';
import { runSweep } from '../services/sweep-loop.ts';
import { keepProblems, sweepRuns, type Sweep } from '../services/sweeps.ts';
import type { Workspace } from '../services/workspace.ts';
import type { Output } from './output.ts';
import { imageMemoryVariables } from './run-progress.ts';
import type { StopWish } from './signals.ts';

/** A sweep that is being worked on. */
export interface SweepWork {
  ws: Workspace;
  out: Output;
  sweep: Sweep;
  wish: StopWish;
  /** Why runs failed before they had an experiment, by their place in the plan; added to. */
  problems: Map<number, string>;
  /** Megabytes that images may take during a run; undefined = as the environment says. */
  imageMemory: number | undefined;
  /** Writes table and chart anew. */
  report(): unknown;
}

/** Milliseconds between two looks at the queue: soon at first, then seldom. */
const LOOKS = { first: 500, longest: 30_000 };

/** One run after the other; what fails is noted and the next one starts. */
export async function runHere({
  ws,
  out,
  sweep,
  wish,
  problems,
  imageMemory,
  report,
}: SweepWork): Promise<void> {
  const { stop, kill } = wish;
  const total = sweep.items.length;
  const told = new Set<string>();
  const progress = (item: SweepItem, share: number, details: string) =>
    out.progress.report({
      share: (item.index + share) / total,
      phase: `Run ${item.index + 1} of ${total}, ${itemText(item)}`,
      details,
    });
  await runSweep(ws, sweep, {
    stop,
    dataset: (item) =>
      poisonedDataset(ws, sweep, item, {
        signal: stop,
        onProgress: ({ note }) => progress(item, 0, note),
        onWarning: (message) => out.progress.note(message),
      }),
    train: async (experiment, item) => {
      await runExperiment(ws, experiment, {
        stop,
        kill,
        environment: imageMemoryVariables(imageMemory),
        onMessage: (message) => {
          if (message.type === 'warning' && !told.has(message.message)) {
            // What one run has to say, the others mostly have to say as well.
            told.add(message.message);
            out.progress.note(message.message);
          }
          if (message.type !== 'progress') return;
          progress(item, message.overall, `epoch ${message.epoch}/${message.epochs}`);
        },
      });
    },
    begun: (item) => progress(item, 0, ''),
    ended: (item, problem) => {
      const what = `Run ${item.index + 1} of ${total}`;
      out.progress.note(
        problem === null
          ? `${what} is done: ${itemText(item)}`
          : `${what} failed: ${itemText(item)}: ${problem}`,
      );
      if (problem !== null) problems.set(item.index, problem);
      report();
    },
  });
}

/**
 * Submits the runs that are not done as one job array, and takes in results as they come. Stopped, the job goes on:
 * the same command waits for it again.
 */
export async function runOnSlurm(
  { ws, out, sweep, wish, problems, imageMemory, report }: SweepWork,
  options: readonly string[],
): Promise<void> {
  const total = sweep.items.length;
  const collect = async () => {
    const { taken, problems: told } = await takeResults(ws, sweep);
    for (const index of taken) {
      out.progress.note(`Run ${index + 1} of ${total} is done: ${itemText(sweep.items[index]!)}`);
    }
    for (const [index, problem] of told) problems.set(index, problem);
    if (taken.length > 0) report();
  };
  const open = () =>
    sweepRuns(ws, sweep)
      .filter(({ state }) => state !== 'done')
      .map(({ item }) => item.index);
  await collect();
  problems.clear();
  let job = submittedJob(sweep)?.job ?? null;
  if (job !== null && (await tasksLeft(job)) > 0) {
    out.progress.note(`Waiting for Slurm’s job ${job}, which was submitted before.`);
  } else {
    const wanted = open();
    if (wanted.length === 0) return;
    job = await submitSweep(ws, sweep, wanted, {
      options,
      imageMemory,
      command: [process.execPath, ...process.execArgv, process.argv[1]!],
      hooks: { signal: wish.stop, onWarning: (message) => out.progress.note(message) },
    });
    out.progress.note(`Submitted ${wanted.length} runs to Slurm as job ${job}.`);
  }
  for (let pause = LOOKS.first; ; pause = Math.min(pause * 1.5, LOOKS.longest)) {
    // Asked before the results are looked at: what left the queue has put its result there.
    const left = await tasksLeft(job);
    await collect();
    if (left === 0) break;
    out.progress.report({
      share: (total - open().length) / total,
      phase: `Slurm’s job ${job}`,
      details: `${left} of its runs wait or are at work`,
    });
    await setTimeout(pause, undefined, { signal: wish.stop }).catch(() => undefined);
    if (wish.stop.aborted) {
      throw new ExpectedError(
        'cancelled',
        `No longer waiting. Slurm’s job ${job} goes on.`,
        'The same command waits for it again; "scancel" ends it.',
      );
    }
  }
  for (const index of open()) {
    if (problems.has(index)) continue;
    const last = taskLog(sweep, index);
    const log = slurmFolder(sweep).logs;
    problems.set(
      index,
      `The job ended without a result.${last ? ` Its last lines: ${last}` : ''} See ${log}.`,
    );
  }
  keepProblems(sweep, problems);
}
