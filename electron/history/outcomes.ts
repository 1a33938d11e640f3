import type { Database, Statement, Transaction } from 'better-sqlite3';
import type {
  Examination,
  MethodName,
  ModelEvaluation,
  Moment,
  Verdict,
} from '../../shared/contract/results.ts';

interface EvaluationRow {
  ca: number | null;
  ca_without_target: number | null;
  asr: number | null;
  ra: number | null;
  confusion: string | null;
  confusion_triggered: string | null;
}

interface VerdictRow {
  kind: Verdict['kind'];
  class: number | null;
  confidence: number;
  estimated_asr: number | null;
  reasons: string;
}

/** What an experiment found out: evaluations, weight files and the verdict. */
export class OutcomeRepository {
  readonly #evaluate: Statement<(string | number | null)[]>;
  readonly #evaluation: Statement<[string, string, string], EvaluationRow>;
  readonly #setWeights: Statement<[string, string, string]>;
  readonly #weights: Statement<[string, string], string>;
  readonly #setVerdict: Statement<(string | number | null)[]>;
  readonly #verdict: Statement<[string], VerdictRow>;
  readonly #setExamination: Statement<[string, string]>;
  readonly #examination: Statement<[string], string>;
  readonly #clear: Transaction<(experimentId: string) => void>;

  constructor(db: Database) {
    this.#evaluate = db.prepare(
      `INSERT OR REPLACE INTO evaluations (experiment_id, method, moment, ca, ca_without_target, asr, ra, confusion,
         confusion_triggered) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#evaluation = db.prepare(
      'SELECT * FROM evaluations WHERE experiment_id = ? AND method = ? AND moment = ?',
    );
    this.#setWeights = db.prepare(
      'INSERT OR REPLACE INTO weights (experiment_id, method, file) VALUES (?, ?, ?)',
    );
    this.#weights = db
      .prepare<[string, string], string>('SELECT file FROM weights WHERE experiment_id = ? AND method = ?')
      .pluck();
    this.#setVerdict = db.prepare(
      'INSERT OR REPLACE INTO verdicts (experiment_id, kind, class, confidence, estimated_asr, reasons) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#verdict = db.prepare('SELECT * FROM verdicts WHERE experiment_id = ?');
    this.#setExamination = db.prepare(
      'INSERT OR REPLACE INTO examinations (experiment_id, examination) VALUES (?, ?)',
    );
    this.#examination = db
      .prepare<[string], string>('SELECT examination FROM examinations WHERE experiment_id = ?')
      .pluck();
    const tables = [
      'examinations',
      'stages',
      'epochs',
      'evaluations',
      'isolations',
      'weights',
      'verdicts',
      'warnings',
    ];
    const deletes = tables.map((table) =>
      db.prepare<[string]>(`DELETE FROM ${table} WHERE experiment_id = ?`),
    );
    this.#clear = db.transaction((experimentId) => {
      for (const statement of deletes) statement.run(experimentId);
    });
  }

  setEvaluation(experimentId: string, method: MethodName, moment: Moment, e: ModelEvaluation): void {
    this.#evaluate.run(
      experimentId,
      method,
      moment,
      e.ca,
      e.caWithoutTarget,
      e.asr,
      e.ra,
      e.confusion && JSON.stringify(e.confusion),
      e.confusionTriggered && JSON.stringify(e.confusionTriggered),
    );
  }

  evaluation(experimentId: string, method: MethodName, moment: Moment): ModelEvaluation | null {
    const row = this.#evaluation.get(experimentId, method, moment);
    if (!row) return null;
    return {
      ca: row.ca,
      caWithoutTarget: row.ca_without_target,
      asr: row.asr,
      ra: row.ra,
      confusion: row.confusion === null ? null : (JSON.parse(row.confusion) as number[][]),
      confusionTriggered:
        row.confusion_triggered === null ? null : (JSON.parse(row.confusion_triggered) as number[][]),
    };
  }

  setExamination(experimentId: string, examination: Examination): void {
    this.#setExamination.run(experimentId, JSON.stringify(examination));
  }

  /** What the careful method found; null if another method ran or it is not done. */
  examination(experimentId: string): Examination | null {
    const text = this.#examination.get(experimentId);
    return text === undefined ? null : (JSON.parse(text) as Examination);
  }

  /** @param file in the experiment's folder */
  setWeights(experimentId: string, method: MethodName, file: string): void {
    this.#setWeights.run(experimentId, method, file);
  }

  weights(experimentId: string, method: MethodName): string | null {
    return this.#weights.get(experimentId, method) ?? null;
  }

  setVerdict(experimentId: string, v: Verdict): void {
    this.#setVerdict.run(
      experimentId,
      v.kind,
      v.class,
      v.confidence,
      v.estimatedAsr,
      JSON.stringify(v.reasons),
    );
  }

  verdict(experimentId: string): Verdict | null {
    const row = this.#verdict.get(experimentId);
    if (!row) return null;
    return {
      kind: row.kind,
      class: row.class,
      confidence: row.confidence,
      estimatedAsr: row.estimated_asr,
      reasons: JSON.parse(row.reasons) as string[],
    };
  }

  /** Forgets everything that was reported, for a run that starts anew. */
  clear(experimentId: string): void {
    this.#clear.immediate(experimentId);
  }
}
