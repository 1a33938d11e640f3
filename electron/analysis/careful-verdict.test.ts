import { describe, expect, it } from 'vitest';
import type { Examination, Verdict } from '../../shared/contract/results.ts';
import { joinVerdicts } from './careful-verdict.ts';

const classes = ['stop', 'yield', 'speed'];

const examination = (verdict: Partial<Verdict>, targets: number[] = []): Examination => ({
  verdict: {
    kind: 'no-evidence',
    class: null,
    confidence: 0.7,
    estimatedAsr: null,
    reasons: ['seen'],
    ...verdict,
  },
  classes: targets,
  poisonShare: 0,
  estimatedAsr: null,
  evidence: [],
});

const measured = (kind: Verdict['kind'], estimatedAsr: number | null, reasons = ['measured']): Verdict => ({
  kind,
  class: estimatedAsr === null ? null : 1,
  confidence: 0.9,
  estimatedAsr,
  reasons,
});

describe('the careful verdict', () => {
  it('stands when it finds poison, names its classes and adds what was measured', () => {
    const reasons = ['seen in this class and other images of the class', 'figures'];
    const found = examination(
      { kind: 'poisoned', class: 1, confidence: 0.95, estimatedAsr: 0.9, reasons },
      [1, 2],
    );
    const verdict = joinVerdicts(found, measured('poisoned', 0.99, ['measured', 'twice']), classes);
    expect(verdict).toMatchObject({ kind: 'poisoned', class: 1, confidence: 0.95, estimatedAsr: 0.9 });
    expect(verdict.reasons).toEqual([
      'seen in “yield” and other images of “yield”',
      'measured',
      'twice',
      'Poison was found for other classes too: “speed”.',
      'figures',
    ]);
  });

  it('gives way to a backdoor that was measured although its images were not found', () => {
    const verdict = joinVerdicts(examination({}), measured('poisoned', 0.99), classes);
    expect(verdict).toMatchObject({ kind: 'poisoned', class: 1, estimatedAsr: 0.99 });
    expect(verdict.reasons.at(-1)).toContain('still in the training set');
  });

  it('has what was measured behind its own reason whatever it is, and takes one without reasons', () => {
    const uncertain = examination({ kind: 'uncertain', class: 0, reasons: ['why', 'figures'] });
    const reasonsOf = (found: Examination) =>
      joinVerdicts(found, measured('uncertain', 0.2), classes).reasons;
    expect(reasonsOf(uncertain)).toEqual(['why', 'measured', 'figures']);
    expect(reasonsOf(examination({ reasons: [] }))).toEqual(['measured']);
  });

  it('says nothing of a measurement that was not made', () => {
    const verdict = joinVerdicts(examination({}), measured('uncertain', null), classes);
    expect(verdict).toMatchObject({ kind: 'no-evidence', confidence: 0.7, reasons: ['seen'] });
  });
});
