import type { Random } from '../random.ts';

/** Points of `size` values one after another. */
export interface Points {
  values: Float64Array;
  size: number;
}

export interface TwoMeans {
  /** By point: 0 or 1. Cluster 1 is the smaller. */
  cluster: Uint8Array;
  /** Points in each. */
  counts: [number, number];
  /** Sum of squared distances to the own centre. */
  inertia: number;
}

/** Random starts. */
const STARTS = 10;
const TURNS = 300;

/**
 * 2-means by Lloyd's algorithm, the best of many starts: k-means++ centres, and along each axis the points far out on one
 * side against the others, since among whitened points random starts often end in a worse cut.
 * @param points with mean 0 and variance 1 along each axis, two at least
 */
export function twoMeans(points: Points, random: Random): TwoMeans {
  const starts = [...tails(points), ...Array.from({ length: STARTS }, () => seeds(points, random))];
  const best = starts
    .map((centres) => lloyd(points, centres))
    .reduce((least, one) => (one.inertia < least.inertia ? one : least));
  const { cluster, counts, inertia } = best;
  if (counts[1] <= counts[0]) return best;
  return { cluster: cluster.map((one) => 1 - one), counts: [counts[1], counts[0]], inertia };
}

/**
 * Mean silhouette of two clusters (Rousseeuw, 1987), -1..1; 0 where one of them is empty. Points alone in their cluster
 * count 0.
 */
export function silhouette(points: Points, { cluster, counts }: TwoMeans): number {
  if (counts[0] === 0 || counts[1] === 0) return 0;
  let sum = 0;
  for (let i = 0; i < cluster.length; i++) {
    const distances = [0, 0];
    for (let j = 0; j < cluster.length; j++)
      distances[cluster[j]!]! += Math.sqrt(between(points, i, points, j));
    const own = cluster[i]! as 0 | 1;
    const other = own === 0 ? 1 : 0;
    if (counts[own] === 1) continue;
    const within = distances[own]! / (counts[own] - 1);
    const away = distances[other]! / counts[other];
    if (within !== away) sum += (away - within) / Math.max(away, within);
  }
  return sum / cluster.length;
}

function tails(points: Points): Points[] {
  const { values, size } = points;
  return Array.from({ length: 2 * size }, (_, start) => {
    const [axis, sign] = [start >> 1, start % 2 === 0 ? 1 : -1];
    const centres: Points = { values: new Float64Array(2 * size), size };
    const counts = [0, 0];
    for (let at = 0; at < values.length; at += size) {
      const side = sign * values[at + axis]! > 1 ? 1 : 0;
      counts[side]!++;
      for (let p = 0; p < size; p++) centres.values[side * size + p]! += values[at + p]!;
    }
    centres.values.forEach((sum, k) => (centres.values[k] = sum / Math.max(1, counts[k < size ? 0 : 1]!)));
    return centres;
  });
}

function seeds(points: Points, random: Random): Points {
  const { values, size } = points;
  const count = values.length / size;
  const centres: Points = { values: new Float64Array(2 * size), size };
  const first = random.integer(count);
  centres.values.set(values.subarray(first * size, (first + 1) * size));
  const weights = Float64Array.from({ length: count }, (_, i) => between(points, i, centres, 0));
  let left = random.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  let second = 0;
  while (second < count - 1 && (left -= weights[second]!) > 0) second++;
  centres.values.set(values.subarray(second * size, (second + 1) * size), size);
  return centres;
}

function lloyd(points: Points, centres: Points): TwoMeans {
  const { values, size } = points;
  const cluster = new Uint8Array(values.length / size).fill(2);
  for (let turn = 0; turn < TURNS; turn++) {
    const sums = new Float64Array(2 * size);
    const counts: [number, number] = [0, 0];
    let moved = false;
    let inertia = 0;
    for (let i = 0; i < cluster.length; i++) {
      const [to0, to1] = [between(points, i, centres, 0), between(points, i, centres, 1)];
      const nearer = to1 < to0 ? 1 : 0;
      moved ||= cluster[i] !== nearer;
      cluster[i] = nearer;
      counts[nearer]++;
      inertia += Math.min(to0, to1);
      for (let p = 0; p < size; p++) sums[nearer * size + p]! += values[i * size + p]!;
    }
    if (!moved || turn === TURNS - 1) return { cluster, counts, inertia };
    for (const one of [0, 1] as const) {
      if (counts[one] === 0) continue;
      for (let p = 0; p < size; p++) centres.values[one * size + p] = sums[one * size + p]! / counts[one];
    }
  }
  throw new Error('2-means ends within its turns');
}

/** Squared distance of two points. */
function between(a: Points, i: number, b: Points, j: number): number {
  let sum = 0;
  for (let p = 0; p < a.size; p++) sum += (a.values[i * a.size + p]! - b.values[j * a.size + p]!) ** 2;
  return sum;
}
