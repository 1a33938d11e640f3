import { z } from 'zod';
import { settingsSchema } from '../abl/settings.ts';

/**
 * The wire between a host (command line, desktop main process) and the training process it supervises.
 * Validated on arrival on both sides. The trainer reads the packed data set and writes checkpoints and
 * per-example files into the experiment's folder; it never touches the history.
 */
export const METHODS = ['naive', 'abl', 'oracle'] as const;
export const STAGES = ['train', 'isolate', 'check', 'fine-tune', 'unlearn', 'joint'] as const;
export const MOMENTS = ['after-isolate', 'before-unlearn', 'final', 'reestimated'] as const;

const method = z.enum(METHODS);
const stage = z.enum(STAGES);
const fraction = z.number().min(0).max(1);
const maybe = fraction.nullable();

export const jobSchema = z.strictObject({
  experimentId: z.string(),
  /** Folder of the stored data set (holds dataset.json). */
  datasetDir: z.string(),
  /** Folder the trainer may write: checkpoints, weights, losses. Exists. */
  outputDir: z.string(),
  methods: z.array(method).min(1),
  /** auto = native where it can be had, else WASM. */
  engine: z.enum(['auto', 'native', 'wasm', 'cpu']),
  settings: settingsSchema,
  seed: z.int(),
  /** What an analyst has judged: training examples to leave out, or to keep, whatever is found. */
  marks: z.strictObject({ leftOut: z.array(z.int().min(0)), kept: z.array(z.int().min(0)) }).optional(),
  /** Folder of a stored data set whose training images are known to be clean. */
  trustedDir: z.string().optional(),
  /** Continue from the checkpoint in outputDir; without one, start anew. */
  resume: z.boolean(),
});
export type Job = z.infer<typeof jobSchema>;

export const toTrainerSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('start'), job: jobSchema }),
  /** Finish the current step, write a checkpoint, answer `stopped`, exit 0. */
  z.strictObject({ type: z.literal('stop') }),
]);
export type ToTrainer = z.infer<typeof toTrainerSchema>;

const engineInfo = z.strictObject({
  kind: z.enum(['native', 'webgpu', 'wasm', 'cpu']),
  device: z.string(),
  version: z.string(),
  reason: z.string(),
});

const evaluation = z.strictObject({
  ca: maybe,
  caWithoutTarget: maybe,
  asr: maybe,
  ra: maybe,
  confusion: z.array(z.array(z.int())).nullable(),
  confusionTriggered: z.array(z.array(z.int())).nullable(),
});

const isolation = z.strictObject({
  rate: fraction,
  count: z.int(),
  precision: maybe,
  recall: maybe,
  auroc: maybe,
  concentration: fraction,
  class: z.int(),
  labels: z.array(z.int()),
  threshold: z.number(),
});

const examination = z.strictObject({
  verdict: z.strictObject({
    kind: z.enum(['poisoned', 'no-evidence', 'uncertain']),
    class: z.int().nullable(),
    confidence: fraction,
    estimatedAsr: maybe,
    reasons: z.array(z.string()),
  }),
  classes: z.array(z.int()),
  poisonShare: fraction,
  estimatedAsr: z.strictObject({ low: fraction, high: fraction }).nullable(),
  evidence: z.array(
    z.strictObject({
      stage: z.enum(['ranking', 'reconstruction', 'detector', 'check', 'trusted']),
      class: z.int(),
      figure: z.number().nullable(),
      threshold: z.number(),
      passed: z.boolean(),
      sentence: z.string(),
      rule: z.string().max(100).optional(),
    }),
  ),
  triggers: z
    .array(
      z.strictObject({
        class: z.int(),
        images: z.int(),
        height: z.int(),
        width: z.int(),
        channels: z.int(),
        pixels: z.base64(),
      }),
    )
    .optional(),
  differences: z
    .array(
      z.strictObject({
        class: z.int(),
        height: z.int(),
        width: z.int(),
        channels: z.int(),
        mean: z.base64(),
        pairs: z.array(z.strictObject({ suspect: z.int(), counterpart: z.int(), pixels: z.base64() })),
      }),
    )
    .optional(),
});

const errorValue = z.strictObject({ code: z.string(), message: z.string(), remedy: z.string().optional() });

export const fromTrainerSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready'), engine: engineInfo, pid: z.int() }),
  /** At most 10 a second. `overall` is the share of all training steps of the job that are done. */
  z.strictObject({
    type: z.literal('progress'),
    method,
    stage,
    epoch: z.int(),
    epochs: z.int(),
    /** Mean loss and accuracy of the epoch so far. */
    loss: z.number(),
    accuracy: fraction,
    overall: fraction,
    imagesPerSecond: z.number(),
    /** Estimate for the whole job; null until there is one. */
    secondsLeft: z.number().nullable(),
  }),
  z.strictObject({
    type: z.literal('epoch'),
    metrics: z.strictObject({
      method,
      stage,
      epoch: z.int(),
      epochs: z.int(),
      learningRate: z.number(),
      loss: z.number(),
      accuracy: fraction,
      isolatedLoss: z.number().nullable(),
      ca: maybe,
      asr: maybe,
      steps: z.int(),
      seconds: z.number(),
    }),
  }),
  z.strictObject({
    type: z.literal('stage'),
    method,
    stage,
    state: z.enum(['started', 'done']),
    /** Seconds spent in the stage, over all sittings. */
    seconds: z.number(),
  }),
  /**
   * Stage 1 is over. The file (in outputDir) holds, for every training example in data-set order, its
   * evaluation-mode loss as float32 little-endian; `isolated` lists the isolated by rising loss.
   */
  z.strictObject({
    type: z.literal('isolation'),
    figures: isolation,
    lossFile: z.string(),
    isolated: z.array(z.int()),
  }),
  /** What the careful method found; comes with `isolation`, which lists what it left out. */
  z.strictObject({ type: z.literal('examination'), examination }),
  z.strictObject({ type: z.literal('evaluation'), method, moment: z.enum(MOMENTS), evaluation }),
  /** Final weights of a method, a file in outputDir. */
  z.strictObject({ type: z.literal('weights'), method, file: z.string() }),
  z.strictObject({ type: z.literal('checkpoint'), file: z.string() }),
  z.strictObject({ type: z.literal('warning'), message: z.string() }),
  z.strictObject({
    type: z.literal('done'),
    seconds: z.strictObject({
      naive: z.number().nullable(),
      abl: z.number().nullable(),
      oracle: z.number().nullable(),
      total: z.number(),
    }),
    imagesPerSecond: z.number(),
    peakMemoryBytes: z.number(),
  }),
  /** Answer to `stop`. */
  z.strictObject({ type: z.literal('stopped'), checkpoint: z.string().nullable() }),
  z.strictObject({ type: z.literal('failed'), error: errorValue }),
]);
export type FromTrainer = z.infer<typeof fromTrainerSchema>;
