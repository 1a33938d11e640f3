import type { Database, Statement } from 'better-sqlite3';
import type { DatasetManifest } from '../../shared/contract/dataset.ts';

/** A data set as the history knows it. Its row outlives its files, so that results keep their data set's name. */
export interface DatasetRecord {
  manifest: DatasetManifest;
  /** ISO 8601 time at which the files were removed, or null. */
  removed: string | null;
  /** Experiments that use it, those in the trash included. */
  experiments: number;
}

interface Row {
  manifest: string;
  removed: string | null;
  experiments: number;
}

const SELECT = `SELECT manifest, removed,
  (SELECT count(*) FROM experiments WHERE dataset_id = datasets.id) AS experiments FROM datasets`;

/** Rows of imported, generated and attacked data sets. */
export class DatasetRepository {
  readonly #insert: Statement<[string, string, string, string, string]>;
  readonly #get: Statement<[string], Row>;
  readonly #list: Statement<[], Row>;
  readonly #remove: Statement<[string, string]>;
  readonly #forget: Statement<[string]>;

  constructor(db: Database) {
    this.#insert = db.prepare(
      `INSERT INTO datasets (id, name, created, hash, manifest) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET removed = NULL`,
    );
    this.#get = db.prepare(`${SELECT} WHERE id = ?`);
    this.#list = db.prepare(`${SELECT} ORDER BY created, id`);
    this.#remove = db.prepare('UPDATE datasets SET removed = ? WHERE id = ?');
    this.#forget = db.prepare(
      'DELETE FROM datasets WHERE id = ? AND NOT EXISTS (SELECT 1 FROM experiments WHERE dataset_id = datasets.id)',
    );
  }

  /** Adds a data set; one that was removed and came back counts as present again. */
  add(manifest: DatasetManifest): void {
    this.#insert.run(manifest.id, manifest.name, manifest.created, manifest.hash, JSON.stringify(manifest));
  }

  get(id: string): DatasetRecord | null {
    const row = this.#get.get(id);
    return row ? fromRow(row) : null;
  }

  /** Oldest first; those whose files were removed only if asked. */
  list({ removed = false }: { removed?: boolean } = {}): DatasetRecord[] {
    return this.#list
      .all()
      .filter((row) => removed || row.removed === null)
      .map(fromRow);
  }

  /** Marks the files as gone; forgets the row when no experiment needs it. */
  markRemoved(id: string, at: string): void {
    this.#remove.run(at, id);
    this.#forget.run(id);
  }
}

function fromRow(row: Row): DatasetRecord {
  return {
    manifest: JSON.parse(row.manifest) as DatasetManifest,
    removed: row.removed,
    experiments: row.experiments,
  };
}
