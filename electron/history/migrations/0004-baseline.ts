import type { Migration } from './index.ts';

/**
 * The experiment that others are compared with; at most one. The column is not called experiment_id, so that bundles
 * leave it here: what somebody pins is nobody else's.
 */
export const migration: Migration = {
  version: 4,
  name: 'baseline',
  up(db) {
    db.exec(`
CREATE TABLE baseline (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  pinned TEXT NOT NULL REFERENCES experiments (id) ON DELETE CASCADE
) STRICT;
`);
  },
};
