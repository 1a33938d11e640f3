import type { Database } from 'better-sqlite3';
import { migration as m0001 } from './0001-initial.ts';
import { migration as m0002 } from './0002-examinations.ts';
import { migration as m0003 } from './0003-marks.ts';
import { migration as m0004 } from './0004-baseline.ts';

/** One step of the schema. Runs inside a transaction; never changed once released. */
export interface Migration {
  /** 1, 2, 3, … without gaps; becomes `PRAGMA user_version`. */
  version: number;
  name: string;
  up(db: Database): void;
}

/** All migrations in order. A new one is a new file, appended here. */
export const MIGRATIONS: readonly Migration[] = [m0001, m0002, m0003, m0004];

/** Version of the schema that this program writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;
