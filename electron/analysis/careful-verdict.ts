import type { Examination, Verdict } from '../../shared/contract/results.ts';
import { withClassName } from '../../shared/words/verdict.ts';

/**
 * Joins what the careful method found with what a triggered test set measured, where there is one. The careful
 * method's word counts, with one exception: a backdoor that was measured is there, whether its examples were
 * found or not.
 */
export function joinVerdicts(examination: Examination, measured: Verdict, classes: string[]): Verdict {
  const found = withNames(examination, classes);
  // The reason in plain words comes first, then what was seen to happen, and then what is behind it.
  const [why = [], ...rest] = found.reasons;
  if (found.kind === 'poisoned') {
    const others = examination.classes
      .filter((index) => index !== found.class)
      .map((index) => name(classes, index));
    const more = others.length > 0 ? [`Poison was found for other classes too: ${others.join(', ')}.`] : [];
    return { ...found, reasons: [why, measuredReasons(measured), more, rest].flat() };
  }
  if (measured.kind === 'poisoned') {
    return {
      ...measured,
      reasons: [
        ...measured.reasons,
        'The careful method did not find the images that teach this: they are still in the training set, and the ABL model has learned from them.',
      ],
    };
  }
  return { ...found, reasons: [why, measuredReasons(measured), rest].flat() };
}

function withNames({ verdict }: Examination, classes: string[]): Verdict {
  const index = verdict.class;
  if (index === null) return verdict;
  return { ...verdict, reasons: verdict.reasons.map((reason) => withClassName(reason, index, classes)) };
}

/** A measured trigger says something whatever was found; an unmeasured one nothing that the method has not said. */
function measuredReasons(measured: Verdict): string[] {
  return measured.estimatedAsr === null ? [] : measured.reasons;
}

function name(classes: string[], index: number): string {
  return `“${classes[index] ?? index}”`;
}
