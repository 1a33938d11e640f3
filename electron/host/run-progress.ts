import type { MethodName, StageName } from '../../shared/contract/results.ts';
import type { FromTrainer } from '../../shared/contract/trainer.ts';
import type { Experiment } from '../history/experiments.ts';
import { runExperiment } from '../services/run.ts';
import { IMAGE_MEMORY } from '../trainer/image-memory.ts';
import type { Workspace } from '../services/workspace.ts';
import { withStop } from './context.ts';
import type { Output } from './output.ts';
import { count, duration, percent } from './words.ts';

export const METHOD_WORDS: Record<MethodName, string> = {
  naive: 'Naive model',
  abl: 'ABL model',
  oracle: 'Oracle model',
};
export const STAGE_WORDS: Record<StageName, string> = {
  train: 'training',
  isolate: 'stage 1, isolation',
  check: 'check by a model that never saw the suspects',
  'fine-tune': 'fine-tuning',
  unlearn: 'stage 2, unlearning',
  joint: 'stage 2, joint unlearning',
};

/** Variables for a training process. @param megabytes that images may take; undefined = as the environment says */
export function imageMemoryVariables(megabytes: number | undefined): Record<string, string> {
  return megabytes === undefined ? {} : { [IMAGE_MEMORY]: String(megabytes) };
}

/**
 * Runs or resumes an experiment with its progress on standard error. Ctrl-C keeps a checkpoint.
 * @param imageMemory megabytes that images may take; absent = as the environment says
 */
export function runWithProgress(
  ws: Workspace,
  out: Output,
  id: string,
  imageMemory?: number,
): Promise<Experiment> {
  const environment = imageMemoryVariables(imageMemory);
  const note = 'Stopping at the next step and keeping a checkpoint … (press Ctrl-C again to end at once)';
  return withStop(out, note, async ({ stop, kill }) => {
    const experiment = await runExperiment(ws, id, {
      stop,
      kill,
      environment,
      onMessage: (message) => show(out, message),
    });
    out.progress.end();
    return experiment;
  });
}

function show(out: Output, message: FromTrainer): void {
  if (message.type === 'ready') {
    const { kind, device, version, reason } = message.engine;
    out.progress.note(`Engine: ${kind} ${version} on ${device}. ${reason}`);
  } else if (message.type === 'warning') {
    out.progress.note(message.message);
  } else if (message.type === 'isolation') {
    const { count: isolated, precision } = message.figures;
    const known = precision === null ? '' : `, ${percent(precision)} of them poisoned`;
    out.progress.note(`Isolated ${count(isolated)} examples${known}.`);
  } else if (message.type === 'progress') {
    const left = message.secondsLeft === null ? '' : `, ${duration(message.secondsLeft)} left`;
    out.progress.report({
      share: message.overall,
      phase: `${METHOD_WORDS[message.method]}, ${STAGE_WORDS[message.stage]}`,
      details: `epoch ${message.epoch}/${message.epochs}, loss ${message.loss.toFixed(3)}, ${count(Math.round(message.imagesPerSecond))} images/s${left}`,
    });
  }
}
