import { describe, expect, it } from 'vitest';
import { decideGroup } from '../decision.ts';
import { checkOf, checked, group, share } from '../fixtures/groups.ts';

describe('a group of flagged images', () => {
  it('is innocent where most of a small class looks alike and no line sets it apart', () => {
    // GTSRB, clean, seed 21, class 36: 63 of 91 images, so few kept images are left to compare with.
    const look = group({
      flagged: 63,
      inside: 0.69,
      outside: 0.01,
      gain: 0.92,
      faintGain: 0.5,
      doubtful: 0.18,
      part: { apart: 2.49, stretch: 1.35, outsiders: -0.3, shift: 0.37, diversity: 1.11 },
      check: {
        agreement: share(21, 63),
        control: share(6, 9),
        base: share(1, 200),
        residualGain: 0.04,
        spread: 0.06,
      },
    });
    expect(decideGroup(look)).toBe('innocent');
    expect(decideGroup({ ...look, doubtful: 0.14 })).toBe('innocent');
    // Without the line's figures nobody could tell; with those of an overlay it would be one.
    expect(decideGroup({ ...look, part: null })).toBe('unsure');
    const overlay = { apart: 6, stretch: 1, outsiders: 0, shift: 0.3, diversity: 1 };
    expect(decideGroup({ ...look, doubtful: 0.14, part: overlay })).toBe('poison');
  });

  it('of a few images of other content is none in a class that is hardly there', () => {
    // 10 of 24 frogs among 3,360 images; 4 others that the check has not seen are taken for other animals, too.
    const few = { found: 'content' as const, flagged: 10, gain: 0, faintGain: 0, inside: 0.42, doubtful: 0 };
    const check = checkOf([0, 10], [0, 4], 0, 0, 0.49);
    expect(decideGroup(group({ ...few, check }))).toBe('innocent');
    expect(decideGroup(group({ ...few, check: { ...check, control: share(3, 4) } }))).toBe('unsure');
    expect(decideGroup(group({ ...few, flagged: 20, check }))).toBe('unsure');
    expect(decideGroup(group({ ...few, inside: 0.8, check }))).toBe('unsure');
    expect(decideGroup(group({ ...few, found: 'trigger', check }))).toBe('unsure');
  });

  it('is left undecided when the model does not know the class, or too little of it is left to tell', () => {
    expect(decideGroup(checked([0, 500], [9, 9]))).toBe('unsure');
    expect(decideGroup(checked([0, 500], [15, 100]))).toBe('unsure');
    expect(decideGroup(checked([0, 500], [30, 100], 0.5, 30))).toBe('unsure');
  });
});
