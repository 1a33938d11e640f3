import { mkdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { settingsSchema } from '../../shared/abl/settings.ts';
import { ExpectedError, type ErrorValue } from '../../shared/contract/errors.ts';
import { markOrders } from '../../shared/contract/marks.ts';
import type { FromTrainer, Job } from '../../shared/contract/trainer.ts';
import { runtimeEnvironment, runtimeStatus } from '../engine/runtime/index.ts';
import type { Ending, Experiment } from '../history/experiments.ts';
import { currentOwner, isAlive, type Owner } from '../history/owner.ts';
import { asStorageError } from '../history/storage-errors.ts';
import { supervise, type TrainerOutcome } from '../trainer/supervisor.ts';
import { openStored } from './datasets.ts';
import { experimentFolder } from './experiments.ts';
import { findExperiment } from './lookup.ts';
import { processes } from './processes.ts';
import { RunRecorder } from './recorder.ts';
import { judge } from './verdict.ts';
import type { Workspace } from './workspace.ts';

export interface RunHooks {
  /** Every message of the training process, after it was recorded. */
  onMessage?: (message: FromTrainer) => void;
  /** Stop at the next safe place, keeping a checkpoint. */
  stop?: AbortSignal;
  /** End at once. */
  kill?: AbortSignal;
  /** Variables for the training process beside the engine's. */
  environment?: Record<string, string>;
}

/**
 * Runs an experiment that waits, was stopped, was interrupted or failed, from its checkpoint where there is one,
 * and records everything it reports.
 * @returns the finished experiment
 * @throws ExpectedError 'busy', 'usage' (already done), 'not-found', 'cancelled', 'run-failed', 'storage', …
 */
export async function runExperiment(
  ws: Workspace,
  reference: string,
  hooks: RunHooks = {},
): Promise<Experiment> {
  const { history } = ws;
  const experiment = findExperiment(ws, reference);
  const job = await prepareJob(ws, experiment);
  if (!history.experiments.claim(experiment.id, currentOwner(), now())) throw notToBeHad(ws, experiment.id);
  let ending: Ending | undefined;
  try {
    await endOldTrainer(experiment.trainer);
    ending = await train(ws, experiment, job, hooks);
  } catch (error) {
    const expected = asStorageError(error, `the data folder ${ws.folder.path}`);
    ending = { state: 'failed', at: now(), error: errorValue(expected) };
    throw expected;
  } finally {
    if (ending) recordEnding(ws, experiment.id, ending);
  }
  if (ending.state === 'done') return history.experiments.get(experiment.id)!;
  const { code, message, remedy } = ending.error!;
  throw new ExpectedError(code, message, remedy);
}

async function prepareJob(ws: Workspace, experiment: Experiment): Promise<Job> {
  const settings = settingsSchema.safeParse(experiment.settings);
  if (!settings.success) {
    throw new ExpectedError(
      'bad-input',
      `The experiment "${experiment.name}" (${experiment.id}) was set up by another version of Theriac and cannot be continued.`,
      'Run it again from the start.',
    );
  }
  const dataset = await openStored(ws, experiment.datasetId);
  if (dataset.manifest.hash !== experiment.datasetHash) {
    throw new ExpectedError(
      'bad-input',
      `The data set in ${dataset.dir} is not the one that the experiment was set up with.`,
    );
  }
  const { trusted } = settings.data;
  const outputDir = experimentFolder(ws, experiment.id);
  const given = ws.history.marks.given(experiment.id);
  mkdirSync(outputDir, { recursive: true });
  return {
    experimentId: experiment.id,
    datasetDir: dataset.dir,
    outputDir,
    methods: experiment.methods,
    engine: experiment.enginePreference,
    settings: settings.data,
    seed: experiment.seed,
    ...(given.length > 0 ? { marks: markOrders(given) } : {}),
    ...(trusted ? { trustedDir: (await openStored(ws, trusted)).dir } : {}),
    resume: experiment.started !== null,
  };
}

/** A trainer whose host was killed writes one more checkpoint before it leaves: two must not write at once. */
async function endOldTrainer(trainer: Owner | null): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (trainer && isAlive(trainer)) {
    if (Date.now() > deadline) process.kill(trainer.pid, 'SIGKILL');
    await setTimeout(100);
  }
}

