import type { Database, Statement, Transaction } from 'better-sqlite3';
import type { ExampleMark, Mark } from '../../shared/contract/marks.ts';

/** The analyst's judgements of single training examples. */
export class MarkRepository {
  readonly #set: Transaction<(id: string, examples: readonly number[], mark: Mark | null) => void>;
  readonly #give: Transaction<(id: string, marks: readonly ExampleMark[]) => void>;
  readonly #of: Statement<[string, number], ExampleMark>;

  constructor(db: Database) {
    const put = db.prepare<[string, number, number, Mark]>(
      'INSERT OR REPLACE INTO marks (experiment_id, given, example, mark) VALUES (?, ?, ?, ?)',
    );
    const remove = db.prepare<[string, number]>(
      'DELETE FROM marks WHERE experiment_id = ? AND given = 0 AND example = ?',
    );
    this.#set = db.transaction((id, examples, mark) => {
      for (const example of examples) {
        if (mark === null) remove.run(id, example);
        else put.run(id, 0, example, mark);
      }
    });
    this.#give = db.transaction((id, marks) => {
      for (const { example, mark } of marks) put.run(id, 1, example, mark);
    });
    this.#of = db.prepare(
      'SELECT example, mark FROM marks WHERE experiment_id = ? AND given = ? ORDER BY example',
    );
  }

  /** @param mark null takes the marks away */
  set(experimentId: string, examples: readonly number[], mark: Mark | null): void {
    this.#set.immediate(experimentId, examples, mark);
  }

  /** Made on the experiment's suspects, by rising example. */
  of(experimentId: string): ExampleMark[] {
    return this.#of.all(experimentId, 0);
  }

  /** Hands an experiment the marks that it is to be run with. */
  give(experimentId: string, marks: readonly ExampleMark[]): void {
    this.#give(experimentId, marks);
  }

  /** What the experiment is run with, by rising example. */
  given(experimentId: string): ExampleMark[] {
    return this.#of.all(experimentId, 1);
  }
}
