/** Eigenvalues by falling size with unit eigenvectors, each `size` long and with its largest part positive. */
export interface Eigen {
  values: Float64Array;
  vectors: Float64Array[];
}

const SWEEPS = 60;

/**
 * All eigenvalues of a symmetric matrix by Jacobi's rotations: slower than other ways, but exact to rounding also
 * where eigenvalues lie close together.
 * @param matrix size x size, row after row; is used up
 */
export function symmetricEigen(matrix: Float64Array, size: number): Eigen {
  const rows = new Float64Array(size * size);
  for (let i = 0; i < size; i++) rows[i * size + i] = 1;
  const trace = Math.abs(diagonal(matrix, size).reduce((sum, value) => sum + Math.abs(value), 0));
  for (let sweep = 0; sweep < SWEEPS && offDiagonal(matrix, size) > 1e-15 * trace; sweep++) {
    for (let p = 0; p < size - 1; p++) {
      for (let q = p + 1; q < size; q++) rotate(matrix, rows, size, p, q);
    }
  }
  const values = diagonal(matrix, size);
  const order = [...values.keys()].sort((a, b) => values[b]! - values[a]!);
  return {
    values: Float64Array.from(order, (i) => values[i]!),
    vectors: order.map((i) => oriented(rows.slice(i * size, (i + 1) * size))),
  };
}

function diagonal(matrix: Float64Array, size: number): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => matrix[i * size + i]!);
}

function offDiagonal(matrix: Float64Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) sum += matrix[i * size + j]! ** 2;
  return Math.sqrt(2 * sum);
}

/** Turns rows and columns p and q so that the entry between them vanishes. */
function rotate(a: Float64Array, vectors: Float64Array, size: number, p: number, q: number): void {
  const between = a[p * size + q]!;
  if (between === 0) return;
  const theta = (a[q * size + q]! - a[p * size + p]!) / (2 * between);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < size; k++) {
    const [x, y] = [a[p * size + k]!, a[q * size + k]!];
    a[p * size + k] = c * x - s * y;
    a[q * size + k] = s * x + c * y;
    const [v, w] = [vectors[p * size + k]!, vectors[q * size + k]!];
    vectors[p * size + k] = c * v - s * w;
    vectors[q * size + k] = s * v + c * w;
  }
  for (let k = 0; k < size; k++) {
    const [x, y] = [a[k * size + p]!, a[k * size + q]!];
    a[k * size + p] = c * x - s * y;
    a[k * size + q] = s * x + c * y;
  }
}

/** An eigenvector is one up to its sign. */
function oriented(vector: Float64Array): Float64Array {
  const largest = vector.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
  return largest < 0 ? vector.map((value) => -value) : vector;
}
