import type { Images } from '../contract/dataset.ts';
import type { Model } from '../contract/engine.ts';
import { ExpectedError } from '../contract/errors.ts';
import type { EpochMetrics, MethodName } from '../contract/results.ts';
import { augmentationStream, BatchBuffer, epochOrder, IsolatedBatches, stepsPerEpoch } from './batches.ts';
import { objectiveFields, type ObjectiveFields } from './objectives.ts';
import { rateAt } from './schedule.ts';
import type { Settings } from './settings.ts';
import { isolatedPerStep, stageSteps, type StagePlan } from './stages.ts';

/** What a stage trains, on what. */
export interface StageRun {
  model: Model;
  data: Images;
  settings: Settings;
  seed: number;
  method: MethodName;
  /** Whose random numbers order and augment the images, if not this method's own. */
  drawsAs?: MethodName | undefined;
  /** A clock in milliseconds. */
  now(): number;
}

/**
 * How far a stage has come: plain data, stored in checkpoints. With the model's tensors and momentum it is
 * all that is needed to go on as if nothing had happened.
 */
export interface StagePosition {
  /** The pass in progress, from 1. */
  epoch: number;
  /** Steps done in it. */
  step: number;
  /** Steps done in the stage. */
  steps: number;
  /** Seconds spent on steps, over all sittings. */
  seconds: number;
  /** Over the pass in progress: summed losses, right answers and examples; the same for isolated ones in a joint stage. */
  loss: number;
  correct: number;
  seen: number;
  isolatedLoss: number;
  isolatedSeen: number;
  ended: boolean;
}

export type StageEvent =
  /** After each optimizer step: the place to stop or to write a checkpoint. */
  | { kind: 'step'; images: number }
  /** After each pass; the position stands at the start of the next. */
  | { kind: 'epoch'; metrics: EpochMetrics };

export function startOfStage(): StagePosition {
  return {
    epoch: 1,
    step: 0,
    steps: 0,
    seconds: 0,
    ...emptySums(),
    ended: false,
  };
}

/**
 * Trains through a stage from `position`, which it moves. Between two events nothing but a read is in flight, so a
 * consumer stops by leaving the loop, and goes on later with the stored position and tensors.
 * @throws ExpectedError run-failed when the loss is no longer a number
 */
export async function* runStage(
  run: StageRun,
  plan: StagePlan,
  position: StagePosition,
): AsyncGenerator<StageEvent, void, void> {
  const totalSteps = stageSteps(plan);
  if (position.steps >= totalSteps) position.ended = true;
  if (position.ended) return;
  if (position.steps === 0 && plan.resetMomentum) await run.model.resetMomentum();

  const source = { seed: run.seed, method: run.drawsAs ?? run.method, stage: plan.stage };
  const perEpoch = stepsPerEpoch(plan.examples.length, plan.batchSize);
  const joining = isolatedPerStep(plan);
  const isolated = plan.isolated && new IsolatedBatches(plan.isolated, joining, source);
  const buffer = new BatchBuffer(run.data, plan.batchSize + joining);
  const fieldsBySize = new Map<number, ObjectiveFields>();

  while (!position.ended) {
    const { epoch } = position;
    const learningRate = rateAt(plan.schedule, epoch);
    const order = epochOrder(plan.examples, source, epoch, plan.shuffle);
    const batchAt = (step: number) => order.subarray(step * plan.batchSize, (step + 1) * plan.batchSize);
    // Read while the step before is computed.
    const read = (step: number, steps: number) =>
      run.data.prepare(Int32Array.of(...batchAt(step), ...(isolated?.at(steps) ?? [])));
    let ready = read(position.step, position.steps);
    while (position.step < perEpoch && position.steps < totalSteps) {
      const started = run.now();
      const { step } = position;
      const batch = batchAt(step);
      await ready;
      buffer.put(
        batch,
        plan.augmentation && {
          augmentation: plan.augmentation,
          random: augmentationStream(source, epoch, step),
        },
      );
      if (isolated) buffer.put(isolated.at(position.steps), null, batch.length);
      if (step + 1 < perEpoch) ready = read(step + 1, position.steps + 1);
      const images = batch.length + joining;
      const fields = fieldsBySize.get(batch.length) ?? objectiveFields(plan.objective, batch.length, joining);
      fieldsBySize.set(batch.length, fields);
      const taken = buffer.take(images);
      const result = await run.model.step({
        ...taken,
        ...fields,
        learningRate,
        weightDecay: run.settings.weightDecay,
      });
      for (let i = 0; i < batch.length; i++) {
        position.loss += result.losses[i]!;
        if (result.predicted[i] === taken.labels[i]) position.correct++;
      }
      for (let i = batch.length; i < images; i++) position.isolatedLoss += result.losses[i]!;
      position.seen += batch.length;
      position.isolatedSeen += joining;
      if (!Number.isFinite(position.loss + position.isolatedLoss)) throw diverged(run, plan, position);
      position.step++;
      position.steps++;
      position.seconds += (run.now() - started) / 1000;
      yield { kind: 'step', images };
    }
    const metrics = metricsOf(run, plan, position, learningRate);
    Object.assign(position, emptySums(), { epoch: epoch + 1, step: 0 });
    position.ended = position.steps >= totalSteps || metrics.accuracy < plan.stopBelowAccuracy;
    yield { kind: 'epoch', metrics };
  }
}

function metricsOf(
  { method }: StageRun,
  plan: StagePlan,
  position: StagePosition,
  learningRate: number,
): EpochMetrics {
  const loss = position.loss / position.seen;
  return {
    method,
    stage: plan.stage,
    epoch: position.epoch,
    epochs: plan.epochs,
    learningRate,
    loss,
    accuracy: position.correct / position.seen,
    isolatedLoss:
      plan.stage === 'unlearn'
        ? loss
        : position.isolatedSeen > 0
          ? position.isolatedLoss / position.isolatedSeen
          : null,
    ca: null,
    asr: null,
    steps: position.steps,
    seconds: position.seconds,
  };
}

function emptySums() {
  return { loss: 0, correct: 0, seen: 0, isolatedLoss: 0, isolatedSeen: 0 };
}

function diverged({ method }: StageRun, plan: StagePlan, position: StagePosition): ExpectedError {
  const rising = plan.objective.kind === 'joint' || plan.objective.kind === 'ascent';
  return new ExpectedError(
    'run-failed',
    `Training of the ${method} model broke down in stage ${plan.stage}, epoch ${position.epoch}: ` +
      'the loss is no longer a number.',
    rising
      ? 'Use a lower learning rate for unlearning, fewer steps, or a joint ceiling above 0.'
      : 'Use a lower learning rate.',
  );
}
