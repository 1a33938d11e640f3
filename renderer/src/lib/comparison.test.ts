import { describe, expect, test } from 'vitest';
import type { MethodFigures } from '../../../shared/contract/results.ts';
import { classAccuracies, evaluationOf, figureRows } from './comparison.ts';

const figures = (part: Partial<MethodFigures>): MethodFigures => ({
  ca: null,
  caWithoutTarget: null,
  asr: null,
  ra: null,
  caReestimated: null,
  asrReestimated: null,
  raReestimated: null,
  ...part,
});

describe('the table of figures', () => {
  test('shows attack success after re-estimation first, and only rows that somebody has', () => {
    const rows = figureRows({
      naive: figures({ asr: 1, asrReestimated: 0.99, ca: 0.8 }),
      abl: figures({ asr: 0.01 }),
      oracle: null,
    });
    expect(rows.map(({ key }) => key)).toEqual(['asrReestimated', 'asr', 'ca']);
    expect(rows[0]!.values).toEqual([
      { method: 'naive', value: 0.99 },
      { method: 'abl', value: null },
    ]);
  });

  test('is empty where nothing could be measured', () => {
    expect(figureRows({ naive: figures({}), abl: null, oracle: null })).toEqual([]);
  });
});

test('accuracy per class; a class without images has none', () => {
  expect(
    classAccuracies([
      [3, 1, 0],
      [0, 0, 0],
      [1, 1, 2],
    ]),
  ).toEqual([0.75, null, 0.5]);
});

test('the first moment that exists is taken', () => {
  const evaluation = { ...figures({}), confusion: null, confusionTriggered: null };
  const list = [
    { method: 'abl' as const, moment: 'final' as const, evaluation },
    { method: 'naive' as const, moment: 'reestimated' as const, evaluation },
  ];
  expect(evaluationOf(list, 'abl', ['reestimated', 'final'])?.moment).toBe('final');
  expect(evaluationOf(list, 'oracle', ['reestimated', 'final'])).toBeNull();
});
