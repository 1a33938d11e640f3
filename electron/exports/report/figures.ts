import type { MethodName, ModelEvaluation, Moment } from '../../../shared/contract/results.ts';
import { countWithout } from '../../../shared/metrics/answers.ts';
import { wilson, type Interval } from '../../../shared/metrics/interval.ts';
import type { ReportData } from './data.ts';

/** A share with what chance leaves open. */
export interface Figure {
  value: number;
  /** 95 %, Wilson. */
  range: Interval;
  /** Images it was counted over. */
  images: number;
}

export interface FigureRow {
  title: string;
  /** Whether this is the figure to read first. */
  lead: boolean;
  values: (Figure | null)[];
}

type Key = 'asr' | 'ca' | 'caWithoutTarget' | 'ra';

const ROWS: { key: Key; moment: Moment; title: string; lead: boolean }[] = [
  {
    key: 'asr',
    moment: 'reestimated',
    title: 'Fooled by the trigger (ASR), after re-estimation',
    lead: true,
  },
  { key: 'asr', moment: 'final', title: 'Fooled by the trigger (ASR), as trained', lead: false },
  { key: 'ca', moment: 'reestimated', title: 'Right on clean images (CA), after re-estimation', lead: true },
  { key: 'ca', moment: 'final', title: 'Right on clean images (CA), as trained', lead: false },
  { key: 'caWithoutTarget', moment: 'final', title: 'CA without the target class, as trained', lead: false },
  {
    key: 'ra',
    moment: 'reestimated',
    title: 'Right in spite of the trigger (RA), after re-estimation',
    lead: false,
  },
];

/** The models that have figures, and the table that sets them side by side; rows without any figure are left out. */
export function figureTable({ evaluations, dataset }: ReportData): {
  methods: MethodName[];
  rows: FigureRow[];
} {
  const methods = (['naive', 'abl', 'oracle'] as const).filter((method) =>
    evaluations.some((one) => one.method === method && one.moment === 'final'),
  );
  const of = (method: MethodName, moment: Moment) =>
    evaluations.find((one) => one.method === method && one.moment === moment)?.evaluation ?? null;
  const rows = ROWS.map(({ key, moment, title, lead }) => ({
    title,
    lead,
    values: methods.map((method) => figure(of(method, moment), key, dataset.target)),
  }));
  return { methods, rows: rows.filter(({ values }) => values.some((value) => value !== null)) };
}

function figure(evaluation: ModelEvaluation | null, key: Key, target: number | null): Figure | null {
  const value = evaluation?.[key] ?? null;
  if (!evaluation || value === null) return null;
  const triggered = key === 'asr' || key === 'ra';
  const counts = triggered ? evaluation.confusionTriggered : evaluation.confusion;
  if (!counts) return null;
  const images = countWithout(counts, key === 'ca' ? null : target);
  return { value, images, range: wilson(Math.round(value * images), images) };
}

/** '98.3 %'. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
