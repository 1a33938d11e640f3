import { describe, expect, it } from 'vitest';
import { decideGroup } from '../decision.ts';
import { checkOf, checked, group } from '../fixtures/groups.ts';

describe('a group of flagged images', () => {
  it('is poison if it has one mark, and labels are less often right than chance allows, though the check is often wrong', () => {
    // Twenty classes of Tiny ImageNet, a patch of 5 x 5 pixels on 1 %.
    const stamp = { pixels: 25, values: 75, unclipped: 75, images: 50, elsewhere: 0 };
    const figures = {
      flagged: 50,
      gain: 0.07,
      faintGain: 0.07,
      inside: 0.17,
      outside: 0,
      doubtful: 0,
      stamp,
    };
    const answers = (agreement: [number, number], spread = 0.75) =>
      group({ ...figures, check: checkOf(agreement, [26, 83], 0.01, 2, spread) });
    expect(decideGroup(answers([4, 50]))).toBe('poison');
    // By chance; a kind of images; not to the byte, so that it is not certain which images have it.
    expect(decideGroup(answers([6, 50]))).toBe('unsure');
    expect(decideGroup(answers([4, 50], 0.3))).toBe('unsure');
    expect(decideGroup({ ...answers([4, 50]), stamp: null })).toBe('innocent');
  });

  it('is poison when labels look rather wrong and the trigger says little, though the detector doubts', () => {
    // A third of the usual agreement.
    const blended = { ...checked([100, 500], [60, 100], 0.1), doubtful: 0.16 };
    expect(decideGroup(blended)).toBe('poison');
    expect(decideGroup({ ...blended, check: { ...blended.check!, residualGain: 0.5 } })).toBe('unsure');
  });

  it('counts agreement from what the model answers on other classes anyway', () => {
    // 30 % agreement where 20 % is bias and 80 % usual: (0.3 - 0.2) / (0.8 - 0.2) = 0.17.
    expect(decideGroup(checked([150, 500], [80, 100], 0.5, 40))).toBe('poison');
    expect(decideGroup(checked([150, 500], [80, 100], 0.5, 0))).toBe('unsure');
  });

  it('with a trigger that does not stand apart is poison only if the labels are surely wrong', () => {
    // A class of uniform signs: gain 0.92, of which the faint trigger keeps 68 %; 67 % agreement.
    const natural = { gain: 0.92, faintGain: 0.63, doubtful: 0.2, falseAlarms: 0.0135 };
    expect(decideGroup({ ...checked([165, 246], [100, 100], 0.3), ...natural })).toBe('innocent');
    expect(decideGroup({ ...checked([20, 246], [100, 100], 0.3), ...natural })).toBe('poison');
  });

  it('with a trigger learnt in part is poison if that means nothing to the check, and labels look rather wrong', () => {
    const part = (hits: number, faintGain: number, residual = 0.03) => {
      return { ...checked([hits, 100], [75, 100], residual), gain: 0.38, faintGain, doubtful: 0.25 };
    };
    expect(decideGroup(part(17, 0.31))).toBe('poison');
    // Too much agreement; too little effect when faint; an effect that is natural.
    expect(decideGroup(part(35, 0.31))).toBe('innocent');
    expect(decideGroup(part(17, 0.2))).toBe('unsure');
    expect(decideGroup(part(17, 0.31, 0.2))).toBe('unsure');
  });

  it('with a trigger not learnt is poison only if the labels are surely wrong', () => {
    const unlearnt = (hits: number) => ({ ...checked([hits, 500], [70, 100], 0), gain: 0.1, faintGain: 0.1 });
    expect(decideGroup(unlearnt(20))).toBe('poison');
    // 29 % of the usual agreement, up to 34 % by chance; 43 %, up to 49 %; 50 %.
    expect(decideGroup(unlearnt(100))).toBe('unsure');
    expect(decideGroup(unlearnt(150))).toBe('unsure');
    expect(decideGroup(unlearnt(175))).toBe('innocent');
    expect(decideGroup({ ...unlearnt(150), doubtful: 0.2, falseAlarms: 0.02 })).toBe('unsure');
    expect(decideGroup({ ...unlearnt(150), doubtful: 0.4, falseAlarms: 0.02 })).toBe('innocent');
    // The check does not know the class: nothing to go by.
    const unknown = { ...checked([0, 500], [15, 100], 0), gain: 0.1, faintGain: 0.1 };
    expect(decideGroup(unknown)).toBe('innocent');
  });

  it('is left undecided when it is so small that chance could explain the disagreement', () => {
    // None of 8: up to 32 % by Wilson's interval, where 60 % is usual; none of 40: up to 9 %.
    expect(decideGroup(checked([0, 8], [60, 100]))).toBe('unsure');
    expect(decideGroup(checked([0, 40], [60, 100]))).toBe('poison');
  });
});
