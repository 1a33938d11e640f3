import { expect, it } from 'vitest';
import { fromTrainerSchema } from './trainer.ts';

it('an examination is taken with the names of rules, with names that no version knows, and as it was before there were any', () => {
  const line = {
    ...{ stage: 'check', class: 1, figure: 0.1, threshold: 0.33, passed: true },
    sentence: 'A model that never saw them gives 4.0 % of these images their label.',
  };
  const told = (change: object) =>
    fromTrainerSchema.safeParse({
      type: 'examination',
      examination: {
        verdict: { kind: 'poisoned', class: 1, confidence: 0.9, estimatedAsr: 0.9, reasons: [] },
        ...{ classes: [1], poisonShare: 0.1, estimatedAsr: null },
        evidence: [{ ...line, ...change }],
      },
    });
  for (const change of [{}, { rule: 'labels-surely-wrong' }, { rule: 'of-another-version' }]) {
    const { data } = told(change);
    expect(data).toMatchObject({ examination: { evidence: [{ ...line, ...change }] } });
  }
  expect(told({}).data).not.toHaveProperty('examination.evidence.0.rule');
  for (const rule of [5, null, 'x'.repeat(101)]) expect(told({ rule }).success).toBe(false);
});
