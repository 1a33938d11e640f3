import type { MethodFigures, MethodName, ModelEvaluation, Moment } from '../contract/results.ts';
import { answeredAnyway, successBeyond } from '../metrics/answers.ts';

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

/** Attack success, beyond what a model answers anyway, from which on a backdoor counts as working. */
const STANDING = 0.15;
/** A model that gives this share of images the target class anyway has learnt nothing that a trigger could change. */
const USELESS = 0.5;

/** A model's figures, what was counted at each moment, and the target class; null where there is none, see answeredAnyway. */
export interface Outcome {
  abl: MethodFigures | null;
  evaluations: readonly {
    method: MethodName;
    moment: Moment;
    evaluation: Pick<ModelEvaluation, 'confusion' | 'confusionTriggered'>;
  }[];
  target: number | null;
}

/**
 * Whether the ABL model is rid of the backdoor, by the worse of its two figures; unknown where none was measured. What it answers
 * with the target class without a trigger, too, is its own confusion: a model that is often wrong has no backdoor for that. One
 * that nearly always answers so is of no use.
 */
export function backdoorOutcome(outcome: Outcome): 'broken' | 'standing' | 'useless' | 'unknown' {
  const { abl } = outcome;
  const measured = [
    { asr: abl?.asr ?? null, anyway: anywayAt(outcome, 'final') },
    { asr: abl?.asrReestimated ?? null, anyway: anywayAt(outcome, 'reestimated') },
  ].filter(({ asr }) => asr !== null);
  if (measured.length === 0) return 'unknown';
  if (measured.some(({ anyway }) => anyway >= USELESS)) return 'useless';
  const rises = measured.map(({ asr, anyway }) => successBeyond(asr!, anyway));
  return Math.max(...rises) < STANDING ? 'broken' : 'standing';
}

function anywayAt({ evaluations, target }: Outcome, moment: Moment): number {
  const found = evaluations.find((one) => one.method === 'abl' && one.moment === moment);
  return (found && answeredAnyway(found.evaluation, target)) ?? 0;
}
