import { z } from 'zod';
import { settingsSchema, type Settings } from '../abl/settings.ts';
import { planSchema } from '../sweep/plan.ts';
import { type ApiArguments, type ApiName, MAPPING_KEYS } from './api.ts';
import { ExpectedError } from './errors.ts';
import { MARKS } from './marks.ts';

/*
 * What may come in with each call, checked at the host's edge: closed objects, and a limit on everything
 * that has a length. The screens never need more; a hostile page or a damaged bundle gets a plain refusal.
 */

const printable = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[^\u0000-\u0008\u000b-\u001f\u007f]*$/, 'holds control characters');
/** Ids are made by this program; they become names of folders, so nothing else may pass. */
const id = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,99}$/, 'is no id');
const name = printable(200);
const path = z
  .string()
  .min(1)
  .max(4096)
  .refine((text) => !text.includes('\0'), 'is no path');
const tag = printable(60).min(1);
const offset = z
  .int()
  .min(0)
  .max(2 ** 31);
const page = z.int().min(1).max(1000);
const seed = z
  .int()
  .min(-(2 ** 31))
  .max(2 ** 31);
const classIndex = z.int().min(0).max(100_000);
const split = z.enum(['train', 'test', 'triggered']);
const engine = z.enum(['auto', 'native', 'wasm', 'cpu']);
const state = z.enum(['queued', 'running', 'interrupted', 'cancelled', 'failed', 'done']);

const mappingKey = z.enum(MAPPING_KEYS);

const importRequest = z.strictObject({
  source: path,
  name: name.optional(),
  size: z.int().min(8).max(512).optional(),
  test: path.optional(),
  triggered: path.optional(),
  truth: path.optional(),
  split: z.number().min(0).max(0.9).optional(),
  limit: z
    .int()
    .min(1)
    .max(2 ** 31)
    .optional(),
  mapping: z.partialRecord(mappingKey, printable(300)).optional(),
});

const attackRequest = z.strictObject({
  datasetId: id,
  attack: printable(60),
  rate: z.number().min(0).max(1),
  target: classIndex,
  seed,
  name: name.optional(),
  parameters: z
    .record(printable(60), z.union([z.number(), printable(4096), z.boolean()]))
    .refine((record) => Object.keys(record).length <= 40, 'has too many entries'),
});

/** Only what was changed: a default of the settings' own schema would override the preset's choice. */
const overrides = z.strictObject(
  Object.fromEntries(
    Object.entries(settingsSchema.shape).map(([key, schema]) => [
      key,
      (schema instanceof z.ZodDefault ? schema.unwrap() : schema).optional(),
    ]),
  ),
) as unknown as z.ZodType<Partial<Settings>>;

const startRequest = z.strictObject({
  datasetId: id,
  preset: printable(60),
  overrides,
  methods: z
    .array(z.enum(['naive', 'abl', 'oracle']))
    .min(1)
    .max(3)
    .refine((methods) => new Set(methods).size === methods.length, 'names a method twice'),
  engine,
  seed,
  name: name.optional(),
  tags: z.array(tag).max(30).optional(),
  marksFrom: id.optional(),
});

const exportRequest = z.discriminatedUnion('what', [
  z.strictObject({ what: z.literal('bundle'), to: path, withDataset: z.boolean() }),
  z.strictObject({ what: z.literal('report'), to: path, format: z.enum(['html', 'pdf']) }),
  z.strictObject({
    what: z.literal('dataset'),
    to: path,
    format: z.enum(['folders', 'csv', 'jsonl', 'npz', 'parquet']),
  }),
  z.strictObject({
    what: z.literal('model'),
    to: path,
    format: z.enum(['onnx', 'savedmodel', 'tfjs', 'safetensors']),
    model: z.enum(['naive', 'abl', 'oracle']),
  }),
  z.strictObject({ what: z.enum(['suspects', 'metrics']), to: path, format: z.enum(['csv', 'json']) }),
]);

const experimentQuery = z.strictObject({
  text: printable(200).optional(),
  state: state.optional(),
  datasetId: id.optional(),
  tag: tag.optional(),
  trashed: z.boolean().optional(),
  sort: z.enum(['created', 'name', 'seconds', 'abl-ca', 'abl-asr']).optional(),
  descending: z.boolean().optional(),
  offset,
  limit: page,
});

