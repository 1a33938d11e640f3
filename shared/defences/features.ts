import { symmetricEigen, type Eigen } from './eigen.ts';

/** What a network's last dense layer sees of each image. */
export interface Features {
  /** Rows of `size` values. */
  values: Float32Array;
  size: number;
  /** By row. */
  labels: Int32Array;
}

/** Rows of a table with their mean taken away. */
export interface Centred {
  values: Float64Array;
  rows: number;
  size: number;
}

/** Positions of the rows of each class. */
export function rowsByClass(labels: Int32Array, classes: number): Int32Array[] {
  const result: number[][] = Array.from({ length: classes }, () => []);
  labels.forEach((label, row) => result[label]!.push(row));
  return result.map((rows) => Int32Array.from(rows));
}

export function centred({ values, size }: Features, rows: Int32Array): Centred {
  const mean = new Float64Array(size);
  for (const row of rows) for (let p = 0; p < size; p++) mean[p]! += values[row * size + p]! / rows.length;
  const result = new Float64Array(rows.length * size);
  rows.forEach((row, i) => {
    for (let p = 0; p < size; p++) result[i * size + p] = values[row * size + p]! - mean[p]!;
  });
  return { values: result, rows: rows.length, size };
}

/** Variances along the principal directions (divided by the number of rows), and these directions. */
export function principal({ values, rows, size }: Centred): Eigen {
  const covariance = new Float64Array(size * size);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < size; i++) {
      const value = values[row * size + i]! / rows;
      if (value === 0) continue;
      for (let j = 0; j <= i; j++) covariance[i * size + j]! += value * values[row * size + j]!;
    }
  }
  for (let i = 0; i < size; i++)
    for (let j = 0; j < i; j++) covariance[j * size + i] = covariance[i * size + j]!;
  return symmetricEigen(covariance, size);
}

/** Each row's share in a direction. */
export function projected({ values, rows, size }: Centred, direction: Float64Array): Float64Array {
  const result = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    for (let p = 0; p < size; p++) result[row]! += values[row * size + p]! * direction[p]!;
  }
  return result;
}
