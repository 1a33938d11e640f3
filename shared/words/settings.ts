import type { Settings } from '../abl/settings.ts';

/** How the settings of a run are grouped and named in plain words. Their one-line help comes from the host. */
export const SETTING_GROUPS: { title: string; keys: (keyof Settings)[] }[] = [
  {
    title: 'Network and optimizer',
    keys: ['network', 'batchSize', 'momentum', 'nesterov', 'weightDecay', 'runningMomentum'],
  },
  { title: 'Augmentation', keys: ['crop', 'flip', 'cutout'] },
  { title: 'Naive and oracle models', keys: ['naiveEpochs', 'naiveLearningRate', 'naiveAugment'] },
  {
    title: 'Stage 1: isolation',
    keys: [
      'isolation',
      'isolationObjective',
      'gamma',
      'isolationEpochs',
      'isolationLearningRate',
      'isolationShuffle',
      'isolationRate',
    ],
  },
  { title: 'Fine-tuning', keys: ['fineTuneEpochs', 'fineTuneLearningRate', 'learningRateDrop'] },
  {
    title: 'Stage 2: unlearning',
    keys: [
      'unlearning',
      'unlearnTrigger',
      'unlearnSteps',
      'unlearnLearningRate',
      'unlearnCarryMomentum',
      'unlearnStopAccuracy',
      'jointEpochs',
      'jointLearningRate',
      'jointWeight',
      'jointCeiling',
    ],
  },
  { title: 'Evaluation and limits', keys: ['reestimateImages', 'evaluateEvery', 'trainLimit'] },
];

const NAMED = {
  batchSize: 'Batch size',
  nesterov: 'Nesterov momentum',
  runningMomentum: 'Running-statistics momentum',
  flip: 'Mirror images',
  naiveAugment: 'Augment',
  naiveEpochs: 'Epochs',
  naiveLearningRate: 'Learning rate',
  isolation: 'What is set apart',
  trusted: 'Trusted images',
  isolationObjective: 'Objective',
  gamma: 'Gamma (loss threshold)',
  isolationEpochs: 'Turning epoch',
  isolationLearningRate: 'Learning rate',
  isolationShuffle: 'New order each epoch',
  isolationRate: 'Isolation rate',
  fineTuneEpochs: 'Epochs',
  fineTuneLearningRate: 'Learning rate',
  learningRateDrop: 'Learning-rate drop at',
  unlearning: 'Form of unlearning',
  unlearnTrigger: 'Careful: share with the trigger',
  unlearnSteps: 'Separate: steps',
  unlearnLearningRate: 'Separate: learning rate',
  unlearnCarryMomentum: 'Separate: carry momentum',
  unlearnStopAccuracy: 'Separate: stop below accuracy',
  jointEpochs: 'Joint: epochs',
  jointLearningRate: 'Joint: learning rate',
  jointWeight: 'Joint: weight of ascent',
  jointCeiling: 'Joint: loss ceiling',
  reestimateImages: 'Images for re-estimation',
  evaluateEvery: 'Evaluate every … epochs',
  trainLimit: 'Training images at most',
} as const;

/** A setting's name in words: 'weightDecay' is "Weight decay". */
export function settingTitle(key: string): string {
  const named = (NAMED as Record<string, string>)[key];
  if (named) return named;
  const words = key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words[0]!.toUpperCase() + words.slice(1);
}
