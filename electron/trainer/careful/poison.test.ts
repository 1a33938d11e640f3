import { describe, expect, it } from 'vitest';
import type { CheckFigures } from '../../../shared/abl/careful/decision.ts';
import type { Group } from './expansion.ts';
import { poisonOf } from './poison.ts';

const range = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);

describe('the poison of a group', () => {
  const check = (agreement: number, control: number): CheckFigures => ({
    agreement: { hits: agreement, of: 100 },
    control: { hits: control, of: 100 },
    base: { hits: 3, of: 300 },
    residualGain: 0,
    spread: 0.8,
  });
  // Ten that the detector is sure of, ten that it is not.
  const group = {
    flagged: range(0, 20),
    scores: Float32Array.from({ length: 20 }, (_, i) => (i < 10 ? 0.9 : 0.4)),
    surely: 0.5,
  } as Group;

  it('is all of it but unsure images whose labels are borne out, if labels tell', () => {
    const agreeing = new Set([3, 12, 13, 14, 15, 16, 17]);
    expect([...poisonOf(group, check(5, 95), agreeing)]).toEqual([...range(0, 12), 18, 19]);
    // No more than by chance; right labels whether poisoned or not; nobody was asked.
    expect(poisonOf(group, check(10, 95), new Set([12]))).toHaveLength(20);
    expect(poisonOf(group, check(80, 95), agreeing)).toHaveLength(20);
    expect(poisonOf(group, null, agreeing)).toHaveLength(20);
  });
});
