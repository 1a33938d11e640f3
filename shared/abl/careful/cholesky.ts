/** Rows of the factor that are made side by side, so that what they share is read once. */
const ROWS = 4;

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
    for (let i = 0; i < size; i += ROWS) {
      const rows = Math.min(ROWS, size - i);
      // Left of the rows' own square all of them need products with the same earlier rows.
      if (rows === ROWS) {
        for (let j = 0; j < i; j++) subtractProducts(l, i * size, size, j);
      }
      for (let row = i; row < i + rows; row++) {
        for (let j = rows === ROWS ? i : 0; j <= row; j++) {
          const rest = l[row * size + j]! - dot(l, row * size, l, j * size, j);
          if (j < row) l[row * size + j] = rest / l[j * size + j]!;
          else if (rest > 0) l[row * size + row] = Math.sqrt(rest);
          else throw new RangeError('The matrix is not positive definite.');
        }
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

  /** The same for several right sides: four at a time, so that what they share is read once. */
  solveAll(sides: Float64Array[]): Float64Array[] {
    const result: Float64Array[] = [];
    for (let from = 0; from < sides.length; from += 4) {
      const four = [0, 1, 2, 3].map((i) => (sides[from + i] ?? sides[from]!).slice());
      this.#solveFour(four as [Float64Array, Float64Array, Float64Array, Float64Array]);
      result.push(...four.slice(0, sides.length - from));
    }
    return result;
  }

  #solveFour([a, b, c, d]: [Float64Array, Float64Array, Float64Array, Float64Array]): void {
    const { size } = this;
    const l = this.#factor;
    for (let i = 0; i < size; i++) {
      let sa = a[i]!;
      let sb = b[i]!;
      let sc = c[i]!;
      let sd = d[i]!;
      for (let j = 0, at = i * size; j < i; j++, at++) {
        const value = l[at]!;
        sa -= value * a[j]!;
        sb -= value * b[j]!;
        sc -= value * c[j]!;
        sd -= value * d[j]!;
      }
      const diagonal = l[i * size + i]!;
      a[i] = sa / diagonal;
      b[i] = sb / diagonal;
      c[i] = sc / diagonal;
      d[i] = sd / diagonal;
    }
    for (let i = size - 1; i >= 0; i--) {
      const diagonal = l[i * size + i]!;
      const va = (a[i]! /= diagonal);
      const vb = (b[i]! /= diagonal);
      const vc = (c[i]! /= diagonal);
      const vd = (d[i]! /= diagonal);
      for (let j = 0, at = i * size; j < i; j++, at++) {
        const value = l[at]!;
        a[j]! -= va * value;
        b[j]! -= vb * value;
        c[j]! -= vc * value;
        d[j]! -= vd * value;
      }
    }
  }

  /** Vectors times L^-T: where their products are A, the result's are the unit matrix. */
  fromRight(vectors: Float64Array[]): Float64Array[] {
    const { size } = this;
    const l = this.#factor;
    const result: Float64Array[] = [];
    for (let k = 0; k < size; k++) {
      const vector = vectors[k]!.slice();
      for (let j = 0; j < k; j++) {
        const share = l[k * size + j]!;
        const earlier = result[j]!;
        for (let p = 0; p < vector.length; p++) vector[p]! -= share * earlier[p]!;
      }
      const diagonal = l[k * size + k]!;
      for (let p = 0; p < vector.length; p++) vector[p]! /= diagonal;
      result.push(vector);
    }
    return result;
  }
}

/** Column j of four rows from `at` on, which are `size` apart: (entry - products with row j) / its diagonal. */
function subtractProducts(l: Float64Array, at: number, size: number, j: number): void {
  const [a, b, c, d] = [at, at + size, at + 2 * size, at + 3 * size];
  const from = j * size;
  let sa = 0;
  let sb = 0;
  let sc = 0;
  let sd = 0;
  for (let k = 0; k < j; k++) {
    const value = l[from + k]!;
    sa += l[a + k]! * value;
    sb += l[b + k]! * value;
    sc += l[c + k]! * value;
    sd += l[d + k]! * value;
  }
  const diagonal = l[from + j]!;
  l[a + j] = (l[a + j]! - sa) / diagonal;
  l[b + j] = (l[b + j]! - sb) / diagonal;
  l[c + j] = (l[c + j]! - sc) / diagonal;
  l[d + j] = (l[d + j]! - sd) / diagonal;
}

/** Sum of products of `count` neighbours. Four sums side by side, since one would wait for itself. */
function dot(a: Float64Array, fromA: number, b: Float64Array, fromB: number, count: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
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
