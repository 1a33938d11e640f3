import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import type { Settings } from '../../../shared/abl/settings.ts';
import { isolateStage, trainStage, type StagePlan } from '../../../shared/abl/stages.ts';

const { batchSize, weightDecay, learningRate } = CAREFUL;

/** Stage 1: plain cross-entropy at a constant rate on images as they are, so that a trigger is learnt first. */
export function stageOne(settings: Settings, examples: Int32Array): StagePlan {
  return isolateStage(
    {
      ...settings,
      batchSize,
      weightDecay,
      isolationObjective: 'plain',
      isolationEpochs: CAREFUL.stageOneEpochs,
      isolationLearningRate: learningRate,
      isolationShuffle: true,
    },
    examples,
  );
}

/** The check: a short ordinary training, augmented as the final one will be. */
export function checkStage(settings: Settings, training: Int32Array): StagePlan {
  return trainStage(
    {
      ...settings,
      batchSize,
      weightDecay,
      naiveEpochs: CAREFUL.checkEpochs,
      naiveLearningRate: learningRate,
    },
    training,
  );
}
