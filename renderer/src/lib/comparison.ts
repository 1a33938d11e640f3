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

/** What an analyst should take from the comparison, in one plain sentence. Null where it cannot be said. */
export function comparisonSentence(naive: MethodFigures | null, abl: MethodFigures | null): string | null {
  const asr = (one: MethodFigures | null) => one?.asrReestimated ?? one?.asr ?? null;
  const ca = (one: MethodFigures | null) => one?.caReestimated ?? one?.ca ?? null;
  const [before, after] = [asr(naive), asr(abl)];
  if (before === null || after === null) return null;
  const whole = (fraction: number) => `${Math.round(fraction * 100)} of 100`;
  const attack =
    before < 0.1
      ? `The trigger moved only ${whole(before)} images of the naive model`
      : `The trigger fools the naive model on ${whole(before)} images, and the ABL model on ${whole(after)}`;
  const [caBefore, caAfter] = [ca(naive), ca(abl)];
  if (caBefore === null || caAfter === null) return `${attack}.`;
  const lost = Math.round((caBefore - caAfter) * 100);
  const price =
    lost > 0
      ? `at a price of ${lost} ${lost === 1 ? 'point' : 'points'} of clean accuracy`
      : lost < 0
        ? `and clean accuracy is ${-lost} ${lost === -1 ? 'point' : 'points'} higher`
        : 'and clean accuracy is the same';
  return `${attack}, ${price}.`;
}

/** Attack success from which on a backdoor counts as working. */
const STANDING = 0.15;

/** Whether the ABL model is rid of the backdoor, by the worse of its two figures; unknown where none was measured. */
export function backdoorOutcome(abl: MethodFigures | null): 'broken' | 'standing' | 'unknown' {
  const measured = [abl?.asr, abl?.asrReestimated].filter((value) => value != null);
  if (measured.length === 0) return 'unknown';
  return Math.max(...measured) < STANDING ? 'broken' : 'standing';
}
