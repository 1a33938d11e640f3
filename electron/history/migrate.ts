import type { Database } from 'better-sqlite3';
import { MIGRATIONS, type Migration } from './migrations/index.ts';

/**
 * Brings a database up to the given migrations' last version, each step in its own immediate
 * transaction. Safe when two processes do it at once: the version is read again under the lock.
 * @throws whatever a step throws; that step is rolled back and the steps before it stay
 */
export function migrate(db: Database, migrations: readonly Migration[] = MIGRATIONS): void {
  migrations.forEach((migration, index) => {
    if (migration.version !== index + 1) throw new Error(`migration ${migration.name} is out of order`);
  });
  for (const migration of migrations) {
    if (schemaVersion(db) >= migration.version) continue;
    db.transaction(() => {
      if (schemaVersion(db) >= migration.version) return;
      migration.up(db);
      db.pragma(`user_version = ${migration.version}`);
    }).immediate();
  }
}

/** `PRAGMA user_version`: the number of migrations that the file has seen. */
export function schemaVersion(db: Database): number {
  return db.pragma('user_version', { simple: true }) as number;
}

/** The schema as text, one statement per object in a stable order: what `schema.sql` holds. */
export function dumpSchema(db: Database): string {
  const rows = db
    .prepare<[], { sql: string }>(
      `SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'
       ORDER BY tbl_name, type DESC, name`,
    )
    .all();
  return `-- Version ${schemaVersion(db)}. Written by a test; do not edit.\n\n${rows.map((row) => `${row.sql};\n`).join('\n')}`;
}
