import type { IsolationFigures } from '../contract/results.ts';
import { aurocOfLow, precisionRecall } from '../metrics/detection.ts';

/** How many of `count` examples a rate isolates: rounded down as in the published code, but at least one. */
export function isolationCount(count: number, rate: number): number {
  // The tiny addend undoes what binary fractions lose: 0.29 * 100 is 28.999999999999996.
  return Math.max(1, Math.floor(count * rate + 1e-9));
}

/**
 * Stage 1's choice: the examples with the lowest loss, by rising loss; equal losses in data-set order.
 * @param losses evaluation-mode cross-entropy by data-set index; only those of `examples` are looked at
 * @param examples the training examples in use, as rising data-set indices
 * @returns data-set indices; `kept` are the others in data-set order
 */
export function isolate(
  losses: Float32Array,
  examples: Int32Array,
  rate: number,
): { isolated: Int32Array; kept: Int32Array } {
  const ranked = examples.slice().sort((a, b) => losses[a]! - losses[b]! || a - b);
  const isolated = ranked.slice(0, isolationCount(examples.length, rate));
  const chosen = new Set(isolated);
  return { isolated, kept: examples.filter((index) => !chosen.has(index)) };
}

/**
 * What can be said about an isolated set.
 * @param labels by data-set index, as given by the source
 * @param poisoned flags by data-set index, or null where the truth is not known
 */
export function isolationFigures(
  { isolated, rate, classes }: { isolated: Int32Array; rate: number; classes: number },
  losses: Float32Array,
  examples: Int32Array,
  labels: Int32Array,
  poisoned: Uint8Array | null,
): IsolationFigures {
  if (isolated.length === 0) return nothingIsolated(classes, poisoned);
  const perLabel = new Array<number>(classes).fill(0);
  for (const index of isolated) perLabel[labels[index]!]!++;
  const most = Math.max(...perLabel);
  const found = poisoned ? precisionRecall(isolated, poisoned, examples) : { precision: null, recall: null };
  return {
    rate,
    count: isolated.length,
    precision: poisoned && found.recall !== null ? found.precision : null,
    recall: found.recall,
    auroc: poisoned ? aurocAmong(losses, examples, poisoned) : null,
    concentration: most / isolated.length,
    class: perLabel.indexOf(most),
    labels: perLabel,
    threshold: losses[isolated[isolated.length - 1]!]!,
  };
}

function nothingIsolated(classes: number, poisoned: Uint8Array | null): IsolationFigures {
  return {
    rate: 0,
    count: 0,
    precision: null,
    recall: poisoned?.includes(1) ? 0 : null,
    auroc: null,
    concentration: 0,
    class: 0,
    labels: new Array<number>(classes).fill(0),
    threshold: 0,
  };
}

function aurocAmong(losses: Float32Array, examples: Int32Array, poisoned: Uint8Array): number | null {
  return aurocOfLow(
    Float32Array.from(examples, (index) => losses[index]!),
    Uint8Array.from(examples, (index) => poisoned[index]!),
  );
}
