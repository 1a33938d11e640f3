import type { Database, Statement, Transaction } from 'better-sqlite3';
import type { IsolationFigures } from '../../shared/contract/results.ts';

/** An isolated example. */
export interface IsolatedExample {
  /** 1 = lowest loss. */
  rank: number;
  /** Position in the training set. */
  example: number;
  /** Cross-entropy in nats at the end of stage 1. */
  loss: number;
}

export interface IsolationRecord {
  figures: IsolationFigures;
  /** File in the experiment's folder: one float32 per training example. */
  lossFile: string;
}

interface Row extends Omit<IsolationFigures, 'labels'> {
  labels: string;
  loss_file: string;
}

/** Stage 1's outcome: the figures and the isolated examples by rising loss. */
export class IsolationRepository {
  readonly #set: Transaction<
    (id: string, record: IsolationRecord, isolated: readonly IsolatedExample[]) => void
  >;
  readonly #get: Statement<[string], Row>;
  readonly #examples: Statement<[string], IsolatedExample>;

  constructor(db: Database) {
    const clear = db.prepare<[string]>('DELETE FROM isolations WHERE experiment_id = ?');
    const insert = db.prepare<(string | number | null)[]>(
      `INSERT INTO isolations (experiment_id, rate, count, precision, recall, auroc, concentration, class, labels,
         threshold, loss_file) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    const insertExample = db.prepare<[string, number, number, number]>(
      'INSERT INTO isolated_examples (experiment_id, rank, example, loss) VALUES (?, ?, ?, ?)',
    );
    this.#set = db.transaction((id, { figures: f, lossFile }, isolated) => {
      clear.run(id);
      insert.run(
        id,
        f.rate,
        f.count,
        f.precision,
        f.recall,
        f.auroc,
        f.concentration,
        f.class,
        JSON.stringify(f.labels),
        f.threshold,
        lossFile,
      );
      for (const example of isolated) insertExample.run(id, example.rank, example.example, example.loss);
    });
    this.#get = db.prepare('SELECT * FROM isolations WHERE experiment_id = ?');
    this.#examples = db.prepare(
      'SELECT rank, example, loss FROM isolated_examples WHERE experiment_id = ? ORDER BY rank',
    );
  }

  /** Replaces what was there. All in one transaction. */
  set(experimentId: string, record: IsolationRecord, isolated: readonly IsolatedExample[]): void {
    this.#set.immediate(experimentId, record, isolated);
  }

  get(experimentId: string): IsolationRecord | null {
    const row = this.#get.get(experimentId);
    if (!row) return null;
    return {
      figures: {
        rate: row.rate,
        count: row.count,
        precision: row.precision,
        recall: row.recall,
        auroc: row.auroc,
        concentration: row.concentration,
        class: row.class,
        labels: JSON.parse(row.labels) as number[],
        threshold: row.threshold,
      },
      lossFile: row.loss_file,
    };
  }

  /** By rising loss. */
  examples(experimentId: string): IsolatedExample[] {
    return this.#examples.all(experimentId);
  }
}
