import type { StageName } from '../contract/results.ts';
import type { Augmentation } from './augmentation.ts';
import { stepsPerEpoch } from './batches.ts';
import type { Objective } from './objectives.ts';
import { constantRate, droppingRate, type Schedule } from './schedule.ts';
import type { Settings } from './settings.ts';

/**
 * One stage of training, as data. Anti-Backdoor Learning is `isolate`, then (the examples of lowest loss set
 * apart) `fine-tune` on the others and `unlearn` on the isolated, as the published code has it, or `joint` on
 * both at once, as the paper has it. The naive and oracle models have the single stage `train`.
 */
export interface StagePlan {
  stage: StageName;
  /** Data-set indices of the examples that a pass goes over. */
  examples: Int32Array;
  /** Joint stage: the isolated examples, some of which join each step. */
  isolated: Int32Array | null;
  batchSize: number;
  epochs: number;
  /** Ends the stage in the middle of a pass. */
  maxSteps: number;
  objective: Objective;
  schedule: Schedule;
  augmentation: Augmentation | null;
  shuffle: boolean;
  /** Forget the momentum of the stage before. */
  resetMomentum: boolean;
  /** End the stage once the accuracy of a whole pass is below this, 0..1; 0 = never. */
  stopBelowAccuracy: number;
}

/** Optimizer steps of a stage, unless it stops early. */
export function stageSteps(plan: StagePlan): number {
  return Math.min(plan.maxSteps, plan.epochs * stepsPerEpoch(plan.examples.length, plan.batchSize));
}

/** The naive model on everything, or the oracle model on what is known to be clean. */
export function trainStage(settings: Settings, examples: Int32Array): StagePlan {
  return {
    ...plain(settings, 'train', examples),
    epochs: settings.naiveEpochs,
    schedule: droppingRate(settings.naiveLearningRate, settings.naiveEpochs, settings.learningRateDrop),
    augmentation: settings.naiveAugment ? augmentationOf(settings) : null,
  };
}

/** Stage 1: no augmentation and a constant rate, so that poison and clean examples differ most in loss. */
export function isolateStage(settings: Settings, examples: Int32Array): StagePlan {
  const { isolationObjective: kind, gamma } = settings;
  return {
    ...plain(settings, 'isolate', examples),
    epochs: settings.isolationEpochs,
    objective: kind === 'plain' ? { kind } : { kind, gamma },
    schedule: constantRate(settings.isolationLearningRate),
    shuffle: settings.isolationShuffle,
  };
}

/** Stage 2a of the published code: gain clean accuracy on the examples that were kept. */
export function fineTuneStage(settings: Settings, kept: Int32Array): StagePlan {
  return {
    ...plain(settings, 'fine-tune', kept),
    epochs: settings.fineTuneEpochs,
    schedule: droppingRate(settings.fineTuneLearningRate, settings.fineTuneEpochs, settings.learningRateDrop),
    augmentation: augmentationOf(settings),
  };
}

/**
 * Stage 2b of the published code: gradient ascent on the isolated examples alone, a given number of steps
 * (steps decide, not passes: a small isolated set has one or two steps in a pass).
 */
export function unlearnStage(settings: Settings, isolated: Int32Array): StagePlan {
  const perEpoch = stepsPerEpoch(isolated.length, settings.batchSize);
  return {
    ...plain(settings, 'unlearn', isolated),
    epochs: perEpoch > 0 ? Math.ceil(settings.unlearnSteps / perEpoch) : 0,
    maxSteps: settings.unlearnSteps,
    objective: { kind: 'ascent' },
    schedule: constantRate(settings.unlearnLearningRate),
    resetMomentum: !settings.unlearnCarryMomentum,
    stopBelowAccuracy: settings.unlearnStopAccuracy,
  };
}

/** Stage 2 of the paper: descent on the kept and ascent on the isolated in the same step. */
export function jointStage(settings: Settings, kept: Int32Array, isolated: Int32Array): StagePlan {
  const { jointWeight: weight, jointCeiling } = settings;
  return {
    ...plain(settings, 'joint', kept),
    isolated,
    epochs: settings.jointEpochs,
    objective: { kind: 'joint', weight, ceiling: jointCeiling > 0 ? jointCeiling : null },
    schedule: droppingRate(settings.jointLearningRate, settings.jointEpochs, settings.learningRateDrop),
    augmentation: augmentationOf(settings),
  };
}

/** The stages that follow isolation. Stages without a step are left out. */
export function stagesAfterIsolation(
  settings: Settings,
  kept: Int32Array,
  isolated: Int32Array,
): StagePlan[] {
  const stages = [fineTuneStage(settings, kept)];
  if (settings.unlearning === 'separate') stages.push(unlearnStage(settings, isolated));
  if (settings.unlearning === 'joint') stages.push(jointStage(settings, kept, isolated));
  return stages.filter((plan) => stageSteps(plan) > 0);
}

/** Isolated examples in a joint step: a quarter of a batch beside a whole batch of kept ones. */
export function isolatedPerStep(plan: StagePlan): number {
  return plan.isolated ? Math.min(plan.isolated.length, Math.max(1, Math.floor(plan.batchSize / 4))) : 0;
}

function plain(settings: Settings, stage: StageName, examples: Int32Array): StagePlan {
  return {
    stage,
    examples,
    isolated: null,
    batchSize: settings.batchSize,
    epochs: 0,
    maxSteps: Infinity,
    objective: { kind: 'plain' },
    schedule: constantRate(0),
    augmentation: null,
    shuffle: true,
    resetMomentum: false,
    stopBelowAccuracy: 0,
  };
}

function augmentationOf({ crop, flip, cutout }: Settings): Augmentation | null {
  return crop > 0 || flip || cutout > 0 ? { crop, flip, cutout } : null;
}
