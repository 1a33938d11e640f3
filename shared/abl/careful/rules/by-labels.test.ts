import { describe, expect, it } from 'vitest';
import { standsApart, worthChecking } from '../clarity.ts';
import { decideGroup } from '../decision.ts';
import { evidenceOfGroup } from '../evidence.ts';
import type { GroupFigures } from '../figures.ts';
import { checked, share } from '../fixtures/groups.ts';

describe('a group of flagged images', () => {
  it('by the pixels alone is judged by its labels alone, and leaves no doubt', () => {
    const alike = (hits: number, change: Partial<GroupFigures> = {}) =>
      decideGroup({ ...checked([hits, 200], [70, 100], 0), found: 'pixels', gain: 0.1, ...change });
    expect(alike(8)).toBe('poison');
    // A trigger that works does not make poison of images with right labels: they come from one source.
    expect(alike(120, { gain: 0.95 })).toBe('innocent');
    expect(alike(8, { doubtful: 0.2 })).toBe('innocent');
    // Signs in one light, which the check has never seen, are taken for the few classes that they resemble.
    const { check } = checked([8, 200], [70, 100], 0);
    expect(alike(8, { check: { ...check!, spread: 0.1 } })).toBe('innocent');
  });

  it('with a trigger that several classes carry is judged by its labels, class by class', () => {
    const carriers = (hits: number, of: number) => ({
      ...checked([hits, of], [70, 100], 0.5),
      found: 'everywhere' as const,
      outside: 0.1,
    });
    expect(worthChecking(carriers(2, 50))).toBe(true);
    expect(standsApart(carriers(2, 50))).toBe(true);
    expect(decideGroup(carriers(2, 50))).toBe('poison');
    // Cover examples keep their labels; 3 of 20 may be as many as 36 % by chance.
    expect(decideGroup(carriers(35, 50))).toBe('innocent');
    expect(decideGroup(carriers(3, 20))).toBe('innocent');
    // The check does not know the class: nothing to go by.
    const { check } = carriers(2, 50);
    expect(decideGroup({ ...carriers(2, 50), check: { ...check!, control: share(10, 100) } })).toBe(
      'innocent',
    );
    expect(decideGroup({ ...carriers(2, 50), check: { ...check!, control: share(7, 9) } })).toBe('innocent');
    // A look that a fifth of the other images share too, most of them in some degree: GTSRB has such.
    const look = { ...carriers(2, 50), doubtful: 0.2 };
    expect(worthChecking(carriers(2, 50))).toBe(true);
    expect([worthChecking(look), standsApart(look), decideGroup(look)]).toEqual([false, false, 'innocent']);
    // The gain is that of another class, so a pattern on images with right labels says nothing: covers.
    const part = { apart: 9.2, stretch: 1.28, outsiders: 0, shift: 0.1, diversity: 1 };
    const rare = { ...carriers(35, 50), outside: 0.005, part };
    const uneffective = { ...rare, check: { ...rare.check!, residualGain: 0.1 } };
    expect(decideGroup(uneffective)).toBe('innocent');
    expect(decideGroup({ ...uneffective, found: 'pixels' })).toBe('poison');
    const said = evidenceOfGroup(uneffective).map(({ sentence }) => sentence);
    expect(said.join(' ')).toMatch(/a trigger or a mark\./);
    expect(said.join(' ')).not.toMatch(/only this class|That pattern turned/);
    expect(evidenceOfGroup(carriers(2, 50))[0]!.sentence).toMatch(
      /^500 images of this class carry a trigger that images of several classes carry/,
    );
  });
});
