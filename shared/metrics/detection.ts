/** Precision and recall of a chosen set against flags (1 = poisoned). Null where the denominator is zero. */
export function precisionRecall(
  chosen: ArrayLike<number>,
  poisoned: Uint8Array,
  among: ArrayLike<number> | null = null,
): { precision: number | null; recall: number | null } {
  let hits = 0;
  for (let i = 0; i < chosen.length; i++) hits += poisoned[chosen[i]!]!;
  let all = 0;
  if (among) for (let i = 0; i < among.length; i++) all += poisoned[among[i]!]!;
  else for (const flag of poisoned) all += flag;
  return {
    precision: chosen.length > 0 ? hits / chosen.length : null,
    recall: all > 0 ? hits / all : null,
  };
}

/**
 * Area under the ROC curve of "a low score means poisoned": the chance that a poisoned example has a lower
 * score than a clean one, ties counting half (Mann and Whitney's U by mid-ranks). Null unless both kinds occur.
 */
export function aurocOfLow(scores: ArrayLike<number>, poisoned: ArrayLike<number>): number | null {
  const n = scores.length;
  const order = new Int32Array(n).map((_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  let positives = 0;
  let rankSum = 0;
  for (let start = 0; start < n;) {
    let end = start + 1;
    while (end < n && scores[order[end]!] === scores[order[start]!]) end++;
    const midRank = (start + 1 + end) / 2;
    for (let i = start; i < end; i++) {
      if (!poisoned[order[i]!]) continue;
      positives++;
      rankSum += midRank;
    }
    start = end;
  }
  const negatives = n - positives;
  if (positives === 0 || negatives === 0) return null;
  const higher = rankSum - (positives * (positives + 1)) / 2;
  return 1 - higher / (positives * negatives);
}
