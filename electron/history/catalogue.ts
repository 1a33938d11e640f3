import type { Database, Statement } from 'better-sqlite3';
import { storedSettings, type Settings } from '../../shared/abl/settings.ts';
import type { ExperimentQuery, ExperimentState } from '../../shared/contract/api.ts';
import type { DatasetManifest } from '../../shared/contract/dataset.ts';
import type { MethodFigures, MethodName, Verdict } from '../../shared/contract/results.ts';

/** One line of the list of experiments, with the figures that lists show. */
export interface CatalogueRow {
  id: string;
  name: string;
  state: ExperimentState;
  trashed: boolean;
  created: string;
  finished: string | null;
  datasetId: string;
  datasetName: string;
  preset: string;
  network: string;
  seed: number;
  methods: MethodName[];
  tags: string[];
  note: string;
  naive: MethodFigures | null;
  abl: MethodFigures | null;
  verdict: Verdict['kind'] | null;
  /** Others are compared with it. */
  baseline: boolean;
  /** Training time of the finished run. */
  seconds: number | null;
}

/** What a person may change about an experiment. */
export interface ExperimentEdit {
  name?: string;
  /** Replaces all notes; '' = none. */
  note?: string;
  tags?: string[];
}

/** A run that came to its end, with what its duration depends on. */
export interface FinishedRun {
  name: string;
  settings: Settings;
  methods: MethodName[];
  engine: string;
  seconds: number;
  manifest: DatasetManifest;
}

/** What the rows can be searched and sorted by. */
const SORTABLE = `FROM experiments e
  JOIN datasets d ON d.id = e.dataset_id
  LEFT JOIN evaluations af ON af.experiment_id = e.id AND af.method = 'abl' AND af.moment = 'final'
  LEFT JOIN evaluations ar ON ar.experiment_id = e.id AND ar.method = 'abl' AND ar.moment = 'reestimated'`;

const JOINS = `${SORTABLE}
  LEFT JOIN evaluations nf ON nf.experiment_id = e.id AND nf.method = 'naive' AND nf.moment = 'final'
  LEFT JOIN evaluations nr ON nr.experiment_id = e.id AND nr.method = 'naive' AND nr.moment = 'reestimated'
  LEFT JOIN verdicts v ON v.experiment_id = e.id`;

const figures = (final: string, again: string) =>
  `CASE WHEN ${final}.experiment_id IS NULL THEN NULL ELSE json_object(
     'ca', ${final}.ca, 'caWithoutTarget', ${final}.ca_without_target, 'asr', ${final}.asr, 'ra', ${final}.ra,
     'caReestimated', ${again}.ca, 'asrReestimated', ${again}.asr, 'raReestimated', ${again}.ra) END`;

const COLUMNS = `e.id, e.name, e.state, e.trashed IS NOT NULL AS trashed, e.created, e.finished,
  e.dataset_id AS datasetId, d.name AS datasetName, e.preset, e.network, e.seed, e.methods,
  (SELECT json_group_array(tag) FROM (SELECT tag FROM tags WHERE experiment_id = e.id ORDER BY tag)) AS tags,
  coalesce((SELECT group_concat(text, char(10)) FROM (SELECT text FROM notes WHERE experiment_id = e.id ORDER BY id)), '')
    AS note,
  ${figures('nf', 'nr')} AS naive, ${figures('af', 'ar')} AS abl, v.kind AS verdict,
  EXISTS (SELECT 1 FROM baseline WHERE pinned = e.id) AS baseline,
  json_extract(e.seconds, '$.total') AS seconds`;

const ORDERS: Record<NonNullable<ExperimentQuery['sort']>, string> = {
  created: 'e.created',
  name: 'e.name COLLATE NOCASE',
  seconds: "json_extract(e.seconds, '$.total')",
  'abl-ca': 'coalesce(ar.ca, af.ca)',
  'abl-asr': 'coalesce(ar.asr, af.asr)',
};

type Raw = Omit<CatalogueRow, 'trashed' | 'baseline' | 'methods' | 'tags' | 'naive' | 'abl'> & {
  trashed: number;
  baseline: number;
  methods: string;
  tags: string;
  naive: string | null;
  abl: string | null;
};

