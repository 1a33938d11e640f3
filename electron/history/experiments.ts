import type { Database, Statement } from 'better-sqlite3';
import { storedSettings, type Settings } from '../../shared/abl/settings.ts';
import type { EngineInfo } from '../../shared/contract/engine.ts';
import type { ErrorValue } from '../../shared/contract/errors.ts';
import type { MethodName } from '../../shared/contract/results.ts';
import type { Job } from '../../shared/contract/trainer.ts';
import { isAlive, type Owner } from './owner.ts';

export type ExperimentState = 'queued' | 'running' | 'interrupted' | 'cancelled' | 'failed' | 'done';

/** Wall-clock seconds of training; null for methods that did not run. */
export interface RunSeconds {
  naive: number | null;
  abl: number | null;
  oracle: number | null;
  total: number;
}

/** What decides a run; written once. */
export interface NewExperiment {
  id: string;
  name: string;
  datasetId: string;
  datasetHash: string;
  preset: string;
  settings: Settings;
  seed: number;
  methods: MethodName[];
  enginePreference: Job['engine'];
  appVersion: string;
  /** ISO 8601. */
  created: string;
}

export interface Experiment extends NewExperiment {
  state: ExperimentState;
  network: string;
  engine: EngineInfo | null;
  started: string | null;
  finished: string | null;
  /** ISO 8601 time at which it was put in the trash, or null. */
  trashed: string | null;
  error: ErrorValue | null;
  seconds: RunSeconds | null;
  imagesPerSecond: number | null;
  peakMemoryBytes: number | null;
  /** File in the experiment's folder, or null. */
  checkpoint: string | null;
  /** The process that has it in hand, while it runs. */
  owner: Owner | null;
  /** The training process of the last sitting; it may outlive an owner that was killed by a moment. */
  trainer: Owner | null;
  tags: string[];
}

/** How a sitting ended. */
export interface Ending {
  state: 'interrupted' | 'cancelled' | 'failed' | 'done';
  at: string;
  error?: ErrorValue | null;
}

interface Row {
  id: string;
  name: string;
  state: ExperimentState;
  dataset_id: string;
  dataset_hash: string;
  network: string;
  preset: string;
  settings: string;
  seed: number;
  methods: string;
  engine_preference: Job['engine'];
  engine: string | null;
  app_version: string;
  created: string;
  started: string | null;
  finished: string | null;
  trashed: string | null;
  error: string | null;
  seconds: string | null;
  images_per_second: number | null;
  peak_memory_bytes: number | null;
  checkpoint: string | null;
  owner_pid: number | null;
  owner_start: string | null;
  trainer_pid: number | null;
  trainer_start: string | null;
  tags: string;
}

const SELECT = `SELECT experiments.*,
  (SELECT json_group_array(tag) FROM (SELECT tag FROM tags WHERE experiment_id = experiments.id ORDER BY tag)) AS tags
  FROM experiments`;

/** Experiments: what was asked for, how far it came, and which process runs it. */
export class ExperimentRepository {
  readonly #insert: Statement<(string | number)[]>;
  readonly #get: Statement<[string], Row>;
  readonly #list: Statement<[], Row>;
  readonly #running: Statement<[], Row>;
  readonly #claim: Statement<[number, string, string, string]>;
  readonly #end: Statement<[string, string, string | null, string]>;
  readonly #engine: Statement<[string, string]>;
  readonly #trainer: Statement<[number, string, string]>;
  readonly #totals: Statement<[string, number, number, string]>;
  readonly #checkpoint: Statement<[string, string]>;
  readonly #trash: Statement<[string | null, string]>;
  readonly #delete: Statement<[string]>;
  readonly #abandon: Statement<[string, string, string, number | null, string | null]>;

