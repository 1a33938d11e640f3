import type { Settings } from './settings.ts';

export interface Preset {
  name: string;
  title: string;
  /** One line: what it does and how much it trains. */
  help: string;
  /** Who should take it. */
  audience: string;
  settings: Settings;
}

/**
 * What the presets share: the published code's optimizer (SGD with Nesterov momentum), augmentation
 * (crop after padding by 4, flip, a black square of 2 pixels), isolation rate and stage 1 on the batch's mean.
 *
 * Joint unlearning wants a larger isolated set than separate unlearning. Where the loss of all isolated examples
 * is near 0, ascent has hardly a gradient and may never begin; some that were learnt less well start it. And it
 * needs a ceiling: without one their loss grows until the numbers overflow.
 */
const common: Settings = {
  network: 'wrn-16-1',
  batchSize: 64,
  momentum: 0.9,
  nesterov: true,
  weightDecay: 1e-4,
  runningMomentum: 0.1,

  crop: 4,
  flip: true,
  cutout: 2,

  naiveEpochs: 70,
  naiveLearningRate: 0.1,
  naiveAugment: true,

  isolation: 'lowest-loss',
  trusted: '',
  isolationObjective: 'lga-batch',
  gamma: 0.5,
  isolationEpochs: 10,
  isolationLearningRate: 0.1,
  isolationShuffle: true,
  isolationRate: 0.01,

  fineTuneEpochs: 60,
  fineTuneLearningRate: 0.1,
  learningRateDrop: 0.667,

  unlearning: 'separate',
  unlearnTrigger: 0,
  unlearnSteps: 32,
  unlearnLearningRate: 5e-4,
  unlearnCarryMomentum: true,
  unlearnStopAccuracy: 0,
  jointEpochs: 12,
  jointLearningRate: 0.05,
  jointWeight: 0.3,
  jointCeiling: 4,

  reestimateImages: 4000,
  evaluateEvery: 0,
  trainLimit: 0,
};

/**
 * In every preset the naive model gets as many epochs as the stages of ABL together, so that the comparison
 * is between methods and not between budgets.
 */
export const PRESETS = [
  {
    name: 'careful',
    title: 'Careful',
    help: 'Looks for a trigger in every class, leaves out what carries one, trains anew on the rest (where some seems to have stayed, so that the trigger means nothing), and leaves clean data alone.',
    audience:
      'Analysts who want an answer and a model to use. Finds fixed triggers; says so where it finds none.',
    settings: {
      ...common,
      naiveEpochs: 20,
      isolation: 'careful',
      fineTuneEpochs: 0,
      unlearning: 'none',
      unlearnTrigger: 0.05,
    },
  },
  {
    name: 'quick',
    title: 'Quick check',
    help: 'Small network, few epochs, joint unlearning: a first look in minutes on an ordinary computer.',
    audience: 'Anyone who wants to know whether the data can be read and trained on, before a longer run.',
    settings: {
      ...common,
      network: 'small-cnn',
      naiveEpochs: 20,
      isolationEpochs: 8,
      isolationRate: 0.05,
      fineTuneEpochs: 0,
      unlearning: 'joint',
      reestimateImages: 2000,
    },
  },
  {
    name: 'standard',
    title: 'Standard',
    help: 'Wide residual network, 10 epochs to isolate 1 %, 15 of fine-tuning, then ascent until the isolated are unlearnt.',
    audience: 'Ten to thirty thousand images on a workstation.',
    settings: {
      ...common,
      naiveEpochs: 25,
      fineTuneEpochs: 15,
      unlearnSteps: 64,
      unlearnStopAccuracy: 0.3,
    },
  },
  {
    name: 'paper',
    title: 'As in the paper',
    help: 'Per-example LGA for 20 of 100 epochs, then descent on the kept and ascent on the isolated 1 % in each step, up to a ceiling.',
    audience: 'Researchers who compare with the paper. Takes long without a graphics card.',
    settings: {
      ...common,
      naiveEpochs: 100,
      isolationObjective: 'lga',
      isolationEpochs: 20,
      fineTuneEpochs: 0,
      unlearning: 'joint',
      jointEpochs: 80,
      jointLearningRate: 0.1,
      jointWeight: 1,
    },
  },
  {
    name: 'official',
    title: 'As in the published code',
    help: 'Flooding at 0.5 in one fixed order, 60 epochs of fine-tuning, then 32 steps of ascent on the isolated 1 %.',
    audience: 'Researchers who compare with the published code. Takes long without a graphics card.',
    settings: { ...common, isolationObjective: 'flooding', isolationShuffle: false },
  },
] as const satisfies readonly Preset[];

export type PresetName = (typeof PRESETS)[number]['name'];

/** A copy of the preset's settings, to be overridden at will. */
export function presetSettings(name: PresetName): Settings {
  return { ...PRESETS.find((preset) => preset.name === name)!.settings };
}
