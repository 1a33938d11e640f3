import { describe, expect, it } from 'vitest';
import { decideGroup } from './decision.ts';
import type { CheckFigures, GroupFigures } from './figures.ts';
import { evidenceOfGroup } from './evidence.ts';
import { isWrongAlone, togetherOf } from './together.ts';

/** Nine in ten of a class's other images are answered with it, one in a hundred of those of other classes. */
const check = (hits: number, of: number, control = { hits: 9, of: 10 }): CheckFigures => ({
  agreement: { hits, of },
  control,
  base: { hits: 3, of: 300 },
  residualGain: 0,
  spread: 0.2,
});

const carried = (target: number, answers: CheckFigures | null): GroupFigures => ({
  class: target,
  found: 'everywhere',
  flagged: 40,
  gain: 0.05,
  faintGain: 0.05,
  flipped: { hits: 15, of: 300 },
  inside: 0.3,
  outside: 0.3,
  doubtful: 0.01,
  falseAlarms: 0.3,
  contradiction: 0,
  check: answers,
});

/** Decisions about groups of one trigger, as an examination makes them. */
function decided(groups: GroupFigures[]) {
  return groups
    .map((own) => ({
      ...own,
      check: own.check && { ...own.check, together: togetherOf(own, groups) },
    }))
    .map(decideGroup);
}

describe('a trigger that several classes carry', () => {
  const surely = Array.from({ length: 5 }, (_, label) => carried(label, check(2, 45, { hits: 27, of: 30 })));

  it('is poison in a class of few images, too, where their labels are wrong in all classes together', () => {
    // Alone, 3 of 20 may be 36 %, more than a third of 90.
    expect(decided([carried(7, check(3, 20))])).toEqual(['innocent']);
    expect(decided([...surely, carried(7, check(3, 20))])).toEqual(Array(6).fill('poison'));
  });

  it('is innocent in a class whose images have right labels, or may have', () => {
    expect(decided([...surely, carried(7, check(17, 20))]).at(-1)).toBe('innocent');
    expect(decided([...surely, carried(7, check(9, 20))]).at(-1)).toBe('innocent');
    // And where the check hardly knows the class.
    expect(decided([...surely, carried(7, check(0, 20, { hits: 1, of: 10 }))]).at(-1)).toBe('innocent');
  });

  it('is no poison because one class has wrong labels where the others have right ones', () => {
    const covers = Array.from({ length: 5 }, (_, label) => carried(label, check(40, 45)));
    expect(decided([...covers, carried(7, check(3, 20))])).toEqual(Array(6).fill('innocent'));
  });

  it('is wrong alone where the others have right labels, and in doubt where the check hardly knows the class', () => {
    const covers = Array.from({ length: 3 }, (_, label) => carried(label, check(40, 45)));
    const told = (group: GroupFigures) => {
      const together = togetherOf(group, [...covers, group]);
      return { ...group, check: { ...group.check!, together } };
    };
    // 51 signs with a caption, 95 others of their class: a check that does not know captions, and one that does.
    const astray = told(carried(5, { ...check(1, 51, { hits: 48, of: 95 }), mistakes: 0.27 }));
    const weak = told(carried(5, { ...check(0, 51, { hits: 21, of: 95 }), mistakes: 0.89, knowsMark: true }));
    for (const alone of [astray, weak]) expect(isWrongAlone(alone)).toBe(true);
    expect(decideGroup(astray)).toBe('poison');
    expect(decideGroup(weak)).toBe('unsure');
    const sentences = evidenceOfGroup(weak).map(({ sentence }) => sentence);
    expect(sentences.at(-1)).toContain('for 89 %, what it also answers to other images of this class');
    expect(sentences.join(' ')).toContain('A model that knows this mark from other classes');
    // Other mistakes than usual, of all sorts, in a class that it knows; and a check that does not know the mark.
    for (const change of [{ mistakes: 0.59 }, { mistakes: null }, { spread: 0.5 }, { knowsMark: false }]) {
      const changed = { ...weak, check: { ...weak.check, ...change } };
      expect(decideGroup(changed)).toBe('poison');
      expect(evidenceOfGroup(changed)).toHaveLength(sentences.length - 1);
    }
    expect(decideGroup({ ...weak, check: { ...weak.check, control: { hits: 50, of: 95 } } })).toBe('poison');
    // Nothing is alone where the others' labels are wrong, too, where there are none, or where its own are right.
    const together = togetherOf(astray, [...surely, astray]);
    expect(isWrongAlone({ ...astray, check: { ...astray.check, together } })).toBe(false);
    expect(isWrongAlone({ ...astray, check: { ...astray.check, together: null } })).toBe(false);
    expect(isWrongAlone({ ...astray, found: 'trigger' })).toBe(false);
    expect(isWrongAlone(told(carried(5, check(40, 51))))).toBe(false);
  });

  it('is not counted with another, nor with what was not checked', () => {
    const other = { ...carried(8, check(2, 20)), gain: 0.5 };
    expect(togetherOf(other, [...surely, other])).toBeNull();
    const all = [...surely, carried(7, null), { ...carried(9, check(1, 9)), found: 'trigger' as const }];
    const { agreement, control, base } = togetherOf(surely[0]!, all)!;
    expect(agreement).toEqual({ hits: 8, of: 180 });
    expect([control.of, base.of]).toEqual([180, 180]);
    expect(control.hits).toBeCloseTo(0.9 * 180, 9);
    expect(base.hits).toBeCloseTo(0.01 * 180, 9);
    expect(togetherOf(all.at(-1)!, all)).toBeNull();
    // A class's other groups tell nothing about the labels of others.
    expect(togetherOf(surely[0]!, [surely[0]!, surely[0]!])).toBeNull();
  });

  it('is no poison because of classes that the check does not know', () => {
    const unknown = Array.from({ length: 10 }, (_, label) =>
      carried(label, check(0, 60, { hits: 3, of: 30 })),
    );
    expect(decided([...unknown, carried(11, check(3, 20))]).at(-1)).toBe('innocent');
    const few = Array.from({ length: 10 }, (_, label) => carried(label, check(0, 60, { hits: 9, of: 9 })));
    expect(decided([...few, carried(11, check(3, 20))]).at(-1)).toBe('innocent');
  });

  it('is no poison because a class that is hard to know is beside classes that are not', () => {
    const covers = Array.from({ length: 3 }, (_, label) =>
      carried(label, check(18, 20, { hits: 95, of: 100 })),
    );
    const hard = carried(7, check(50, 500, { hits: 30, of: 100 }));
    expect(decided([hard])).toEqual(['innocent']);
    expect(decided([...covers, hard])).toEqual(Array(4).fill('innocent'));
    // Images weigh by their classes: half of each would be usual in them, not nine in ten as in the class of many controls.
    const large = carried(1, check(9, 20, { hits: 900, of: 1000 }));
    const small = carried(2, check(90, 200, { hits: 5, of: 10 }));
    expect(togetherOf(hard, [hard, large, small])!.control.hits).toBeCloseTo(118, 9);
  });
});
