import { CAREFUL } from './settings.ts';

/**
 * How answers that are not the label are spread, from 0 (as on the largest class alone) to 1 (like the classes' sizes):
 * poison is made of images of all classes, and a check that never saw it answers with these. Images that only look
 * alike (one light, one camera) are taken for the one or two classes that they resemble, if the check never saw their kind.
 * @param others labels of the examples of other classes
 * @returns null where there is no such answer, or only one other class
 */
export function spreadOf(answers: Int32Array, target: number, others: Int32Array): number | null {
  const wrong = answers.filter((answer) => answer !== target);
  const shares = sharesOf(others);
  const largest = Math.max(...shares.values());
  if (wrong.length === 0 || shares.size < 2) return null;
  return Math.max(0, (inCommon(shares, sharesOf(wrong)) - largest) / (1 - largest));
}

/**
 * What two sets of answers that are not the label have in common, from 0 to 1. Where a check takes images with a mark for the same
 * classes as it takes others of their class for, it is the class that it hardly knows.
 * @param usual answers to other images of the class
 * @returns null where there are too few such answers to tell
 */
export function commonMistakes(answers: Int32Array, usual: Int32Array, target: number): number | null {
  const [wrong, known] = [answers, usual].map((all) => all.filter((answer) => answer !== target));
  if (Math.min(wrong!.length, known!.length) < CAREFUL.controlLeast) return null;
  return inCommon(sharesOf(wrong!), sharesOf(known!));
}

function inCommon(one: Map<number, number>, other: Map<number, number>): number {
  return [...one].reduce((sum, [label, share]) => sum + Math.min(share, other.get(label) ?? 0), 0);
}

function sharesOf(labels: Int32Array): Map<number, number> {
  const shares = new Map<number, number>();
  for (const label of labels) shares.set(label, (shares.get(label) ?? 0) + 1 / labels.length);
  return shares;
}
