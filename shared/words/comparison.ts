import type { MethodFigures, MethodName, ModelEvaluation, Moment } from '../contract/results.ts';
import { shareAnswered } from '../metrics/answers.ts';

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

/** Attack success, beyond what a model answers with the target class anyway, from which on a backdoor counts as working. */
const STANDING = 0.15;

/** A model's figures, what was counted at each moment, and the target class where it is known. */
export interface Outcome {
  abl: MethodFigures | null;
  evaluations: readonly {
    method: MethodName;
    moment: Moment;
    evaluation: Pick<ModelEvaluation, 'confusion'>;
  }[];
  target: number | null;
}

/**
 * Whether the ABL model is rid of the backdoor, by the worse of its two figures; unknown where none was measured. What it answers
 * with the target class without a trigger, too, is its own confusion: a model that is often wrong has no backdoor for that.
 */
export function backdoorOutcome({ abl, evaluations, target }: Outcome): 'broken' | 'standing' | 'unknown' {
  const anyway = (moment: Moment) => {
    const found = evaluations.find((one) => one.method === 'abl' && one.moment === moment);
    const confusion = found?.evaluation.confusion ?? null;
    return confusion && target !== null ? (shareAnswered(confusion, target) ?? 0) : 0;
  };
  const rises = [
    abl?.asr == null ? null : abl.asr - anyway('final'),
    abl?.asrReestimated == null ? null : abl.asrReestimated - anyway('reestimated'),
  ].filter((rise) => rise !== null);
  if (rises.length === 0) return 'unknown';
  return Math.max(...rises) < STANDING ? 'broken' : 'standing';
}
