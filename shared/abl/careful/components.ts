import type { Random } from '../../random.ts';
import { Cholesky } from './cholesky.ts';
import type { Table } from './coarse.ts';
import { CAREFUL } from './settings.ts';
import { spread } from './spread.ts';

/**
 * Parts of a class that lie apart along a line, found without suspects. A pattern that some images carry divides their
 * class in two along one direction, and nothing is less like a normal distribution than two heaps. So: the directions in
 * which the class varies most, measured against the variation within all classes; in their space the directions with the
 * most extreme kurtosis (FastICA of Hyvärinen, 1999, symmetric; few carriers make it high, half a class makes it low);
 * and where the images divide along one of these, both halves of the class by turns say where the other divides, as in
 * LinearDetector.
 * @param table all images of the class
 * @param variation within classes, or within other classes
 * @param outsiders images of other classes; what lies further from them is the part that carries something
 * @returns rows of each part, without repetitions
 */
export function partsOf(
  table: Table,
  mean: Float64Array,
  variation: Cholesky,
  outsiders: Table,
  random: Random,
): Int32Array[] {
  const count = Math.min(CAREFUL.components, table.rows >> 2);
  if (count < 1) return [];
  const directions = widest(table, mean, variation, count, random);
  const within = scoresOf(table, directions, mean);
  const outside = scoresOf(outsiders, directions, mean);
  const found = new Map<string, Int32Array>();
  for (const weights of extremeKurtosis(within, random)) {
    const part = refined(within, divided(weighted(within, weights), weighted(outside, weights)));
    if (part) found.set(part.join(), part);
  }
  return [...found.values()];
}

/** By direction, or by component: a number for each row. */
type Scores = Float64Array[];

/**
 * Directions in which the class varies most in units of `variation`: subspace iteration for the largest eigenvalues of
 * C v = lambda S v, orthonormal with respect to S.
 */
function widest(
  table: Table,
  mean: Float64Array,
  variation: Cholesky,
  count: number,
  random: Random,
): Float64Array[] {
  let block: Float64Array[] = Array.from({ length: count }, () =>
    Float64Array.from({ length: table.size }, () => random.normal()),
  );
  for (let turn = 0; turn < CAREFUL.componentTurns; turn++) {
    // The scores sum to 0, so it makes no difference that the images' mean is not subtracted again.
    const products = table.combine(scoresOf(table, block, mean));
    const solved = variation.solveAll(products);
    const gram = products.map((column) => solved.map((other) => dot(other, column)));
    block = orthonormal(solved, gram);
  }
  return block;
}

function scoresOf(table: Table, directions: Float64Array[], mean: Float64Array): Scores {
  const middles = directions.map((direction) => dot(mean, direction));
  return table.projectAll(directions).map((column, k) => column.map((value) => value - middles[k]!));
}

/** Combinations of vectors whose products are `gram` that are orthonormal by the same products: V L^-T, gram = L L^T. */
function orthonormal(vectors: Float64Array[], gram: number[][]): Float64Array[] {
  const size = vectors.length;
  const trace = gram.reduce((sum, row, i) => sum + row[i]!, 0);
  const matrix = Float64Array.from(gram.flat());
  for (let i = 0; i < size; i++) matrix[i * size + i]! += 1e-10 * trace + Number.MIN_VALUE;
  return new Cholesky(matrix, size).fromRight(vectors);
}

/** The scores that these weights make of all. */
function weighted(scores: Scores, weights: Float64Array): Float64Array {
  const sum = new Float64Array(scores[0]!.length);
  for (const [k, column] of scores.entries()) {
    for (let row = 0; row < sum.length; row++) sum[row]! += weights[k]! * column[row]!;
  }
  return sum;
}

/** Weights of independent components, each of which makes scores with mean 0 and variance 1 of the given. */
function extremeKurtosis(scores: Scores, random: Random): Float64Array[] {
  const [count, rows] = [scores.length, scores[0]!.length];
  const unit = Array.from({ length: count }, (_, k) =>
    Float64Array.from({ length: count }, (_, i) => +(i === k)),
  );
  const gram = scores.map((a) => scores.map((b) => dot(a, b) / rows));
  const whitening = orthonormal(unit, gram);
  const white = whitening.map((weights) => weighted(scores, weights));
  let rotation = decorrelated(unit.map((row) => row.map(() => random.normal())));
  for (let turn = 0; turn < CAREFUL.kurtosisTurns; turn++) {
    const next = decorrelated(
      rotation.map((weights) => {
        const cubes = weighted(white, weights).map((value) => value ** 3);
        return weights.map((weight, i) => dot(white[i]!, cubes) / rows - 3 * weight);
      }),
    );
    const moved = Math.max(...next.map((weights, k) => 1 - Math.abs(dot(weights, rotation[k]!))));
    rotation = next;
    if (moved < CAREFUL.kurtosisSettled) break;
  }
  return rotation.map((weights) => weighted(whitening, weights));
}

