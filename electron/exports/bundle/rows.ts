import Database from 'better-sqlite3';
import { z } from 'zod';
import type { DatasetManifest } from '../../../shared/contract/dataset.ts';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { fromTrainerSchema, METHODS, MOMENTS, type FromTrainer } from '../../../shared/contract/trainer.ts';
import { manifestSchema } from '../../datasets/manifest.ts';
import { excerptTables } from '../../history/excerpt.ts';
import type { Experiment } from '../../history/experiments.ts';
import { dumpSchema, migrate, schemaVersion } from '../../history/migrate.ts';
import { MIGRATIONS, SCHEMA_VERSION } from '../../history/migrations/index.ts';
import { openHistory, type History } from '../../history/open.ts';
import { PLAIN_ID, PLAIN_NAME } from './format.ts';

/*
 * The rows of a bundle come from a file that anybody may have made. They are taken only if their schema is one
 * of this program's own, without triggers or views, and if they say nothing that a training process could not
 * have reported: the same schemas check both.
 */

const name = z.string().max(1000);
const time = z.string().max(100);

/** What decides a run. Settings of other versions are kept: they are shown, and refused when it is continued. */
const experimentSchema = z.object({
  id: z.string().regex(PLAIN_ID),
  name,
  datasetId: z.string().regex(PLAIN_ID),
  network: name,
  preset: name,
  settings: z.record(z.string(), z.union([z.string().max(1000), z.number(), z.boolean()])),
  seed: z.int(),
  methods: z.array(z.enum(METHODS)).min(1).max(METHODS.length),
  enginePreference: z.enum(['auto', 'native', 'wasm', 'cpu']),
  appVersion: name,
  created: time,
  started: time.nullable(),
  finished: time.nullable(),
  state: z.enum(['queued', 'running', 'interrupted', 'cancelled', 'failed', 'done']),
  error: z
    .object({ code: name, message: z.string().max(100_000), remedy: z.string().max(10_000).optional() })
    .nullable(),
  seconds: z
    .object({
      naive: z.number().nullable(),
      abl: z.number().nullable(),
      oracle: z.number().nullable(),
      total: z.number(),
    })
    .nullable(),
  checkpoint: z.string().regex(PLAIN_NAME).nullable(),
  tags: z.array(z.string().max(1000)).max(1000),
});

const verdictSchema = z.object({
  kind: z.enum(['poisoned', 'no-evidence', 'uncertain']),
  class: z.int().min(0).nullable(),
  confidence: z.number().min(0).max(1),
  estimatedAsr: z.number().min(0).max(1).nullable(),
  reasons: z.array(z.string().max(10_000)).max(1000),
});

/** What a bundle's rows say, beside the rows themselves. */
export interface BundleRows {
  history: History;
  experiment: Experiment;
  manifest: DatasetManifest;
}

/**
 * Opens the rows of a bundle, brought to this program's version. The caller closes `history`.
 * @param damaged makes the error for rows that cannot be used, from a reason
 * @throws that error, or ExpectedError 'bad-input' for rows of a newer version
 */
export function openBundleRows(file: string, damaged: (reason: string) => ExpectedError): BundleRows {
  refuseForeignSchema(file, damaged);
  let history: History;
  try {
    history = openHistory(file);
  } catch (error) {
    throw damaged(error instanceof Error ? error.message : String(error));
  }
  try {
    return { history, ...checked(history, damaged) };
  } catch (error) {
    history.close();
    throw error instanceof ExpectedError ? error : damaged('its rows cannot be understood');
  }
}

/** Before SQLite runs anything of the file's: the schema must be the one that this version had. */
function refuseForeignSchema(file: string, damaged: (reason: string) => ExpectedError): void {
  let db: Database.Database | undefined;
  const own = new Database(':memory:');
  try {
    db = new Database(file, { readonly: true });
    db.pragma('trusted_schema = OFF');
    const version = schemaVersion(db);
    if (version > SCHEMA_VERSION) throw damaged(`its history has version ${version}`);
    migrate(own, MIGRATIONS.slice(0, version));
    if (version < 1 || dumpSchema(db) !== dumpSchema(own)) {
      throw damaged('its history is not laid out as Theriac does it');
    }
  } catch (error) {
    throw error instanceof ExpectedError ? error : damaged('its history is no database');
  } finally {
    db?.close();
    own.close();
  }
}

