import type { Migration } from './index.ts';

/** What the careful method found, as the trainer reported it. */
export const migration: Migration = {
  version: 2,
  name: 'examinations',
  up(db) {
    db.exec(`
CREATE TABLE examinations (
  experiment_id TEXT PRIMARY KEY REFERENCES experiments (id) ON DELETE CASCADE,
  examination TEXT NOT NULL CHECK (json_valid(examination))
) STRICT;
`);
  },
};
