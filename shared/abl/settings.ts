import { z } from 'zod';
import { NETWORK_NAME } from '../networks/zoo.ts';

/**
 * Everything that decides a run besides the data and the seed. Flat, so that each number can be
 * overridden by name on the command line and shown with one line of help on screen.
 */
export const settingsSchema = z.strictObject({
  network: z.string().regex(NETWORK_NAME).describe('Network that is trained'),
  batchSize: z.int().min(2).max(4096).describe('Images per optimizer step'),
  momentum: z.number().min(0).max(0.999).describe('SGD momentum'),
  nesterov: z.boolean().describe('Nesterov form of momentum'),
  weightDecay: z.number().min(0).max(1).describe('L2 penalty on every trained parameter'),
  runningMomentum: z.number().min(0).max(1).describe('Share of each batch in batch-norm running statistics'),

  crop: z
    .int()
    .min(0)
    .max(64)
    .describe('Augmentation: random crop after padding by this many pixels; 0 = off'),
  flip: z.boolean().describe('Augmentation: random mirror image (switch off for signs, digits, letters)'),
  cutout: z.int().min(0).max(64).describe('Augmentation: side of a random black square in pixels; 0 = off'),

  naiveEpochs: z.int().min(1).max(10000).describe('Epochs of the naive (and oracle) model'),
  naiveLearningRate: z.number().positive().max(10).describe('Learning rate of the naive (and oracle) model'),
  naiveAugment: z.boolean().describe('Augment while training the naive (and oracle) model'),

  isolation: z
    .enum(['lowest-loss', 'careful'])
    .default('lowest-loss')
    .describe(
      'What is set apart: the examples of lowest loss (as published), or what the careful method finds to be poison; it then trains anew on the rest',
    ),
  trusted: z
    .string()
    .max(100)
    .default('')
    .describe('Careful method: data set (id) of images known to be clean, some of each class; empty = none'),
  isolationObjective: z
    .enum(['lga', 'lga-batch', 'flooding', 'plain'])
    .describe(
      'Stage 1: per-example LGA, batch-mean LGA (the official code), flooding, or plain cross-entropy',
    ),
  gamma: z.number().min(0).max(20).describe('Loss threshold of LGA and flooding, in nats'),
  isolationEpochs: z.int().min(1).max(1000).describe('Turning epoch: epochs of stage 1'),
  isolationLearningRate: z.number().positive().max(10).describe('Learning rate of stage 1'),
  isolationShuffle: z
    .boolean()
    .describe('New random order each epoch of stage 1 (the official code keeps one order)'),
  isolationRate: z.number().min(0.0001).max(0.9).describe('Share of the training set that is isolated'),

  fineTuneEpochs: z.int().min(0).max(10000).describe('Epochs of fine-tuning on the examples that were kept'),
  fineTuneLearningRate: z.number().positive().max(10).describe('Learning rate of fine-tuning'),
  learningRateDrop: z
    .number()
    .min(0)
    .max(1)
    .describe(
      'Share of a training or fine-tuning stage after which the learning rate falls to a tenth; 1 = never',
    ),

  unlearning: z
    .enum(['separate', 'joint', 'none'])
    .describe(
      'Stage 2: ascent alone after fine-tuning (official code), descent and ascent in one step (paper), or none',
    ),
  unlearnTrigger: z
    .number()
    .min(0)
    .max(0.5)
    .default(0)
    .describe(
      'Careful method, where poison seems to have stayed: copies of kept images that get the reconstructed trigger and keep their labels, as a share of the kept at most (never more than images were left out); from them the ABL model learns that it means nothing; 0 = none',
    ),
  unlearnSteps: z
    .int()
    .min(0)
    .max(100000)
    .describe('Separate unlearning: optimizer steps of gradient ascent'),
  unlearnLearningRate: z.number().positive().max(10).describe('Learning rate of the ascent'),
  unlearnCarryMomentum: z
    .boolean()
    .describe('Separate unlearning: keep the momentum buffers of fine-tuning, as the official code does'),
  unlearnStopAccuracy: z
    .number()
    .min(0)
    .max(1)
    .describe('Separate unlearning: stop when training accuracy on the isolated falls below this; 0 = never'),
  jointEpochs: z.int().min(0).max(10000).describe('Joint unlearning: epochs over the kept examples'),
  jointLearningRate: z.number().positive().max(10).describe('Joint unlearning: learning rate'),
  jointWeight: z.number().min(0).max(100).describe('Joint unlearning: weight of the ascent on the isolated'),
  jointCeiling: z
    .number()
    .min(0)
    .max(1000)
    .describe('Joint unlearning: isolated examples above this loss are left alone; 0 = no ceiling'),

  reestimateImages: z
    .int()
    .min(0)
    .max(1000000)
    .describe('Kept training images used to re-estimate batch-norm statistics'),
  evaluateEvery: z
    .int()
    .min(0)
    .max(1000)
    .describe('Evaluate on the test sets after every so many epochs; 0 = only at the end'),
  trainLimit: z.int().min(0).max(100000000).describe('Use at most so many training images; 0 = all'),
});

export type Settings = z.infer<typeof settingsSchema>;

/** Settings as they were stored; those that did not exist yet have the values that say so. */
export function storedSettings(text: string): Settings {
  return { ...ABSENT, ...(JSON.parse(text) as Settings) };
}

const ABSENT = Object.fromEntries(
  Object.entries(settingsSchema.shape).flatMap(([key, schema]) => {
    const { success, data } = schema.safeParse(undefined);
    return success ? [[key, data]] : [];
  }),
);