/** The orthogonal matrix next to a square one, (W W^T)^-1/2 W, by Newton's iteration. */
function decorrelated(matrix: Float64Array[]): Float64Array[] {
  const size = matrix.length;
  let rows = Float64Array.from(matrix.flatMap((row) => [...row]));
  const gram = new Float64Array(size * size);
  for (let turn = 0; turn < MOST_NEWTON_TURNS; turn++) {
    let off = 0;
    let highest = 0;
    for (let i = 0; i < size; i++) {
      let total = 0;
      for (let j = 0; j < size; j++) {
        let sum = 0;
        for (let p = 0; p < size; p++) sum += rows[i * size + p]! * rows[j * size + p]!;
        gram[i * size + j] = sum;
        off = Math.max(off, Math.abs(sum - +(i === j)));
        total += Math.abs(sum);
      }
      highest = Math.max(highest, total);
    }
    if (off < 1e-9) break;
    // It needs singular values below the root of 3; the largest sum of a row bounds their squares.
    if (highest > 2) {
      const scale = 1 / Math.sqrt(highest);
      rows = rows.map((value) => scale * value);
      continue;
    }
    const next = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        const share = -0.5 * gram[i * size + j]! + (i === j ? 1.5 : 0);
        for (let p = 0; p < size; p++) next[i * size + p]! += share * rows[j * size + p]!;
      }
    }
    rows = next;
  }
  return matrix.map((_, i) => rows.slice(i * size, (i + 1) * size));
}

/** Singular values near 0 grow by half in each turn, so this is plenty. */
const MOST_NEWTON_TURNS = 60;

/** Which rows are in the part that lies apart: 1 for these. */
type Sides = Uint8Array;

/** Divided where that goes best: the side that is further from the outsiders. */
function divided(scores: Float64Array, outside: Float64Array): Sides {
  const cut = bestCut(scores);
  const middle = outside.toSorted()[outside.length >> 1] ?? 0;
  const isHigh = scores.map((value) => +(value > cut));
  const [low, high] = [0, 1].map((side) => {
    const rising = scores.filter((_, row) => isHigh[row] === side).sort();
    return rising[rising.length >> 1] ?? 0;
  });
  const isPartHigh = Math.abs(high! - middle) >= Math.abs(low! - middle);
  return Uint8Array.from(isHigh, (value) => +(value === +isPartHigh));
}

/** Between the two heaps that leave the least variance within them (2-means in one dimension). */
function bestCut(scores: Float64Array): number {
  const rising = scores.toSorted();
  const total = rising.reduce((sum, value) => sum + value, 0);
  let [below, best, at] = [0, -1, 1];
  for (let count = 1; count < rising.length; count++) {
    below += rising[count - 1]!;
    const above = rising.length - count;
    const between = count * above * (below / count - (total - below) / above) ** 2;
    if (between > best) [best, at] = [between, count];
  }
  return (rising[at - 1]! + rising[at]!) / 2;
}

/**
 * Goes back and forth between the rows of even and of odd place: the difference of the means of one half's sides divides
 * the other half.
 * @returns null unless the sides end well apart in both
 */
function refined(scores: Scores, sides: Sides): Int32Array | null {
  let apart = 0;
  for (let turn = 0; turn < CAREFUL.linearTurns; turn++) {
    apart = Infinity;
    for (const half of [0, 1]) {
      const direction = differenceOf(scores, sides, 1 - half);
      if (!direction) return null;
      const along = weighted(scores, direction).filter((_, row) => row % 2 === half);
      const cut = bestCut(along);
      for (const [i, value] of along.entries()) sides[2 * i + half] = +(value > cut);
      const of = (side: number) => spread(along.filter((_, i) => sides[2 * i + half] === side));
      apart = Math.min(apart, (of(1).middle - of(0).middle) / of(0).deviation);
    }
  }
  if (!(apart >= CAREFUL.partsApart)) return null;
  return Int32Array.from(sides.keys()).filter((row) => sides[row] === 1);
}

/** Of the means of both sides among the rows of one half; null where one has too few. */
function differenceOf(scores: Scores, inside: Sides, half: number): Float64Array | null {
  const counts = [0, 0];
  for (let row = half; row < inside.length; row += 2) counts[inside[row]!]!++;
  if (counts.some((count) => count < CAREFUL.smallestGroup / 2)) return null;
  return Float64Array.from(scores, (column) => {
    let sum = 0;
    for (let row = half; row < inside.length; row += 2) {
      sum += inside[row] === 1 ? column[row]! / counts[1]! : -column[row]! / counts[0]!;
    }
    return sum;
  });
}

/** Sum of products. */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let p = 0; p < a.length; p++) sum += a[p]! * b[p]!;
  return sum;
}
