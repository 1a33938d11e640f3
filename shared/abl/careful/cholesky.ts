/**
 * Solves A x = b for a symmetric positive definite A: the factor is made once, each solution costs n^2.
 * Cholesky's decomposition A = L L^T, rows of L in the lower triangle.
 */
export class Cholesky {
  readonly size: number;
  readonly #factor: Float64Array;

  /**
   * @param matrix size x size, row by row; only the lower triangle is read
   * @throws RangeError if the matrix is not positive definite
   */
  constructor(matrix: Float64Array, size: number) {
    this.size = size;
    const l = matrix.slice();
    for (let i = 0; i < size; i++) {
      const row = i * size;
      for (let j = 0; j <= i; j++) {
        const rest = l[row + j]! - dot(l, row, l, j * size, j);
        if (j < i) l[row + j] = rest / l[j * size + j]!;
        else if (rest > 0) l[row + i] = Math.sqrt(rest);
        else throw new RangeError('The matrix is not positive definite.');
      }
    }
    this.#factor = l;
  }

  /** The x with A x = b. */
  solve(b: Float64Array): Float64Array {
    const { size } = this;
    const l = this.#factor;
    const x = b.slice();
    for (let i = 0; i < size; i++) x[i] = (x[i]! - dot(l, i * size, x, 0, i)) / l[i * size + i]!;
    // Backwards by columns of L^T, that is by rows of L, which lie side by side in memory.
    for (let i = size - 1; i >= 0; i--) {
      const value = (x[i]! /= l[i * size + i]!);
      for (let j = 0, at = i * size; j < i; j++, at++) x[j]! -= value * l[at]!;
    }
    return x;
  }
}

/** Sum of products of `count` neighbours. Four sums side by side, since one would wait for itself. */
function dot(a: Float64Array, fromA: number, b: Float64Array, fromB: number, count: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let k = 0;
  for (; k + 3 < count; k += 4) {
    s0 += a[fromA + k]! * b[fromB + k]!;
    s1 += a[fromA + k + 1]! * b[fromB + k + 1]!;
    s2 += a[fromA + k + 2]! * b[fromB + k + 2]!;
    s3 += a[fromA + k + 3]! * b[fromB + k + 3]!;
  }
  for (; k < count; k++) s0 += a[fromA + k]! * b[fromB + k]!;
  return s0 + s1 + s2 + s3;
}
