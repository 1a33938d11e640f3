import { Cholesky } from './cholesky.ts';
import type { Table } from './coarse.ts';

/**
 * The covariance of fewer images than an image has values, plus a ridge r: S = X^T X / n + r I with the n deviations X
 * as rows. S^-1 b = (b - X^T (X X^T + n r I)^-1 X b) / r (Woodbury's identity) needs a system of size n only.
 */
export class FewImages {
  readonly #rows: Float64Array[];
  readonly #between: Cholesky;
  readonly #ridge: number;

  /** @param ridge share of the mean variance of a value */
  constructor(table: Table, mean: Float64Array, ridge: number) {
    const count = table.rows;
    this.#rows = Array.from({ length: count }, (_, row) => {
      const values = table.mean(Int32Array.of(row));
      return values.map((value, p) => value - mean[p]!);
    });
    const products = new Float64Array(count * count);
    let total = 0;
    for (let i = 0; i < count; i++) {
      for (let j = 0; j <= i; j++) products[i * count + j] = product(this.#rows[i]!, this.#rows[j]!);
      total += products[i * count + i]!;
    }
    this.#ridge = Math.max((ridge * total) / count / table.size, Number.MIN_VALUE);
    for (let i = 0; i < count; i++) products[i * count + i]! += count * this.#ridge;
    this.#between = new Cholesky(products, count);
  }

  solve(b: Float64Array): Float64Array {
    const weights = this.#between.solve(Float64Array.from(this.#rows, (row) => product(row, b)));
    const x = b.slice();
    this.#rows.forEach((row, i) => {
      for (let p = 0; p < x.length; p++) x[p]! -= weights[i]! * row[p]!;
    });
    return x.map((value) => value / this.#ridge);
  }
}

function product(a: Float64Array, b: Float64Array): number {
  let s0 = 0;
  let s1 = 0;
  let p = 0;
  for (; p + 1 < a.length; p += 2) {
    s0 += a[p]! * b[p]!;
    s1 += a[p + 1]! * b[p + 1]!;
  }
  return p < a.length ? s0 + s1 + a[p]! * b[p]! : s0 + s1;
}
