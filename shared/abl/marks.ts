import type { MarkOrders } from '../contract/marks.ts';

/**
 * What is isolated once an analyst has looked: what was found, without the examples marked clean and with those
 * marked poison that are in use.
 * @param isolated data-set indices
 * @param losses by data-set index
 * @param examples the training examples in use
 * @returns data-set indices by rising loss; equal losses in data-set order
 */
export function withMarks(
  isolated: Int32Array,
  { leftOut, kept }: MarkOrders,
  losses: Float32Array,
  examples: Int32Array,
): Int32Array {
  const chosen = new Set(isolated);
  const used = new Set(examples);
  for (const index of leftOut) if (used.has(index)) chosen.add(index);
  for (const index of kept) chosen.delete(index);
  return Int32Array.from(chosen).sort((a, b) => losses[a]! - losses[b]! || a - b);
}
