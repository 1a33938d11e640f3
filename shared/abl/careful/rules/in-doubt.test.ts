import { describe, expect, it } from 'vitest';
import { decideGroup } from '../decision.ts';
import { checked } from '../fixtures/groups.ts';

describe('a group of flagged images', () => {
  it('that is told apart sharply but learnt in part is in doubt if it leaves no trace in the check', () => {
    // SIG on Fashion-MNIST: right labels, half of which the check bears out.
    const wave = { ...checked([108, 233], [69, 80], 0.06), gain: 0.35, faintGain: 0.17, doubtful: 0 };
    expect(decideGroup(wave)).toBe('unsure');
    expect(decideGroup({ ...wave, falseAlarms: 0.03, outside: 0.01 })).toBe('innocent');
    expect(decideGroup({ ...wave, gain: 0.15 })).toBe('innocent');
  });

  it('is left undecided when labels are right, but no other class shows the trigger and it lost part of its effect', () => {
    const faint = { ...checked([310, 500], [66, 100], 0.5), outside: 0 };
    expect(decideGroup(faint)).toBe('unsure');
    expect(decideGroup({ ...faint, outside: 0.002 })).toBe('innocent');
    // 0.65 of 0.9 is 72 % of the effect, 0.69 is 77 %.
    const left = (residualGain: number) => ({ ...faint, check: { ...faint.check!, residualGain } });
    expect(decideGroup(left(0.65))).toBe('unsure');
    expect(decideGroup(left(0.69))).toBe('innocent');
    // Where the detector has doubts, natural likeness explains more: 60 % at most.
    expect(decideGroup({ ...left(0.5), doubtful: 0.2 })).toBe('unsure');
    expect(decideGroup({ ...left(0.6), doubtful: 0.2 })).toBe('innocent');
  });

  it('is left undecided when agreement is between the thresholds', () => {
    // 40 % where 100 % is usual.
    expect(decideGroup(checked([200, 500], [100, 100]))).toBe('unsure');
  });
});
