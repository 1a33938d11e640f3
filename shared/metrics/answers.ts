import type { ModelEvaluation } from '../contract/results.ts';

/** Answers of one model on one set of test images. Both arrays hold class indices, one per image. */
export interface Answers {
  labels: Int32Array;
  predicted: Int32Array;
}

/** Counts, row = true class, column = answer; classes x classes. */
export function confusionMatrix({ labels, predicted }: Answers, classes: number): number[][] {
  if (labels.length !== predicted.length) {
    throw new RangeError(`${labels.length} labels but ${predicted.length} answers`);
  }
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < labels.length; i++) {
    const row = matrix[labels[i]!];
    const answer = predicted[i]!;
    if (row?.[answer] === undefined) throw new RangeError(`class ${labels[i]} or ${answer} of ${classes}`);
    row[answer]++;
  }
  return matrix;
}

/** Share of right answers, 0..1, leaving one true class out if asked; null when nothing is left to count. */
export function accuracy(confusion: number[][], without: number | null = null): number | null {
  return shareOf(confusion, without, (trueClass) => trueClass);
}

/**
 * Share of images whose true class is not `target` that are answered with `target`. On triggered images
 * this is the attack success rate (ASR), on clean ones what the model answers anyway. 0..1 or null.
 */
export function shareAnswered(confusion: number[][], target: number): number | null {
  return shareOf(confusion, target, () => target);
}

/** Share of images that are answered with the class after their own (all-to-all attacks), 0..1 or null. */
export function shareAnsweredNext(confusion: number[][]): number | null {
  return shareOf(confusion, null, (trueClass) => (trueClass + 1) % confusion.length);
}

/**
 * What an attack's success would be without a trigger: the share of clean images that get the wanted answer anyway, of the same
 * classes in the same shares as among the triggered images. 0..1, or null where no clean images of these classes are there.
 * @param target null where the class after an image's own is wanted
 */
export function answeredAnyway(
  { confusion, confusionTriggered }: Pick<ModelEvaluation, 'confusion' | 'confusionTriggered'>,
  target: number | null,
): number | null {
  if (!confusion || !confusionTriggered) return null;
  let [hits, all] = [0, 0];
  confusion.forEach((row, trueClass) => {
    const images = total(row);
    const weight = trueClass === target || images === 0 ? 0 : total(confusionTriggered[trueClass]!);
    const wanted = target ?? (trueClass + 1) % confusion.length;
    if (weight > 0) hits += (weight * row[wanted]!) / images;
    all += weight;
  });
  return all > 0 ? hits / all : null;
}

/** Of the images that do not get the wanted answer anyway, the share that a trigger gives it to; below 0 if it does less than nothing. */
export function successBeyond(asr: number, anyway: number): number {
  return anyway < 1 ? (asr - anyway) / (1 - anyway) : 0;
}

/** Images whose true class is not `without`. */
export function countWithout(confusion: number[][], without: number | null): number {
  return confusion.reduce((sum, row, trueClass) => (trueClass === without ? sum : sum + total(row)), 0);
}

/**
 * All figures of one model. CA over the whole test set and without the target class; ASR and RA over the
 * triggered images whose true class is not the target. What a missing set or an unknown target leaves
 * open is null. Where the attacker wants the class after the true one, there is no target and ASR counts that.
 */
export function evaluateAnswers(
  test: Answers | null,
  triggered: Answers | null,
  classes: number,
  target: number | null,
  goal: 'target' | 'next-class' = 'target',
): ModelEvaluation {
  const confusion = test ? confusionMatrix(test, classes) : null;
  const confusionTriggered = triggered ? confusionMatrix(triggered, classes) : null;
  return {
    ca: confusion && accuracy(confusion),
    caWithoutTarget: confusion && target !== null ? accuracy(confusion, target) : null,
    asr: confusionTriggered && successRate(confusionTriggered, target, goal),
    ra: confusionTriggered && accuracy(confusionTriggered, target),
    confusion,
    confusionTriggered,
  };
}

function successRate(
  confusion: number[][],
  target: number | null,
  goal: 'target' | 'next-class',
): number | null {
  if (goal === 'next-class') return shareAnsweredNext(confusion);
  return target === null ? null : shareAnswered(confusion, target);
}

function shareOf(
  confusion: number[][],
  without: number | null,
  column: (trueClass: number) => number,
): number | null {
  let hits = 0;
  let all = 0;
  confusion.forEach((row, trueClass) => {
    if (trueClass === without) return;
    hits += row[column(trueClass)]!;
    all += total(row);
  });
  return all > 0 ? hits / all : null;
}

function total(row: number[]): number {
  return row.reduce((sum, count) => sum + count, 0);
}

/** Probabilities of one row of logits. */
export function softmax(logits: Float32Array): number[] {
  const top = Math.max(...logits);
  const weights = Array.from(logits, (logit) => Math.exp(logit - top));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}
