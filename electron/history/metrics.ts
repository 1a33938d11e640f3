import type { Database, Statement, Transaction } from 'better-sqlite3';
import type { EpochMetrics, MethodName, StageName } from '../../shared/contract/results.ts';

export interface StageRecord {
  method: MethodName;
  stage: StageName;
  state: 'started' | 'done';
  /** Over all sittings. */
  seconds: number;
}

interface EpochRow {
  method: MethodName;
  stage: StageName;
  epoch: number;
  epochs: number;
  learning_rate: number;
  loss: number;
  accuracy: number;
  isolated_loss: number | null;
  ca: number | null;
  asr: number | null;
  steps: number;
  seconds: number;
}

/** Stages and epochs of an experiment. Writing one again (after a resume) replaces it. */
export class MetricsRepository {
  readonly #stage: Statement<[string, string, string, string, number]>;
  readonly #stages: Statement<[string], StageRecord>;
  readonly #epoch: Statement<(string | number | null)[]>;
  readonly #epochs: Statement<[string], EpochRow>;
  readonly #addAll: Transaction<(experimentId: string, epochs: readonly EpochMetrics[]) => void>;

  constructor(db: Database) {
    this.#stage = db.prepare(
      'INSERT OR REPLACE INTO stages (experiment_id, method, stage, state, seconds) VALUES (?, ?, ?, ?, ?)',
    );
    this.#stages = db.prepare(`SELECT method, stage, state, seconds FROM stages WHERE experiment_id = ?
      ORDER BY instr('naive abl oracle', method), instr('train isolate fine-tune unlearn joint', stage)`);
    this.#epoch = db.prepare(
      `INSERT OR REPLACE INTO epochs (experiment_id, method, stage, epoch, epochs, learning_rate, loss, accuracy,
         isolated_loss, ca, asr, steps, seconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#epochs = db.prepare(`SELECT * FROM epochs WHERE experiment_id = ?
      ORDER BY instr('naive abl oracle', method), instr('train isolate fine-tune unlearn joint', stage), epoch`);
    this.#addAll = db.transaction((experimentId, epochs) => {
      for (const e of epochs) {
        this.#epoch.run(
          experimentId,
          e.method,
          e.stage,
          e.epoch,
          e.epochs,
          e.learningRate,
          e.loss,
          e.accuracy,
          e.isolatedLoss,
          e.ca,
          e.asr,
          e.steps,
          e.seconds,
        );
      }
    });
  }

  setStage(experimentId: string, stage: StageRecord): void {
    this.#stage.run(experimentId, stage.method, stage.stage, stage.state, stage.seconds);
  }

  /** In the order in which they run. */
  stages(experimentId: string): StageRecord[] {
    return this.#stages.all(experimentId);
  }

  /** All in one transaction. */
  addEpochs(experimentId: string, epochs: readonly EpochMetrics[]): void {
    this.#addAll.immediate(experimentId, epochs);
  }

  /** In the order in which they ran. */
  epochs(experimentId: string): EpochMetrics[] {
    return this.#epochs.all(experimentId).map((row) => ({
      method: row.method,
      stage: row.stage,
      epoch: row.epoch,
      epochs: row.epochs,
      learningRate: row.learning_rate,
      loss: row.loss,
      accuracy: row.accuracy,
      isolatedLoss: row.isolated_loss,
      ca: row.ca,
      asr: row.asr,
      steps: row.steps,
      seconds: row.seconds,
    }));
  }
}
