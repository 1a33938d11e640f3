import { closeSync, openSync, readSync } from 'node:fs';
import Database from 'better-sqlite3';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { BaselineRepository } from './baseline.ts';
import { DatasetRepository } from './datasets.ts';
import { ExperimentRepository } from './experiments.ts';
import { IsolationRepository } from './isolations.ts';
import { MarkRepository } from './marks.ts';
import { NoteRepository, TagRepository } from './labels.ts';
import { MetricsRepository } from './metrics.ts';
import { migrate, schemaVersion } from './migrate.ts';
import { SCHEMA_VERSION } from './migrations/index.ts';
import { OutcomeRepository } from './outcomes.ts';
import { asStorageError, damagedRemedy } from './storage-errors.ts';

/** The open history: one repository per aggregate. */
export interface History {
  readonly file: string;
  readonly db: Database.Database;
  readonly datasets: DatasetRepository;
  readonly experiments: ExperimentRepository;
  readonly tags: TagRepository;
  readonly notes: NoteRepository;
  readonly metrics: MetricsRepository;
  readonly isolations: IsolationRepository;
  readonly marks: MarkRepository;
  readonly outcomes: OutcomeRepository;
  readonly baseline: BaselineRepository;
  close(): void;
}

/** Milliseconds that a writer waits for another process's transaction. */
const BUSY_TIMEOUT = 15_000;
const MAGIC = 'SQLite format 3\0';

/**
 * Opens the history, creating it if it does not exist, checks it, and brings it to this program's version.
 * Experiments whose owner has ended become `interrupted`.
 * @throws ExpectedError 'history' when the file is damaged or from a newer version (it is left as it is),
 * 'storage' when it cannot be written
 */
export function openHistory(file: string): History {
  refuseForeignFile(file);
  let db: Database.Database | undefined;
  try {
    db = new Database(file, { timeout: BUSY_TIMEOUT });
    refuseNewer(db, file);
    refuseDamaged(db, file);
    useWriteAheadLog(db);
    db.pragma('synchronous = NORMAL');
    db.pragma('foreign_keys = ON');
    migrate(db);
    const history = repositories(file, db);
    history.experiments.interruptOrphans(new Date().toISOString());
    return history;
  } catch (error) {
    db?.close();
    throw asStorageError(error, `the history ${file}`);
  }
}

function repositories(file: string, db: Database.Database): History {
  return {
    file,
    db,
    datasets: new DatasetRepository(db),
    experiments: new ExperimentRepository(db),
    tags: new TagRepository(db),
    notes: new NoteRepository(db),
    metrics: new MetricsRepository(db),
    isolations: new IsolationRepository(db),
    marks: new MarkRepository(db),
    outcomes: new OutcomeRepository(db),
    baseline: new BaselineRepository(db),
    close: () => db.close(),
  };
}

/** SQLite would take an empty file for a new database, but not every other file for a damaged one. */
function refuseForeignFile(file: string): void {
  const head = Buffer.alloc(MAGIC.length);
  let read: number;
  try {
    const handle = openSync(file, 'r');
    try {
      read = readSync(handle, head);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw asStorageError(error, `the history ${file}`);
  }
  if (read > 0 && head.toString('latin1') !== MAGIC) damaged(file, 'it does not begin like a database');
}

function refuseNewer(db: Database.Database, file: string): void {
  const version = schemaVersion(db);
  if (version <= SCHEMA_VERSION) return;
  throw new ExpectedError(
    'history',
    `The history ${file} was written by a newer version of Theriac (history version ${version}; this program knows up to ${SCHEMA_VERSION}).`,
    'Use that newer version, or choose another data folder with --data.',
  );
}

function refuseDamaged(db: Database.Database, file: string): void {
  const verdict = db.pragma('quick_check(1)', { simple: true }) as string;
  if (verdict !== 'ok') damaged(file, verdict);
}

function damaged(file: string, reason: string): never {
  throw new ExpectedError('history', `The history ${file} is damaged: ${reason}.`, damagedRemedy);
}

/** The switch needs the file alone for a moment and does not wait by itself, so it is tried again. */
function useWriteAheadLog(db: Database.Database): void {
  const deadline = Date.now() + BUSY_TIMEOUT;
  for (;;) {
    try {
      db.pragma('journal_mode = WAL');
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== 'SQLITE_BUSY' || Date.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
}
