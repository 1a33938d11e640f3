export interface Interval {
  low: number;
  high: number;
}

/**
 * Wilson's score interval for a share of `hits` in `n` (Wilson, 1927), by default at 95 %.
 * Unlike the usual p ± z·sd it stays within 0..1 and is right near both ends. Nothing known (n = 0) is 0..1.
 */
export function wilson(hits: number, n: number, z = 1.959964): Interval {
  if (n === 0) return { low: 0, high: 1 };
  const share = hits / n;
  const denominator = 1 + (z * z) / n;
  const middle = (share + (z * z) / (2 * n)) / denominator;
  const half = (z / denominator) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