async function train(ws: Workspace, experiment: Experiment, job: Job, hooks: RunHooks): Promise<Ending> {
  const recorder = new RunRecorder(ws.history, experiment.id, job.outputDir);
  const environment = { ...runtimeEnvironment(await runtimeStatus()), ...hooks.environment };
  const run = supervise(processes().trainer(environment), job, {
    onMessage: (message) => {
      recorder.record(message);
      hooks.onMessage?.(message);
    },
  });
  const stop = () => run.stop();
  const kill = () => run.kill();
  hooks.stop?.addEventListener('abort', stop);
  hooks.kill?.addEventListener('abort', kill);
  if (hooks.stop?.aborted) stop();
  let outcome: TrainerOutcome;
  try {
    outcome = await run.outcome;
  } finally {
    hooks.stop?.removeEventListener('abort', stop);
    hooks.kill?.removeEventListener('abort', kill);
    recorder.flush();
  }
  return conclude(ws, experiment, outcome, hooks.stop?.aborted === true || hooks.kill?.aborted === true);
}

function conclude(
  ws: Workspace,
  experiment: Experiment,
  outcome: TrainerOutcome,
  stopWanted: boolean,
): Ending {
  const at = now();
  const resume = `Continue it with "theriac resume ${experiment.id}".`;
  if (outcome.kind === 'done') {
    ws.history.experiments.setTotals(experiment.id, outcome.totals);
    judge(ws, experiment.id);
    return { state: 'done', at };
  }
  if (outcome.kind === 'stopped') {
    const kept = outcome.checkpoint ? 'A checkpoint was kept.' : 'It had not begun to train.';
    return {
      state: 'cancelled',
      at,
      error: { code: 'cancelled', message: `The run was stopped. ${kept}`, remedy: resume },
    };
  }
  if (outcome.kind === 'failed') return { state: 'failed', at, error: outcome.error };
  const last = outcome.log.length > 0 ? `\nIts last lines:\n  ${outcome.log.slice(-8).join('\n  ')}` : '';
  if (stopWanted) {
    const message = `The run was stopped at once: ${outcome.reason}`;
    return {
      state: 'cancelled',
      at,
      error: { code: 'cancelled', message, remedy: `${resume} It goes on from the last checkpoint.` },
    };
  }
  const message = `The run was interrupted. ${outcome.reason}${last}`;
  return { state: 'interrupted', at, error: { code: 'run-failed', message, remedy: resume } };
}

/** A full disk may keep even this from being written; the next start then finds the owner gone. */
function recordEnding(ws: Workspace, id: string, ending: Ending): void {
  try {
    ws.history.experiments.end(id, ending);
  } catch (error) {
    if (ending.state !== 'failed') throw asStorageError(error, `the data folder ${ws.folder.path}`);
  }
}

function notToBeHad(ws: Workspace, id: string): ExpectedError {
  const { state, name, trashed, owner } = ws.history.experiments.get(id)!;
  const which = `The experiment "${name}" (${id})`;
  if (trashed) {
    return new ExpectedError(
      'usage',
      `${which} is in the trash.`,
      `Take it out with "theriac experiments restore ${id}".`,
    );
  }
  if (state === 'running')
    return new ExpectedError('busy', `${which} is running already, in process ${owner?.pid}.`);
  return new ExpectedError(
    'usage',
    `${which} is done; there is nothing to resume.`,
    `See it with "theriac experiments show ${id}".`,
  );
}

function errorValue(error: unknown): ErrorValue {
  if (error instanceof ExpectedError) return error.toValue();
  return { code: 'run-failed', message: error instanceof Error ? error.message : String(error) };
}

function now(): string {
  return new Date().toISOString();
}
