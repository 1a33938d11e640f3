import { describe, expect, it } from 'vitest';
import { isBeyondDoubt, isNoLessClear, isWorthRefining, worthChecking } from './clarity.ts';
import { group } from './fixtures/groups.ts';

describe('a group of flagged images', () => {
  it('is worth a check when the trigger works, or when the detector tells it apart', () => {
    const natural = { gain: 0.3, faintGain: 0.2, doubtful: 0.5, falseAlarms: 0.1 };
    expect(worthChecking(group(natural))).toBe(false);
    expect(worthChecking(group({ ...natural, gain: 0.5 }))).toBe(true);
    expect(worthChecking(group({ ...natural, gain: 0.5, outside: 0.06 }))).toBe(false);
    expect(worthChecking(group({ ...natural, doubtful: 0.2, falseAlarms: 0.12 }))).toBe(false);
    expect(worthChecking(group({ ...natural, doubtful: 0.2 }))).toBe(true);
    expect(worthChecking(group({ ...natural, doubtful: 0.2, falseAlarms: 0.02 }))).toBe(true);
  });

  it('is beyond doubt when it works, faint or not, and hardly an image is in doubt', () => {
    expect(isBeyondDoubt(group())).toBe(true);
    expect(isBeyondDoubt(group({ gain: 0.3, faintGain: 0.3 }))).toBe(false);
    expect(isBeyondDoubt(group({ faintGain: 0.7 }))).toBe(false);
    expect(isBeyondDoubt(group({ doubtful: 0.2 }))).toBe(false);
    expect(isBeyondDoubt(group({ outside: 0.06 }))).toBe(false);
    expect(isBeyondDoubt(group({ found: 'content' }))).toBe(false);
  });
});

describe('another look by several detectors', () => {
  it('is worth while where one is in some doubt, and the trigger does not work by its strength', () => {
    expect(isWorthRefining(group({ doubtful: 0.02 }))).toBe(true);
    expect(isWorthRefining(group({ doubtful: 0.25 }))).toBe(true);
    expect(isWorthRefining(group({ doubtful: 0.019 }))).toBe(false);
    expect(isWorthRefining(group({ doubtful: 0.26 }))).toBe(false);
    expect(isWorthRefining(group({ doubtful: 0.1, faintGain: 0.6 }))).toBe(false);
    // A trigger that is not learnt does nothing, faint or not.
    expect(isWorthRefining(group({ doubtful: 0.1, gain: 0.05, faintGain: 0 }))).toBe(true);
    expect(isWorthRefining(group({ doubtful: 0.1, found: 'content' }))).toBe(false);
    expect(isWorthRefining(group({ doubtful: 0.1, outside: 0.06 }))).toBe(false);
  });

  it('counts only if it takes the group no further from being poison', () => {
    const before = group({ doubtful: 0.09 });
    expect(isNoLessClear(group({ doubtful: 0.1 }), before)).toBe(true);
    expect(isNoLessClear(group({ doubtful: 0.11 }), before)).toBe(false);
    expect(isNoLessClear(group({ doubtful: 0.29 }), group({ doubtful: 0.2 }))).toBe(true);
    expect(isNoLessClear(group({ doubtful: 0.31 }), group({ doubtful: 0.2 }))).toBe(false);
    expect(isNoLessClear(group({ doubtful: 0.09, faintGain: 0.6 }), before)).toBe(false);
    expect(isNoLessClear(group({ doubtful: 0.09, outside: 0.06 }), before)).toBe(false);
  });
});
