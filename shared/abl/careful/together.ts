import { agreementRatio, isAnswerable, isContradictedByLabels } from './agreement.ts';
import { shareOf, type Answered, type CheckFigures, type GroupFigures } from './figures.ts';
import { THRESHOLDS } from './thresholds.ts';

/**
 * The check's answers in the other classes that carry one trigger, as far as it knows these; null where there are none. Each counts by
 * its images: what is usual for them is usual for the classes that they are of.
 */
export function togetherOf(figures: GroupFigures, all: GroupFigures[]): Answered | null {
  const others = all.filter((other) => other.class !== figures.class && isOfSameTrigger(other, figures));
  const checks = others.flatMap(({ check }) => (check && isAnswerable(check) ? check : []));
  if (checks.length === 0) return null;
  const sum = (of: (check: CheckFigures) => number) => checks.reduce((all, check) => all + of(check), 0);
  const images = sum(({ agreement }) => agreement.of);
  const expected = (of: 'control' | 'base') => ({
    hits: sum((check) => shareOf(check[of]) * check.agreement.of),
    of: images,
  });
  return {
    agreement: { hits: sum(({ agreement }) => agreement.hits), of: images },
    control: expected('control'),
    base: expected('base'),
  };
}

/**
 * Whether a group's labels are wrong alone among the classes that carry its trigger: those of the others are right. Either these are
 * covers, or harmless, as all are, and a check that has never seen such a mark takes what it lies on for something else. One that has
 * seen it in the other classes tells.
 */
export function isWrongAlone({ found, check }: GroupFigures): boolean {
  if (found !== 'everywhere' || !check?.together || !isContradictedByLabels(check)) return false;
  return agreementRatio(check.together) >= THRESHOLDS.agrees;
}

/** Whether two groups carry one trigger that several classes carry: what was measured where it was found is the same. */
export function isOfSameTrigger(one: GroupFigures, other: GroupFigures): boolean {
  const isEqual = (of: (figures: GroupFigures) => number) => of(one) === of(other);
  const shares = [isEqual(({ inside }) => inside), isEqual(({ outside }) => outside)];
  const effects = [isEqual(({ gain }) => gain), isEqual(({ faintGain }) => faintGain)];
  return one.found === 'everywhere' && other.found === 'everywhere' && [...shares, ...effects].every(Boolean);
}
