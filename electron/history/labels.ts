import type { Database, Statement } from 'better-sqlite3';

/** What a person wrote about an experiment. */
export interface Note {
  id: number;
  /** ISO 8601. */
  created: string;
  text: string;
}

/** Tags: short words to find experiments by. */
export class TagRepository {
  readonly #add: Statement<[string, string]>;
  readonly #remove: Statement<[string, string]>;
  readonly #of: Statement<[string], string>;

  constructor(db: Database) {
    this.#add = db.prepare('INSERT INTO tags (experiment_id, tag) VALUES (?, ?) ON CONFLICT DO NOTHING');
    this.#remove = db.prepare('DELETE FROM tags WHERE experiment_id = ? AND tag = ?');
    this.#of = db
      .prepare<[string], string>('SELECT tag FROM tags WHERE experiment_id = ? ORDER BY tag')
      .pluck();
  }

  add(experimentId: string, tag: string): void {
    this.#add.run(experimentId, tag);
  }

  remove(experimentId: string, tag: string): void {
    this.#remove.run(experimentId, tag);
  }

  of(experimentId: string): string[] {
    return this.#of.all(experimentId);
  }
}

/** Notes, and the warnings that the training process gave. */
export class NoteRepository {
  readonly #add: Statement<[string, string, string]>;
  readonly #remove: Statement<[number]>;
  readonly #of: Statement<[string], Note>;
  readonly #warn: Statement<[string, string, string]>;
  readonly #warnings: Statement<[string], string>;

  constructor(db: Database) {
    this.#add = db.prepare('INSERT INTO notes (experiment_id, created, text) VALUES (?, ?, ?)');
    this.#remove = db.prepare('DELETE FROM notes WHERE id = ?');
    this.#of = db.prepare('SELECT id, created, text FROM notes WHERE experiment_id = ? ORDER BY id');
    this.#warn = db.prepare('INSERT INTO warnings (experiment_id, created, message) VALUES (?, ?, ?)');
    this.#warnings = db
      .prepare<[string], string>('SELECT message FROM warnings WHERE experiment_id = ? ORDER BY id')
      .pluck();
  }

  /** @returns the note's id */
  add(experimentId: string, created: string, text: string): number {
    return Number(this.#add.run(experimentId, created, text).lastInsertRowid);
  }

  remove(id: number): void {
    this.#remove.run(id);
  }

  of(experimentId: string): Note[] {
    return this.#of.all(experimentId);
  }

  addWarning(experimentId: string, created: string, message: string): void {
    this.#warn.run(experimentId, created, message);
  }

  /** Warnings in the order in which they came. */
  warnings(experimentId: string): string[] {
    return this.#warnings.all(experimentId);
  }
}
