/** A suspect as it is handed on. */
export interface SuspectRow {
  /** 1 = lowest loss. */
  rank: number;
  /** Position in the training set. */
  index: number;
  /** Path in the source. */
  path: string;
  label: string;
  /** In nats, at the end of stage 1. */
  loss: number;
  /** Share of the training images looked at that have a lower loss, 0..1. */
  shareBelow: number;
  decision: 'left out' | 'unlearned' | 'isolated only';
  /** Where the truth is known. */
  poisoned: boolean | null;
}

interface Named {
  rank: number;
  example: number;
  path: string;
  label: string;
  loss: number;
  poisoned: boolean | null;
}

/** What was found out about each suspect, and what the run did about it. @param run what it did, and all losses */
export function suspectRows(
  suspects: readonly Named[],
  run: { losses: Float32Array; careful: boolean; unlearned: boolean },
): SuspectRow[] {
  // Images outside the training limit have no loss.
  const sorted = run.losses.filter((loss) => !Number.isNaN(loss)).sort();
  const decision = run.careful ? 'left out' : run.unlearned ? 'unlearned' : 'isolated only';
  return suspects.map(({ rank, example, path, label, loss, poisoned }) => ({
    rank,
    index: example,
    path,
    label,
    loss,
    shareBelow: sorted.length > 0 ? countBelow(sorted, loss) / sorted.length : 0,
    decision,
    poisoned,
  }));
}

/** How many of rising numbers are smaller. */
function countBelow(rising: Float32Array, limit: number): number {
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
