import type { Database } from 'better-sqlite3';

/** Which rows of a table belong to an experiment: by the table's own id, or by a column that refers to one. */
type Scope = { column: string; of: 'experiment' | 'dataset' };

export interface ExcerptTable {
  name: string;
  columns: string[];
  scope: Scope;
}

/**
 * The tables that hold something about an experiment or a data set, found by their columns, so that tables of
 * later versions are among them.
 */
export function excerptTables(db: Database): ExcerptTable[] {
  const names = db
    .prepare<[], string>(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`,
    )
    .pluck()
    .all();
  return names.flatMap((name) => {
    const columns = db.pragma(`table_info(${quoted(name)})`) as { name: string; type: string; pk: number }[];
    const scope = scopeOf(
      name,
      columns.map((column) => column.name),
    );
    if (!scope) return [];
    // A running number means nothing elsewhere; the order of the rows does.
    const kept = columns.filter(
      ({ type, pk, name: own }) => !(type === 'INTEGER' && pk === 1 && own === 'id'),
    );
    return [{ name, columns: kept.map((column) => column.name), scope }];
  });
}

/**
 * Copies the rows of one experiment and its data set into another history of the same version, in one
 * transaction. Values keep every bit.
 * @param datasetId to be written in place of the data set's own id; its row is then not copied
 */
export function copyExperiment(
  from: Database,
  to: Database,
  { experimentId, datasetId }: { experimentId: string; datasetId?: string | undefined },
): void {
  const own = from
    .prepare<[string], string>('SELECT dataset_id FROM experiments WHERE id = ?')
    .pluck()
    .get(experimentId);
  if (own === undefined) throw new Error(`there is no experiment ${experimentId}`);
  const copyAll = to.transaction(() => {
    // The order of the tables need not be that of their references.
    to.pragma('defer_foreign_keys = ON');
    for (const { name, columns, scope } of excerptTables(from)) {
      if (datasetId !== undefined && scope.of === 'dataset') continue;
      const list = columns.map(quoted).join(', ');
      const insert = to.prepare(
        `INSERT INTO ${quoted(name)} (${list}) VALUES (${columns.map(() => '?').join(', ')})`,
      );
      const select = from
        .prepare<[string], unknown[]>(
          `SELECT ${list} FROM ${quoted(name)} WHERE ${quoted(scope.column)} = ? ORDER BY ${hasRowid(from, name) ? 'rowid' : list}`,
        )
        .raw();
      const replaced = datasetId === undefined ? -1 : columns.indexOf('dataset_id');
      for (const row of select.iterate(scope.of === 'experiment' ? experimentId : own)) {
        if (replaced >= 0) row[replaced] = datasetId;
        insert.run(row);
      }
    }
  });
  from.transaction(() => copyAll.immediate())();
}

function scopeOf(table: string, columns: string[]): Scope | null {
  if (table === 'experiments') return { column: 'id', of: 'experiment' };
  if (table === 'datasets') return { column: 'id', of: 'dataset' };
  if (columns.includes('experiment_id')) return { column: 'experiment_id', of: 'experiment' };
  return columns.includes('dataset_id') ? { column: 'dataset_id', of: 'dataset' } : null;
}

function hasRowid(db: Database, table: string): boolean {
  const sql = db
    .prepare<[string], string>(`SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?`)
    .pluck()
    .get(table)!;
  return !/WITHOUT ROWID/i.test(sql);
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
