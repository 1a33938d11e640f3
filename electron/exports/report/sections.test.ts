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

function firstPage(abl: MethodFigures): string {
  const given: Partial<Verdict> = {
    kind: 'poisoned',
    class: 0,
    confidence: 0.9,
    estimatedAsr: null,
    reasons: [],
  };
  const result = { verdict: given, naive: figures(1, 1, 0.8), abl };
  return verdict({ result, evaluations: [], dataset: { classes: ['ship', 'car'] } } as unknown as ReportData)
    .text;
}

test('the first page says in figures what the models do, and which may be used', () => {
  const rid = firstPage(figures(0.01, 0.02, 0.78));
  expect(rid).toContain('The ABL model is without this backdoor');
  expect(rid).toMatch(
    /In figures:<\/strong> The trigger fools the naive model on 100 of 100 images, and the ABL model on 2 of 100, at a price of 2 points/,
  );
  // As on the screens, the worse of both figures decides.
  expect(firstPage(figures(0.3, 0.02, 0.78))).toContain('use neither');
  const unmeasured = firstPage(figures(null, null, 0.78));
  expect(unmeasured).toContain('was not measured');
  expect(unmeasured).not.toContain('In figures');
});
