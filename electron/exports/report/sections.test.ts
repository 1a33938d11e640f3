import { expect, test } from 'vitest';
import type { MethodFigures, Verdict } from '../../../shared/contract/results.ts';
import type { ReportData } from './data.ts';
import { verdict } from './sections.ts';

const figures = (asr: number | null, asrReestimated: number | null, ca: number): MethodFigures => ({
  ca,
  caWithoutTarget: null,
  asr,
  ra: null,
  caReestimated: null,
  asrReestimated,
  raReestimated: null,
});

function firstPage(abl: MethodFigures, anyway = 0): string {
  const given: Partial<Verdict> = {
    kind: 'poisoned',
    class: 0,
    confidence: 0.9,
    estimatedAsr: null,
    reasons: [],
  };
  const result = { verdict: given, naive: figures(1, 1, 0.8), abl };
  // Of 100 images of the other class so many are answered with the target class without a trigger.
  const confusion = [
    [100, 0],
    [anyway, 100 - anyway],
  ];
  const evaluation = {
    confusion,
    confusionTriggered: [
      [0, 0],
      [50, 50],
    ],
  };
  const evaluations = [{ method: 'abl', moment: 'final', evaluation }];
  const dataset = { classes: ['ship', 'car'], target: 0 };
  return verdict({ result, evaluations, dataset } as unknown as ReportData).text;
}

test('the first page says in figures what the models do, and which may be used', () => {
  const rid = firstPage(figures(0.01, 0.02, 0.78));
  expect(rid).toContain('The ABL model is without this backdoor');
  expect(rid).toMatch(
    /In figures:<\/strong> The trigger fools the naive model on 100 of 100 images, and the ABL model on 2 of 100, at a price of 2 points/,
  );
  // As on the screens, the worse of both figures decides.
  expect(firstPage(figures(0.3, 0.02, 0.78))).toContain('use neither');
  // What it answers so anyway is no backdoor's doing; but one that always does is of no use.
  expect(firstPage(figures(0.3, 0.02, 0.78), 25)).toContain('The ABL model is without this backdoor');
  expect(firstPage(figures(0.6, 0.02, 0.78), 60)).toContain('whatever they show: use neither');
  const unmeasured = firstPage(figures(null, null, 0.78));
  expect(unmeasured).toContain('was not measured');
  expect(unmeasured).not.toContain('In figures');
});
