import type { Settings } from '../../../shared/abl/settings.ts';
import type { SettingHelp } from '../../../shared/contract/api.ts';

/** How the settings of a run are grouped and named on screen. Their one-line help comes from the host. */
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

/** A setting's name on screen: 'weightDecay' is "Weight decay". */
export function settingTitle(key: string): string {
  const named = (NAMED as Record<string, string>)[key];
  if (named) return named;
  const words = key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words[0]!.toUpperCase() + words.slice(1);
}

/** Keys that no group names (a newer host may have more), so that none is hidden. */
export function ungrouped(help: readonly SettingHelp[]): (keyof Settings)[] {
  const grouped = new Set(SETTING_GROUPS.flatMap(({ keys }) => keys));
  // Trusted images have a field of their own.
  return help.map(({ key }) => key).filter((key) => !grouped.has(key) && key !== 'trusted');
}

/**
 * What a person typed for a setting, checked against what the host says about it.
 * @returns the value, or in plain words why it cannot be used
 */
export function readSetting(
  help: SettingHelp,
  text: string,
): { value: number | string; problem: null } | { value: null; problem: string } {
  const problem = (why: string) => ({ value: null, problem: why });
  if (help.kind !== 'number' && help.kind !== 'integer') {
    return text.trim() === '' ? problem('This must not be empty.') : { value: text.trim(), problem: null };
  }
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) return problem('This must be a number.');
  if (help.kind === 'integer' && !Number.isInteger(value)) return problem('This must be a whole number.');
  if (help.min !== null && value < help.min) return problem(`This must be at least ${help.min}.`);
  if (help.max !== null && value > help.max) return problem(`This must be at most ${help.max}.`);
  return { value, problem: null };
}

/** The settings that differ from the preset's. */
export function overridesOf(settings: Settings, preset: Settings): Partial<Settings> {
  return Object.fromEntries(
    Object.entries(settings).filter(([key, value]) => preset[key as keyof Settings] !== value),
  ) as Partial<Settings>;
}