  constructor(db: Database) {
    this.#insert = db.prepare(
      `INSERT INTO experiments (id, name, state, dataset_id, dataset_hash, network, preset, settings, seed, methods,
         engine_preference, app_version, created)
       VALUES (?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#get = db.prepare(`${SELECT} WHERE id = ?`);
    this.#list = db.prepare(`${SELECT} ORDER BY created, id`);
    this.#running = db.prepare(`${SELECT} WHERE state = 'running'`);
    this.#claim = db.prepare(
      `UPDATE experiments SET state = 'running', owner_pid = ?, owner_start = ?, started = coalesce(started, ?),
         finished = NULL, error = NULL
       WHERE id = ? AND state IN ('queued', 'interrupted', 'cancelled', 'failed') AND trashed IS NULL`,
    );
    this.#end = db.prepare(
      'UPDATE experiments SET state = ?, finished = ?, error = ?, owner_pid = NULL, owner_start = NULL WHERE id = ?',
    );
    this.#engine = db.prepare('UPDATE experiments SET engine = ? WHERE id = ?');
    this.#trainer = db.prepare('UPDATE experiments SET trainer_pid = ?, trainer_start = ? WHERE id = ?');
    this.#totals = db.prepare(
      'UPDATE experiments SET seconds = ?, images_per_second = ?, peak_memory_bytes = ? WHERE id = ?',
    );
    this.#checkpoint = db.prepare('UPDATE experiments SET checkpoint = ? WHERE id = ?');
    this.#trash = db.prepare(`UPDATE experiments SET trashed = ? WHERE id = ? AND state <> 'running'`);
    this.#delete = db.prepare(`DELETE FROM experiments WHERE id = ? AND state <> 'running'`);
    this.#abandon = db.prepare(
      `UPDATE experiments SET state = 'interrupted', finished = ?, error = ?, owner_pid = NULL, owner_start = NULL
       WHERE id = ? AND state = 'running' AND owner_pid IS ? AND owner_start IS ?`,
    );
  }

  /** Adds an experiment in state `queued`. */
  add(e: NewExperiment): void {
    this.#insert.run(
      e.id,
      e.name,
      e.datasetId,
      e.datasetHash,
      e.settings.network,
      e.preset,
      JSON.stringify(e.settings),
      e.seed,
      JSON.stringify(e.methods),
      e.enginePreference,
      e.appVersion,
      e.created,
    );
  }

  get(id: string): Experiment | null {
    const row = this.#get.get(id);
    return row ? fromRow(row) : null;
  }

  /** Oldest first, those in the trash included. */
  list(): Experiment[] {
    return this.#list.all().map(fromRow);
  }

  /** Takes a waiting or halted experiment to run it. @returns false when it is not to be had */
  claim(id: string, owner: Owner, at: string): boolean {
    return this.#claim.run(owner.pid, owner.start, at, id).changes === 1;
  }

  end(id: string, ending: Ending): void {
    this.#end.run(ending.state, ending.at, ending.error ? JSON.stringify(ending.error) : null, id);
  }

  setEngine(id: string, engine: EngineInfo): void {
    this.#engine.run(JSON.stringify(engine), id);
  }

  setTrainer(id: string, trainer: Owner): void {
    this.#trainer.run(trainer.pid, trainer.start, id);
  }

  setTotals(
    id: string,
    totals: { seconds: RunSeconds; imagesPerSecond: number; peakMemoryBytes: number },
  ): void {
    this.#totals.run(JSON.stringify(totals.seconds), totals.imagesPerSecond, totals.peakMemoryBytes, id);
  }

  setCheckpoint(id: string, file: string): void {
    this.#checkpoint.run(file, id);
  }

  /** Puts into the trash (a time) or takes out (null). @returns false while it runs */
  setTrashed(id: string, at: string | null): boolean {
    return this.#trash.run(at, id).changes === 1;
  }

  /** Deletes the experiment with all it reported. @returns false while it runs */
  delete(id: string): boolean {
    return this.#delete.run(id).changes === 1;
  }

  /** Marks as `interrupted` every running experiment whose owner has ended. @returns their ids */
  interruptOrphans(at: string): string[] {
    return this.#interrupt(at, (owner) => !isAlive(owner));
  }

  /** The same for all running ones: after a restore none of them has an owner here. */
  interruptAll(at: string): string[] {
    return this.#interrupt(at, () => true);
  }

  #interrupt(at: string, isOrphan: (owner: Owner) => boolean): string[] {
    const error: ErrorValue = {
      code: 'run-failed',
      message: 'The program that ran this experiment ended before the experiment did.',
      remedy: 'Continue it with "theriac resume".',
    };
    return this.#running
      .all()
      .filter((row) => isOrphan({ pid: row.owner_pid ?? 0, start: row.owner_start ?? '' }))
      .filter(
        (row) =>
          this.#abandon.run(at, JSON.stringify(error), row.id, row.owner_pid, row.owner_start).changes === 1,
      )
      .map((row) => row.id);
  }
}

function fromRow(row: Row): Experiment {
  return {
    id: row.id,
    name: row.name,
    state: row.state,
    datasetId: row.dataset_id,
    datasetHash: row.dataset_hash,
    network: row.network,
    preset: row.preset,
    settings: storedSettings(row.settings),
    seed: row.seed,
    methods: JSON.parse(row.methods) as MethodName[],
    enginePreference: row.engine_preference,
    engine: parse<EngineInfo>(row.engine),
    appVersion: row.app_version,
    created: row.created,
    started: row.started,
    finished: row.finished,
    trashed: row.trashed,
    error: parse<ErrorValue>(row.error),
    seconds: parse<RunSeconds>(row.seconds),
    imagesPerSecond: row.images_per_second,
    peakMemoryBytes: row.peak_memory_bytes,
    checkpoint: row.checkpoint,
    owner: processOf(row.owner_pid, row.owner_start),
    trainer: processOf(row.trainer_pid, row.trainer_start),
    tags: JSON.parse(row.tags) as string[],
  };
}

function processOf(pid: number | null, start: string | null): Owner | null {
  return pid === null ? null : { pid, start: start ?? '' };
}

function parse<T>(json: string | null): T | null {
  return json === null ? null : (JSON.parse(json) as T);
}
