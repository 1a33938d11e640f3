import { expect, test } from 'vitest';
import type { MethodFigures } from '../contract/results.ts';
import { COMPARED_FIGURES, differenceFrom, type Comparable } from './compared.ts';

const none: MethodFigures = {
  ca: null,
  caWithoutTarget: null,
  asr: null,
  ra: null,
  caReestimated: null,
  asrReestimated: null,
  raReestimated: null,
};
const experiment = (abl: Partial<MethodFigures>, seconds: number | null = null): Comparable => ({
  naive: null,
  abl: { ...none, ...abl },
  oracle: null,
  isolation: null,
  seconds,
});
const row = (title: string) => COMPARED_FIGURES.find((one) => one.title === title)!;

test('every line has a title of its own', () => {
  const titles = COMPARED_FIGURES.map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
});

test('more accuracy is better, more attack success and more time are worse', () => {
  const [a, b] = [experiment({ ca: 0.8, asr: 0.1 }, 60), experiment({ ca: 0.9, asr: 0.4 }, 90)];
  const judged = (title: string) => differenceFrom(a, b, row(title));
  expect(judged('ABL: clean accuracy, as trained')).toMatchObject({ judgement: 'better' });
  expect(judged('ABL: attack success, as trained')).toMatchObject({ judgement: 'worse' });
  expect(judged('ABL: attack success, as trained')!.value).toBeCloseTo(0.3, 10);
  expect(judged('Training time')).toEqual({ value: 30, judgement: 'worse' });
  expect(differenceFrom(b, a, row('Training time'))).toEqual({ value: -30, judgement: 'better' });
});

test('what is shown as the same is the same; what is not known has no difference', () => {
  const line = row('ABL: clean accuracy, as trained');
  const [a, b] = [experiment({ ca: 0.8 }), experiment({ ca: 0.8004 })];
  expect(differenceFrom(a, b, line)).toMatchObject({ judgement: 'same' });
  const took = (seconds: number) => experiment({}, seconds);
  expect(differenceFrom(took(3.1), took(3.5), row('Training time'))).toMatchObject({ judgement: 'same' });
  expect(differenceFrom(took(3.1), took(3.7), row('Training time'))).toMatchObject({ judgement: 'worse' });
  expect(differenceFrom(a, experiment({}), line)).toBeNull();
  expect(differenceFrom(a, b, row('Isolation recall'))).toBeNull();
});