/** What lists on screen ask of the history: searched, sorted and cut by SQLite itself. */
export class Catalogue {
  readonly #db: Database;
  readonly #statements = new Map<string, Statement>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** One page of the experiments that fit, and how many fit in all. Those in the trash only when asked for. */
  experiments(query: ExperimentQuery): { total: number; rows: CatalogueRow[] } {
    const { where, values } = conditions(query);
    const order = ORDERS[query.sort ?? 'created'];
    const direction = (query.descending ?? query.sort === undefined) ? 'DESC' : 'ASC';
    const total = this.#prepare(
      `SELECT count(*) AS n FROM experiments e JOIN datasets d ON d.id = e.dataset_id ${where}`,
    ).get(values) as { n: number };
    const ordered = `ORDER BY ${order} ${direction} NULLS LAST, e.created DESC, e.id`;
    // The page is chosen first: notes, tags and figures are then looked up for its rows alone.
    const rows = this.#prepare(
      `SELECT ${COLUMNS} ${JOINS}
       WHERE e.id IN (SELECT e.id ${SORTABLE} ${where} ${ordered} LIMIT @limit OFFSET @offset) ${ordered}`,
    ).all({ ...values, limit: query.limit, offset: query.offset }) as Raw[];
    return { total: total.n, rows: rows.map(fromRaw) };
  }

  experiment(id: string): CatalogueRow | null {
    const row = this.#prepare(`SELECT ${COLUMNS} ${JOINS} WHERE e.id = @id`).get({ id }) as Raw | undefined;
    return row ? fromRaw(row) : null;
  }

  /** Counts every change that any other connection made to the history. */
  version(): number {
    return this.#db.pragma('data_version', { simple: true }) as number;
  }

  editExperiment(id: string, { name, note, tags }: ExperimentEdit, at: string): void {
    this.#db
      .transaction(() => {
        if (name !== undefined)
          this.#prepare('UPDATE experiments SET name = @name WHERE id = @id').run({ id, name });
        if (note !== undefined) {
          this.#prepare('DELETE FROM notes WHERE experiment_id = @id').run({ id });
          if (note.trim() !== '') {
            this.#prepare('INSERT INTO notes (experiment_id, created, text) VALUES (@id, @at, @note)').run({
              id,
              at,
              note,
            });
          }
        }
        if (tags !== undefined) {
          this.#prepare('DELETE FROM tags WHERE experiment_id = @id').run({ id });
          const insert = this.#prepare(
            'INSERT INTO tags (experiment_id, tag) VALUES (@id, @tag) ON CONFLICT DO NOTHING',
          );
          for (const tag of tags) if (tag.trim() !== '') insert.run({ id, tag: tag.trim() });
        }
      })
      .immediate();
  }

  renameDataset(id: string, name: string): void {
    this.#prepare(
      `UPDATE datasets SET name = @name, manifest = json_set(manifest, '$.name', @name) WHERE id = @id`,
    ).run({ id, name });
  }

  /** Finished runs of a network, newest first: what an estimate of time can rest on. */
  finishedRuns(network: string): FinishedRun[] {
    const rows = this.#prepare(
      `SELECT e.name, e.settings, e.methods, json_extract(e.engine, '$.kind') AS engine,
         json_extract(e.seconds, '$.total') AS seconds, d.manifest
       FROM experiments e JOIN datasets d ON d.id = e.dataset_id
       WHERE e.state = 'done' AND e.network = @network AND seconds > 0 ORDER BY e.finished DESC LIMIT 20`,
    ).all({ network }) as {
      name: string;
      settings: string;
      methods: string;
      engine: string;
      seconds: number;
      manifest: string;
    }[];
    return rows.map((row) => ({
      name: row.name,
      settings: storedSettings(row.settings),
      methods: JSON.parse(row.methods) as MethodName[],
      engine: row.engine,
      seconds: row.seconds,
      manifest: JSON.parse(row.manifest) as DatasetManifest,
    }));
  }

  #prepare(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function conditions(query: ExperimentQuery): { where: string; values: Record<string, string> } {
  const parts = [query.trashed ? 'e.trashed IS NOT NULL' : 'e.trashed IS NULL'];
  const values: Record<string, string> = {};
  if (query.state) {
    parts.push('e.state = @state');
    values.state = query.state;
  }
  if (query.datasetId) {
    parts.push('e.dataset_id = @datasetId');
    values.datasetId = query.datasetId;
  }
  if (query.tag) {
    parts.push('EXISTS (SELECT 1 FROM tags WHERE experiment_id = e.id AND tag = @tag)');
    values.tag = query.tag;
  }
  // Every word must be found somewhere; more than a few are not typed.
  const words = (query.text ?? '').split(/\s+/).filter(Boolean).slice(0, 8);
  words.forEach((word, i) => {
    const like = (column: string) => `${column} LIKE @word${i} ESCAPE '\\'`;
    const fields = ['e.name', 'e.id', 'd.name', 'e.preset', 'e.network'].map(like).join(' OR ');
    parts.push(`(${fields}
      OR EXISTS (SELECT 1 FROM tags WHERE experiment_id = e.id AND ${like('tag')})
      OR EXISTS (SELECT 1 FROM notes WHERE experiment_id = e.id AND ${like('text')}))`);
    values[`word${i}`] = `%${word.replace(/[\\%_]/g, '\\$&')}%`;
  });
  return { where: `WHERE ${parts.join(' AND ')}`, values };
}

function fromRaw(row: Raw): CatalogueRow {
  const parse = <T>(json: string | null) => (json === null ? null : (JSON.parse(json) as T));
  return {
    ...row,
    trashed: row.trashed === 1,
    baseline: row.baseline === 1,
    methods: JSON.parse(row.methods) as MethodName[],
    tags: JSON.parse(row.tags) as string[],
    naive: parse<MethodFigures>(row.naive),
    abl: parse<MethodFigures>(row.abl),
  };
}