export const userSettingsSchema = z.strictObject({
  theme: z.enum(['system', 'light', 'dark']),
  engine,
  threads: z.int().min(0).max(1024),
  imageMemory: z.int().min(0).max(16_000_000),
  notify: z.boolean(),
});

const bytes = z
  .instanceof(Uint8Array)
  .refine(({ length }) => length > 0 && length <= 2 ** 20, 'has no size that can be used');

const none = z.tuple([]);
const one = z.tuple([id]);

/** For each call the tuple of its arguments. */
export const argumentSchemas: { [N in ApiName]: z.ZodType<ApiArguments<N>> } = {
  'app.info': none,
  'app.settings': none,
  'app.changeSettings': z.tuple([userSettingsSchema.partial()]),

  'engine.status': none,
  'engine.install': z.tuple([path.nullable()]),
  'engine.test': none,

  'tasks.list': none,
  'tasks.cancel': one,

  'datasets.list': none,
  'datasets.show': one,
  'datasets.preview': z.tuple([importRequest]),
  'datasets.import': z.tuple([importRequest]),
  'datasets.unfinished': none,
  'datasets.resumeImport': one,
  'datasets.discardImport': one,
  'datasets.sample': none,
  'datasets.attack': z.tuple([attackRequest]),
  'datasets.attackPreview': z.tuple([attackRequest]),
  'datasets.prepareAttackPreview': z.tuple([attackRequest]),
  'datasets.rename': z.tuple([id, name.min(1)]),
  'datasets.remove': z.tuple([id, z.boolean()]),
  'datasets.images': z.tuple([
    id,
    z.strictObject({
      split,
      offset,
      limit: page,
      label: classIndex.optional(),
      poisoned: z.boolean().optional(),
    }),
  ]),

  'attacks.list': none,
  'presets.list': none,

  'experiments.list': z.tuple([experimentQuery]),
  'experiments.show': one,
  'experiments.estimate': z.tuple([startRequest]),
  'experiments.start': z.tuple([startRequest]),
  'experiments.stop': one,
  'experiments.resume': one,
  'experiments.edit': z.tuple([
    id,
    z.strictObject({
      name: name.min(1).optional(),
      note: printable(10_000).optional(),
      tags: z.array(tag).max(30).optional(),
    }),
  ]),
  'experiments.trash': one,
  'experiments.restore': one,
  'experiments.baseline': none,
  'experiments.pin': z.tuple([id.nullable()]),
  'experiments.purge': one,
  'experiments.suspects': z.tuple([id, z.strictObject({ offset, limit: page })]),
  'experiments.histogram': one,
  'experiments.answers': z.tuple([id, z.strictObject({ split, index: offset })]),
  'experiments.answersForFile': z.tuple([id, path]),
  'experiments.picture': z.tuple([id, bytes]),
  'experiments.try': z.tuple([id, bytes]),
  'experiments.saliency': z.tuple([id, bytes]),
  'experiments.suspectsCsv': z.tuple([id, path, z.int().min(1).nullable()]),
  'experiments.ranking': one,
  'experiments.marks': one,
  'experiments.mark': z.tuple([id, z.array(offset).min(1).max(10_000), z.enum(MARKS).nullable()]),

  'experiments.export': z.tuple([id, exportRequest]),

  'sweeps.list': none,
  'sweeps.show': one,
  'sweeps.open': z.tuple([path]),
  'sweeps.check': z.tuple([planSchema]),
  'sweeps.start': z.tuple([planSchema]),
  'sweeps.stop': one,
  'sweeps.resume': one,
  'sweeps.save': z.tuple([id, path]),
  'sweeps.remove': z.tuple([id, z.boolean()]),

  'bundles.preview': z.tuple([path]),
  'bundles.open': z.tuple([path]),

  'backup.create': z.tuple([path]),
  'backup.restore': z.tuple([path]),
};

/**
 * The checked arguments of a call.
 * @throws ExpectedError 'usage' that names the call and the first thing that is wrong
 */
export function checkArguments<N extends ApiName>(call: N, args: unknown): ApiArguments<N> {
  const parsed = argumentSchemas[call].safeParse(args);
  if (parsed.success) return parsed.data as ApiArguments<N>;
  const issue = parsed.error.issues[0]!;
  const where = issue.path.length > 0 ? ` (${issue.path.join('.')})` : '';
  throw new ExpectedError(
    'usage',
    `The call ${call} was given something it cannot use${where}: ${issue.message}.`,
  );
}
