import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dumpSchema, migrate, schemaVersion } from './migrate.ts';
import { MIGRATIONS, SCHEMA_VERSION, type Migration } from './migrations/index.ts';

let db: Database.Database;
beforeEach(() => {
  db = new Database(':memory:');
});
afterEach(() => db.close());

describe('migrations', () => {
  it('are numbered without gaps', () => {
    expect(MIGRATIONS.map((m) => m.version)).toEqual(MIGRATIONS.map((_, i) => i + 1));
    expect(SCHEMA_VERSION).toBe(MIGRATIONS.length);
  });

  it('give the schema in schema.sql (npx vitest run -u writes it anew)', async () => {
    migrate(db);
    await expect(dumpSchema(db)).toMatchFileSnapshot('schema.sql');
  });

  it('do nothing the second time', () => {
    migrate(db);
    const before = dumpSchema(db);
    migrate(db);
    expect(dumpSchema(db)).toBe(before);
  });

  it('undo a step that fails, keeping those before it', () => {
    const steps: Migration[] = [
      { version: 1, name: 'one', up: (d) => d.exec('CREATE TABLE one (a TEXT) STRICT') },
      {
        version: 2,
        name: 'two',
        up: (d) => {
          d.exec('CREATE TABLE two (a TEXT) STRICT');
          throw new Error('half way');
        },
      },
    ];
    expect(() => migrate(db, steps)).toThrow('half way');
    expect(schemaVersion(db)).toBe(1);
    expect(db.prepare(`SELECT name FROM sqlite_schema`).pluck().all()).toEqual(['one']);
  });

  it('refuse a list with a gap', () => {
    expect(() => migrate(db, [{ version: 2, name: 'two', up: () => undefined }])).toThrow(/out of order/);
  });

  it('0001: every table is strict, and rows that hang on an experiment go with it', () => {
    migrate(db, MIGRATIONS.slice(0, 1));
    db.pragma('foreign_keys = ON');
    const tables = db.pragma('table_list') as { name: string; strict: number; schema: string }[];
    const own = tables.filter((t) => t.schema === 'main' && !t.name.startsWith('sqlite_'));
    expect(own).toHaveLength(12);
    expect(own.every((t) => t.strict === 1)).toBe(true);
    db.exec(`INSERT INTO datasets VALUES ('d', 'n', 'c', 'h', '{}', NULL);
      INSERT INTO experiments (id, name, state, dataset_id, dataset_hash, network, preset, settings, seed, methods,
        engine_preference, app_version, created)
      VALUES ('e', 'n', 'queued', 'd', 'h', 'n', 'p', '{}', 1, '[]', 'auto', '0', 'c');
      INSERT INTO isolations VALUES ('e', 0.1, 1, NULL, NULL, NULL, 1, 0, '[]', 0.5, 'f');
      INSERT INTO isolated_examples VALUES ('e', 1, 5, 0.25);`);
    expect(() => db.exec(`UPDATE experiments SET state = 'dreaming'`)).toThrow(/CHECK/);
    expect(() => db.exec(`UPDATE experiments SET settings = 'not json'`)).toThrow(/CHECK/);
    expect(() => db.exec(`DELETE FROM datasets`)).toThrow(/FOREIGN KEY/);
    db.exec('DELETE FROM experiments');
    expect(db.prepare('SELECT count(*) FROM isolated_examples').pluck().get()).toBe(0);
  });
});
