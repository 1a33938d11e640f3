import type { MethodFigures } from '../contract/results.ts';

/** What an analyst should take from the comparison, in one plain sentence. Null where it cannot be said. */
export function comparisonSentence(naive: MethodFigures | null, abl: MethodFigures | null): string | null {
  const asr = (one: MethodFigures | null) => one?.asrReestimated ?? one?.asr ?? null;
  const ca = (one: MethodFigures | null) => one?.caReestimated ?? one?.ca ?? null;
  const [before, after] = [asr(naive), asr(abl)];
  if (before === null || after === null) return null;
  const whole = (fraction: number) => `${Math.round(fraction * 100)} of 100`;
  const attack =
    before < 0.1
      ? `The trigger moved only ${whole(before)} images of the naive model`
      : `The trigger fools the naive model on ${whole(before)} images, and the ABL model on ${whole(after)}`;
  const [caBefore, caAfter] = [ca(naive), ca(abl)];
  if (caBefore === null || caAfter === null) return `${attack}.`;
  const lost = Math.round((caBefore - caAfter) * 100);
  const price =
    lost > 0
      ? `at a price of ${lost} ${lost === 1 ? 'point' : 'points'} of clean accuracy`
      : lost < 0
        ? `and clean accuracy is ${-lost} ${lost === -1 ? 'point' : 'points'} higher`
        : 'and clean accuracy is the same';
  return `${attack}, ${price}.`;
}

/** Attack success from which on a backdoor counts as working. */
const STANDING = 0.15;

/** Whether the ABL model is rid of the backdoor, by the worse of its two figures; unknown where none was measured. */
export function backdoorOutcome(abl: MethodFigures | null): 'broken' | 'standing' | 'unknown' {
  const measured = [abl?.asr, abl?.asrReestimated].filter((value) => value != null);
  if (measured.length === 0) return 'unknown';
  return Math.max(...measured) < STANDING ? 'broken' : 'standing';
}
