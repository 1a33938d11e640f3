import { stream } from '../random.ts';
import { centred, principal, projected, rowsByClass, type Features } from './features.ts';
import { silhouette, twoMeans } from './two-means.ts';

/** How a class's features fall into two clusters. */
export interface ClassClusters {
  class: number;
  /** Rows of the smaller cluster, rising. */
  smaller: Int32Array;
  /** Its share of the class, 0..0.5. */
  share: number;
  /** Mean silhouette, -1..1: whether these are two clusters or one that was cut in half. */
  silhouette: number;
  /** Whether the defence calls the smaller cluster poison. */
  poison: boolean;
}

/** As published: clusters in 10 dimensions; suspicious from a silhouette of 0.10 on, and below 35 % of the class. */
export const CLUSTERING = { dimensions: 10, silhouette: 0.1, share: 0.35 } as const;

/**
 * Activation Clustering (Chen et al., 2018): the features of each class are reduced to 10 independent components and
 * split by 2-means. Independent components are a rotation of whitened principal components, and a rotation moves neither
 * 2-means nor silhouettes, so whitened principal components are all that is needed.
 * @returns classes with at least two images whose features differ
 */
export function activationClusters(features: Features, classes: number, seed: number): ClassClusters[] {
  return rowsByClass(features.labels, classes).flatMap((rows, label) => {
    if (rows.length < 2) return [];
    const points = whitened(features, rows);
    if (points.size === 0) return [];
    const found = twoMeans(points, stream(seed, 'activation-clustering', label));
    const share = found.counts[1] / rows.length;
    const score = silhouette(points, found);
    return [
      {
        class: label,
        smaller: rows.filter((_, i) => found.cluster[i] === 1),
        share,
        silhouette: score,
        poison: score >= CLUSTERING.silhouette && share < CLUSTERING.share && found.counts[1] > 0,
      },
    ];
  });
}

/** The leading principal components, each with variance 1; directions without variance are left out. */
function whitened(features: Features, rows: Int32Array): { values: Float64Array; size: number } {
  const table = centred(features, rows);
  const { values, vectors } = principal(table);
  const wanted = Math.min(CLUSTERING.dimensions, rows.length - 1);
  const leading = vectors.slice(0, wanted).filter((_, i) => values[i]! > 1e-9 * values[0]!);
  const size = values[0]! > 0 ? leading.length : 0;
  const points = new Float64Array(rows.length * size);
  for (let p = 0; p < size; p++) {
    projected(table, leading[p]!).forEach((share, i) => {
      points[i * size + p] = share / Math.sqrt(values[p]!);
    });
  }
  return { values: points, size };
}
