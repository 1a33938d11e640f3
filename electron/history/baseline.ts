import type { Database, Statement } from 'better-sqlite3';

/** The experiment that others are compared with: none or one. */
export class BaselineRepository {
  readonly #get: Statement<[], string>;
  readonly #pin: Statement<[string]>;
  readonly #unpin: Statement<[]>;

  constructor(db: Database) {
    this.#get = db
      .prepare<[], string>(
        'SELECT pinned FROM baseline JOIN experiments ON experiments.id = pinned WHERE trashed IS NULL',
      )
      .pluck();
    this.#pin = db.prepare('INSERT OR REPLACE INTO baseline (only, pinned) VALUES (1, ?)');
    this.#unpin = db.prepare('DELETE FROM baseline');
  }

  /** Null where none is pinned, or the one that is lies in the trash. */
  get(): string | null {
    return this.#get.get() ?? null;
  }

  /** @param experimentId null unpins */
  pin(experimentId: string | null): void {
    if (experimentId === null) this.#unpin.run();
    else this.#pin.run(experimentId);
  }
}
