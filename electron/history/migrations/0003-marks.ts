import type { Migration } from './index.ts';

/**
 * The analyst's judgements of single training examples. `given` = 1: those that a run was started with, which stay
 * as they were; 0: those made since on its suspects.
 */
export const migration: Migration = {
  version: 3,
  name: 'marks',
  up(db) {
    db.exec(`
CREATE TABLE marks (
  experiment_id TEXT NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
  given INTEGER NOT NULL CHECK (given IN (0, 1)),
  example INTEGER NOT NULL,
  mark TEXT NOT NULL CHECK (mark IN ('clean', 'poison', 'unsure')),
  PRIMARY KEY (experiment_id, given, example)
) STRICT, WITHOUT ROWID;
`);
  },
};
