import { describe, expect, it } from 'vitest';
import { decideGroup } from './decision.ts';
import type { GroupFigures } from './figures.ts';
import { evidenceOfGroup } from './evidence.ts';
import { chanceOfSoFew, precisionFrom, type TrustedFigures } from './trusted.ts';
import { concludeCareful } from './verdict.ts';

const share = (hits: number, of: number) => ({ hits, of });
const known = (
  trusted: [number, number],
  inside: number,
  marked: [number, number] = [0, 0],
): TrustedFigures => ({
  trusted: share(...trusted),
  inside,
  marked: share(...marked),
});

/** A trigger that works, whose images' labels a check without them bears out half: neither here nor there. */
const doubtful: GroupFigures = {
  class: 3,
  found: 'trigger',
  flagged: 300,
  gain: 0.8,
  faintGain: 0.65,
  flipped: share(250, 300),
  inside: 0.3,
  outside: 0.0005,
  doubtful: 0.35,
  falseAlarms: 0.02,
  contradiction: 0,
  check: {
    agreement: share(120, 300),
    control: share(80, 100),
    base: share(10, 300),
    residualGain: 0.4,
    spread: 0.9,
  },
};

describe('trusted images', () => {
  it('settle a doubt as poison where the class itself does not look like that', () => {
    expect(decideGroup(doubtful)).toBe('unsure');
    expect(decideGroup({ ...doubtful, known: known([0, 10], 0.4) })).toBe('poison');
  });

  it('settle it as innocent where the class looks like that by nature', () => {
    expect(decideGroup({ ...doubtful, known: known([7, 10], 0.4) })).toBe('innocent');
  });

  it('leave it where they are too few, and never make poison of what is innocent', () => {
    expect(decideGroup({ ...doubtful, known: known([0, 4], 0.2) })).toBe('unsure');
    const agreeing = { ...doubtful.check!, agreement: share(295, 300), residualGain: 0.78 };
    const innocent = { ...doubtful, outside: 0.01, check: agreeing };
    expect(decideGroup(innocent)).toBe('innocent');
    expect(decideGroup({ ...innocent, known: known([0, 50], 0.4) })).toBe('innocent');
  });

  it('change the verdict, which says so', () => {
    const findings = {
      rankings: [{ class: 3, gain: 0.8 }],
      examples: 5000,
      unexamined: 0,
      stageOneAccuracy: 0.8,
      guessing: 0.1,
      removed: 300,
    };
    const without = concludeCareful({ ...findings, groups: [doubtful] });
    expect(without.verdict.kind).toBe('uncertain');
    const figures = { ...doubtful, known: known([0, 10], 0.4) };
    const { verdict } = concludeCareful({ ...findings, groups: [figures] });
    expect(verdict).toMatchObject({ kind: 'poisoned', class: 3 });
    expect(verdict.reasons.join(' ')).toContain('0 of 10 trusted images');
    expect(verdict.reasons.join(' ')).toContain('Without them it would have been in doubt.');
    expect(evidenceOfGroup(figures).at(-1)).toMatchObject({ stage: 'trusted', figure: 0, passed: true });
  });
});

describe('marks', () => {
  it('decide where most of the marked images say the same', () => {
    expect(decideGroup({ ...doubtful, known: known([0, 0], 0.4, [6, 6]) })).toBe('poison');
    expect(decideGroup({ ...doubtful, known: known([0, 0], 0.4, [0, 6]) })).toBe('innocent');
    expect(decideGroup({ ...doubtful, known: known([0, 0], 0.4, [2, 4]) })).toBe('unsure');
  });
});

it('the chance of so few is the binomial distribution’s', () => {
  expect(chanceOfSoFew(share(0, 10), 0.3)).toBeCloseTo(0.7 ** 10, 12);
  // The sum of comb(12, k) 0.25^k 0.75^(12 - k) for k = 0, 1, 2, by Python.
  expect(chanceOfSoFew(share(2, 12), 0.25)).toBeCloseTo(0.39067500829696655, 12);
  expect(chanceOfSoFew(share(3, 3), 1)).toBe(1);
  expect(chanceOfSoFew(share(2, 3), 1)).toBe(0);
});

it('the precision’s bounds follow from how often trusted images are flagged', () => {
  const { low, high } = precisionFrom(known([0, 100], 0.5))!;
  expect(high).toBe(1);
  // Wilson's bound for 0 of 100 is 0.0370: (0.5 - 0.037) / 0.963 / 0.5
  expect(low).toBeCloseTo(0.9616, 3);
  expect(precisionFrom(known([90, 100], 0.5))).toEqual({ low: 0, high: 0 });
  expect(precisionFrom(known([0, 0], 0.5))).toBeNull();
});