function checked(history: History, damaged: (reason: string) => ExpectedError) {
  const [experiment, ...more] = history.experiments.list();
  const [record, ...others] = history.datasets.list({ removed: true });
  if (!experiment || !record || more.length > 0 || others.length > 0) {
    throw damaged('it does not hold exactly one experiment with its data set');
  }
  const manifest = manifestSchema.parse(record.manifest);
  experimentSchema.parse(experiment);
  if (!PLAIN_ID.test(manifest.id) || manifest.id !== experiment.datasetId) {
    throw damaged('its experiment names another data set');
  }
  if (experiment.datasetHash !== manifest.hash) throw damaged('its experiment was run on other images');
  for (const message of messages(history, experiment.id)) fromTrainerSchema.parse(message);
  checkOutcomes(history, experiment.id, manifest, damaged);
  refuseStrangers(history, experiment, damaged);
  return { experiment, manifest };
}

/** The rows as the messages that they came from. */
function* messages(history: History, id: string): Generator<FromTrainer> {
  for (const metrics of history.metrics.epochs(id)) yield { type: 'epoch', metrics };
  for (const stage of history.metrics.stages(id)) yield { type: 'stage', ...stage };
  const isolation = history.isolations.get(id);
  if (isolation) {
    const isolated = history.isolations.examples(id).map(({ example }) => example);
    yield { type: 'isolation', ...isolation, isolated };
  }
  const examination = history.outcomes.examination(id);
  if (examination) yield { type: 'examination', examination };
  for (const method of METHODS) {
    for (const moment of MOMENTS) {
      const evaluation = history.outcomes.evaluation(id, method, moment);
      if (evaluation) yield { type: 'evaluation', method, moment, evaluation };
    }
    const file = history.outcomes.weights(id, method);
    if (file !== null) yield { type: 'weights', method, file };
  }
  for (const message of history.notes.warnings(id)) yield { type: 'warning', message };
}

/** Indices must fit the data set, and files must be the bundle's own. */
function checkOutcomes(
  history: History,
  id: string,
  manifest: DatasetManifest,
  damaged: (reason: string) => ExpectedError,
): void {
  const classes = manifest.classes.length;
  const isolation = history.isolations.get(id);
  const strangers = history.isolations.examples(id).some(({ example, rank }) => {
    return example < 0 || example >= manifest.counts.train || rank < 1;
  });
  if (strangers) throw damaged('it isolates examples that its data set does not have');
  const marked = history.db
    .prepare<[number], number>('SELECT count(*) FROM marks WHERE example < 0 OR example >= ?')
    .pluck()
    .get(manifest.counts.train)!;
  if (marked > 0) throw damaged('it marks examples that its data set does not have');
  if (isolation && (isolation.figures.labels.length !== classes || isolation.figures.class >= classes)) {
    throw damaged('its isolation is about other classes');
  }
  const files = [
    isolation?.lossFile ?? null,
    ...METHODS.map((method) => history.outcomes.weights(id, method)),
  ];
  if (files.some((file) => file !== null && !PLAIN_NAME.test(file))) {
    throw damaged('it names a file outside of itself');
  }
  const verdict = history.outcomes.verdict(id);
  if (verdict && (verdictSchema.parse(verdict).class ?? 0) >= classes) {
    throw damaged('its verdict is about a class that its data set does not have');
  }
}

function refuseStrangers(
  history: History,
  { id, datasetId }: Experiment,
  damaged: (reason: string) => ExpectedError,
): void {
  for (const { name: table, scope } of excerptTables(history.db)) {
    const others = history.db
      .prepare<[string], number>(`SELECT count(*) FROM "${table}" WHERE "${scope.column}" IS NOT ?`)
      .pluck()
      .get(scope.of === 'experiment' ? id : datasetId)!;
    if (others > 0) throw damaged('it holds rows of another experiment');
  }
}
