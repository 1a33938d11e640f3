import type { IsolationFigures, MethodFigures, MethodName } from '../contract/results.ts';

/** What experiments are compared by; null = not known, or not done. */
export interface Comparable extends Record<MethodName, MethodFigures | null> {
  isolation: Pick<IsolationFigures, 'precision' | 'recall'> | null;
  /** Of training. */
  seconds: number | null;
}

export interface ComparedFigure {
  title: string;
  unit: 'share' | 'seconds';
  /** What is good. */
  good: 'high' | 'low';
  of(one: Comparable): number | null;
}

const MODELS: [MethodName, string][] = [
  ['abl', 'ABL'],
  ['naive', 'Naive'],
  ['oracle', 'Oracle'],
];

const OF_A_MODEL: { key: keyof MethodFigures; title: string; good: 'high' | 'low' }[] = [
  { key: 'asrReestimated', title: 'attack success, re-estimated', good: 'low' },
  { key: 'asr', title: 'attack success, as trained', good: 'low' },
  { key: 'caReestimated', title: 'clean accuracy, re-estimated', good: 'high' },
  { key: 'ca', title: 'clean accuracy, as trained', good: 'high' },
];

/** The lines of a table that sets experiments side by side, on screen and in a terminal. */
export const COMPARED_FIGURES: readonly ComparedFigure[] = [
  ...MODELS.flatMap(([method, name]) =>
    OF_A_MODEL.map(({ key, title, good }): ComparedFigure => ({
      title: `${name}: ${title}`,
      unit: 'share',
      good,
      of: (one) => one[method]?.[key] ?? null,
    })),
  ),
  {
    title: 'Isolation precision',
    unit: 'share',
    good: 'high',
    of: (one) => one.isolation?.precision ?? null,
  },
  { title: 'Isolation recall', unit: 'share', good: 'high', of: (one) => one.isolation?.recall ?? null },
  { title: 'Training time', unit: 'seconds', good: 'low', of: (one) => one.seconds },
];

/** How far an experiment is from the baseline. */
export interface Difference {
  /** In the figure's unit. */
  value: number;
  judgement: 'better' | 'worse' | 'same';
}

/** Differences that are not shown are none: less than a tenth of a percentage point, less than a second. */
const LEAST = { share: 0.0005, seconds: 0.5 };

/** Null where one of the two has no such figure. */
export function differenceFrom(
  baseline: Comparable,
  one: Comparable,
  { of, unit, good }: ComparedFigure,
): Difference | null {
  const [before, after] = [of(baseline), of(one)];
  if (before === null || after === null) return null;
  const value = after - before;
  if (Math.abs(value) < LEAST[unit]) return { value, judgement: 'same' };
  return { value, judgement: value > 0 === (good === 'high') ? 'better' : 'worse' };
}
