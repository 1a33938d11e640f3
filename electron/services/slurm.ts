import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { openBundle } from './bundles.ts';
import { cleanDataset } from './sweep-data.ts';
import { sweepTag, type Sweep } from './sweeps.ts';
import type { Workspace } from './workspace.ts';
import { writeWhole } from './write-whole.ts';
import type { ImportHooks } from '../datasets/import-options.ts';

const call = promisify(execFile);
/** Milliseconds that Slurm's commands may take. */
const PATIENCE = 60_000;

const jobSchema = z.object({ job: z.string().regex(/^\d+$/), tasks: z.array(z.int().min(0)) });

/** What a task needs to know; `sweep-task` reads it. */
export const taskFileSchema = z.object({
  plan: z.unknown(),
  sweep: z.string(),
  /** Folder of each clean data set, by the name that the plan gives it. */
  datasets: z.record(z.string(), z.string()),
});

/** Where the tasks of a sweep on a cluster put what they have; all nodes must see this folder. */
export function slurmFolder(sweep: Sweep): {
  path: string;
  results: string;
  logs: string;
  tasks: string;
  job: string;
  script: string;
} {
  const path = join(sweep.folder, 'slurm');
  return {
    path,
    results: join(path, 'results'),
    logs: join(path, 'logs'),
    tasks: join(path, 'tasks.json'),
    job: join(path, 'job.json'),
    script: join(path, 'task.sh'),
  };
}

/**
 * Submits runs as one job array, one task per run.
 * @param tasks places in the plan
 * @param options for sbatch, such as --partition=gpu
 * @param command what starts this program's command line
 * @param imageMemory megabytes that images may take in each task; undefined = as its environment says
 * @returns the job's number
 * @throws ExpectedError 'no-engine' where there is no Slurm, 'run-failed' with sbatch's words
 */
export async function submitSweep(
  ws: Workspace,
  sweep: Sweep,
  tasks: readonly number[],
  {
    options,
    command,
    imageMemory,
    hooks,
  }: {
    options: readonly string[];
    command: readonly string[];
    imageMemory: number | undefined;
    hooks: ImportHooks;
  },
): Promise<string> {
  const folder = slurmFolder(sweep);
  for (const part of [folder.results, folder.logs]) mkdirSync(part, { recursive: true });
  const datasets: Record<string, string> = {};
  for (const reference of new Set(tasks.map((index) => sweep.items[index]!.dataset))) {
    const { id } = await cleanDataset(ws, sweep, reference, hooks);
    datasets[reference] = join(ws.folder.datasets, id);
  }
  writeWhole(folder.tasks, JSON.stringify({ plan: sweep.plan, sweep: sweep.id, datasets }));
  const memory = imageMemory === undefined ? [] : ['--image-memory', String(imageMemory)];
  const words = [...command, 'sweep-task', ...memory, folder.path].map(quoted).join(' ');
  writeWhole(
    folder.script,
    // Each task has a data folder of its own: SQLite must not be shared between computers.
    `#!/bin/sh\nexec ${words} "$SLURM_ARRAY_TASK_ID" --data ${quoted(folder.path)}/task-"$SLURM_ARRAY_TASK_ID"\n`,
  );
  const { stdout } = await slurm('sbatch', [
    '--parsable',
    `--job-name=theriac-${sweep.id}`,
    `--array=${ranges(tasks)}`,
    `--output=${join(folder.logs, '%a.txt')}`,
    `--chdir=${folder.path}`,
    ...options,
    folder.script,
  ]);
  const job = /^(\d+)/.exec(stdout.trim())?.[1];
  if (!job) throw new ExpectedError('run-failed', `sbatch answered with no job number: ${stdout.trim()}`);
  writeWhole(folder.job, JSON.stringify({ job, tasks }));
  return job;
}

/** The job that was submitted last, or null. */
export function submittedJob(sweep: Sweep): { job: string; tasks: number[] } | null {
  const { job } = slurmFolder(sweep);
  if (!existsSync(job)) return null;
  const parsed = jobSchema.safeParse(JSON.parse(readFileSync(job, 'utf8')));
  return parsed.success ? parsed.data : null;
}

/** Tasks of a job that wait or run; 0 once Slurm knows it no more. */
export async function tasksLeft(job: string): Promise<number> {
  try {
    const { stdout } = await slurm('squeue', ['--noheader', '--array', `--job=${job}`, '--format=%T']);
    return stdout.split('\n').filter((line) => line.trim() !== '').length;
  } catch (error) {
    if (error instanceof ExpectedError && /Invalid job id/i.test(error.message)) return 0;
    throw error;
  }
}

/**
 * Takes in what tasks have finished since the last call.
 * @returns the places of runs that were taken in, and why others failed, by place
 */
export async function takeResults(
  ws: Workspace,
  sweep: Sweep,
): Promise<{ taken: number[]; problems: Map<number, string> }> {
  const { results, path } = slurmFolder(sweep);
  const taken: number[] = [];
  const problems = new Map<number, string>();
  if (!existsSync(results)) return { taken, problems };
  for (const name of readdirSync(results)) {
    const [, place, kind] = /^(\d+)\.(theriac|failed)$/.exec(name) ?? [];
    if (place === undefined || !sweep.items[Number(place)]) continue;
    const index = Number(place);
    const file = join(results, name);
    if (kind === 'failed') {
      problems.set(index, readFileSync(file, 'utf8').slice(0, 2000));
      continue;
    }
    const experiment = await openBundle(ws, file).catch((error: unknown) => {
      // Taken in before, and interrupted before its file was removed.
      if (error instanceof ExpectedError && error.code === 'usage') return null;
      throw error;
    });
    if (experiment) {
      ws.history.tags.add(experiment.id, sweepTag(sweep, { index }));
      taken.push(index);
    }
    rmSync(file);
    rmSync(join(path, `task-${index}`), { recursive: true, force: true });
  }
  return { taken, problems };
}

/** The last lines that a task wrote. */
export function taskLog(sweep: Sweep, index: number): string {
  const file = join(slurmFolder(sweep).logs, `${index}.txt`);
  if (!existsSync(file)) return '';
  return readFileSync(file, 'utf8').trim().split('\n').slice(-3).join(' ').slice(-500);
}

async function slurm(program: string, words: string[]): Promise<{ stdout: string }> {
  try {
    return await call(program, words, { timeout: PATIENCE, maxBuffer: 16 << 20 });
  } catch (error) {
    const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === 'ENOENT') {
      throw new ExpectedError(
        'no-engine',
        `There is no Slurm on this computer: the command ${program} was not found.`,
        'Run the sweep where Slurm’s commands are, or leave out "--on slurm".',
      );
    }
    throw new ExpectedError('run-failed', `${program} failed: ${(stderr || message).trim()}`);
  }
}

/** 0,1,2,5 as Slurm's 0-2,5. */
export function ranges(places: readonly number[]): string {
  const sorted = [...new Set(places)].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let i = 0; i < sorted.length;) {
    let j = i;
    while (sorted[j + 1] === sorted[j]! + 1) j++;
    parts.push(i === j ? `${sorted[i]}` : `${sorted[i]}-${sorted[j]}`);
    i = j + 1;
  }
  return parts.join(',');
}

/** A word for the shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
