import { stepsPerEpoch } from '../../../shared/abl/batches.ts';
import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import type { Pause } from '../../../shared/abl/inspection.ts';
import type { Settings } from '../../../shared/abl/settings.ts';
import { isolateStage, trainStage, type StagePlan } from '../../../shared/abl/stages.ts';
import { runStage, startOfStage } from '../../../shared/abl/training.ts';
import type { Images } from '../../../shared/contract/dataset.ts';
import type { Model } from '../../../shared/contract/engine.ts';
import { stream } from '../../../shared/random.ts';

const { batchSize, weightDecay, learningRate } = CAREFUL;

/** Stage 1: plain cross-entropy at a constant rate on images as they are, so that a trigger is learnt first. */
export function stageOne(settings: Settings, examples: Int32Array): StagePlan {
  return isolateStage(
    {
      ...settings,
      batchSize,
      weightDecay,
      isolationObjective: 'plain',
      isolationEpochs: epochsFor(examples.length, CAREFUL.stageOneEpochs, CAREFUL.leastSteps),
      isolationLearningRate: learningRate,
      isolationShuffle: true,
    },
    examples,
  );
}

/** Stage 1 goes on for a further look, in another order. */
export function nextLook(settings: Settings, examples: Int32Array, look: number, seed: number): StagePlan {
  const order = stream(seed, 'careful', 'look', look).permutation(examples.length);
  const shuffled = order.map((position) => examples[position]!);
  return { ...stageOne(settings, shuffled), epochs: CAREFUL.epochsBetweenLooks };
}

/** The check: a short training with a falling rate, on images as they are too. */
export function checkStage(settings: Settings, training: Int32Array): StagePlan {
  return trainStage(
    {
      ...settings,
      batchSize,
      weightDecay,
      naiveEpochs: epochsFor(training.length, CAREFUL.checkEpochs, CAREFUL.checkLeastSteps),
      naiveLearningRate: learningRate,
      naiveAugment: false,
    },
    training,
  );
}

function epochsFor(examples: number, usual: number, leastSteps: number): number {
  const perEpoch = Math.max(1, stepsPerEpoch(examples, batchSize));
  return Math.max(usual, Math.min(CAREFUL.mostEpochs, Math.ceil(leastSteps / perEpoch)));
}

/** Trains through a stage in one go. */
export async function trainThrough(
  model: Model,
  plan: StagePlan,
  { data, settings, seed }: { data: Images; settings: Settings; seed: number },
  pause: Pause,
): Promise<void> {
  const run = { model, data, settings, seed, method: 'abl' as const, now: () => performance.now() };
  for await (const event of runStage(run, plan, startOfStage())) if (event.kind === 'step') await pause();
}
