import type { ExperimentDetail } from '../../../shared/contract/api.ts';
import type { MethodFigures, MethodName, ModelEvaluation, Moment } from '../../../shared/contract/results.ts';

/** One line of the table that sets the models beside each other. */
export interface FigureRow {
  key: keyof MethodFigures;
  title: string;
  /** Whether a high figure is good. */
  high: boolean;
  values: { method: MethodName; value: number | null }[];
}

const ROWS: Omit<FigureRow, 'values'>[] = [
  { key: 'asrReestimated', title: 'Attack success, after re-estimation', high: false },
  { key: 'asr', title: 'Attack success, as trained', high: false },
  { key: 'caReestimated', title: 'Clean accuracy, after re-estimation', high: true },
  { key: 'ca', title: 'Clean accuracy, as trained', high: true },
  { key: 'caWithoutTarget', title: 'Clean accuracy without the target class', high: true },
  { key: 'raReestimated', title: 'Triggered images still right, after re-estimation', high: true },
  { key: 'ra', title: 'Triggered images still right, as trained', high: true },
];

/** The models an experiment has figures for, in the order in which they are shown. */
export function trainedMethods(detail: Pick<ExperimentDetail, MethodName>): MethodName[] {
  return (['naive', 'abl', 'oracle'] as const).filter((method) => detail[method] !== null);
}

/** The rows that at least one model has a figure for. */
export function figureRows(detail: Pick<ExperimentDetail, MethodName>): FigureRow[] {
  const methods = trainedMethods(detail);
  return ROWS.map((row) => ({
    ...row,
    values: methods.map((method) => ({ method, value: detail[method]![row.key] })),
  })).filter(({ values }) => values.some(({ value }) => value !== null));
}

export function evaluationOf(
  evaluations: ExperimentDetail['evaluations'],
  method: MethodName,
  moments: readonly Moment[],
): { moment: Moment; evaluation: ModelEvaluation } | null {
  for (const moment of moments) {
    const found = evaluations.find((one) => one.method === method && one.moment === moment);
    if (found) return { moment, evaluation: found.evaluation };
  }
  return null;
}

/** Share of right answers per true class; null for a class without test images. */
export function classAccuracies(confusion: readonly (readonly number[])[]): (number | null)[] {
  return confusion.map((row, index) => {
    const all = row.reduce((sum, value) => sum + value, 0);
    return all === 0 ? null : (row[index] ?? 0) / all;
  });
}
