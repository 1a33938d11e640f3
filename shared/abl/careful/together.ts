import type { CheckFigures, GroupFigures, Share } from './decision.ts';

/** The check's answers to all groups of one trigger that several classes carry; null where there are no others. */
export function togetherOf(figures: GroupFigures, all: GroupFigures[]): CheckFigures['together'] {
  const checks = all.filter((other) => isOfSameTrigger(other, figures)).flatMap(({ check }) => check ?? []);
  if (checks.length < 2) return null;
  const sum = (of: (check: CheckFigures) => Share) => ({
    hits: checks.reduce((hits, check) => hits + of(check).hits, 0),
    of: checks.reduce((count, check) => count + of(check).of, 0),
  });
  return {
    agreement: sum(({ agreement }) => agreement),
    control: sum(({ control }) => control),
    base: sum(({ base }) => base),
  };
}

/** Whether two groups carry one trigger that several classes carry: what was measured where it was found is the same. */
export function isOfSameTrigger(one: GroupFigures, other: GroupFigures): boolean {
  const isEqual = (of: (figures: GroupFigures) => number) => of(one) === of(other);
  const shares = [isEqual(({ inside }) => inside), isEqual(({ outside }) => outside)];
  const effects = [isEqual(({ gain }) => gain), isEqual(({ faintGain }) => faintGain)];
  return one.found === 'everywhere' && other.found === 'everywhere' && [...shares, ...effects].every(Boolean);
}
