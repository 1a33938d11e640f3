import { centred, principal, projected, rowsByClass, type Features } from './features.ts';

/**
 * Spectral Signatures (Tran, Li and Madry, 2018): within a class, poison shows along the direction in which the
 * features vary most. An image's score is the square of its share in the top right singular vector of the class's
 * centred features.
 * @returns scores by row; 0 where a class has a single image
 */
export function spectralScores(features: Features, classes: number): Float64Array {
  const scores = new Float64Array(features.labels.length);
  for (const rows of rowsByClass(features.labels, classes)) {
    if (rows.length < 2) continue;
    const table = centred(features, rows);
    projected(table, principal(table).vectors[0]!).forEach((share, i) => (scores[rows[i]!] = share * share));
  }
  return scores;
}

/**
 * What the defence removes: in every class the 1.5 * epsilon of its images with the highest scores, never all of them.
 * @param epsilon assumed share of poison in a class, 0..1; the defence has no way to find it
 * @param only look at this class alone: for a user who knows the target class
 * @returns rows, rising
 */
export function spectralRemoved(
  features: Features,
  classes: number,
  epsilon: number,
  only: number | null = null,
): Int32Array {
  const scores = spectralScores(features, classes);
  const removed = rowsByClass(features.labels, classes).flatMap((rows, label) => {
    if (only !== null && label !== only) return [];
    const count = Math.min(rows.length - 1, Math.round(1.5 * epsilon * rows.length));
    return [...rows].sort((a, b) => scores[b]! - scores[a]! || a - b).slice(0, Math.max(0, count));
  });
  return Int32Array.from(removed).sort();
}
