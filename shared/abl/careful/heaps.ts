/** Two scores of an image. */
export type Point = readonly [number, number];

/** Added to variances, as a share of them and at least, so that no heap shrinks to a line. */
const WIDENED = 1e-9;
const LEAST_VARIANCE = 1e-6;

/**
 * A normal distribution of two dimensions through points.
 * @returns the logarithm of its density, less a constant that all share
 */
export function heapOf(points: readonly Point[]): (point: Point) => number {
  const mean = [0, 1].map((k) => points.reduce((sum, point) => sum + point[k]!, 0) / points.length);
  const covariance = (i: number, j: number) =>
    points.reduce((sum, point) => sum + (point[i]! - mean[i]!) * (point[j]! - mean[j]!), 0) / points.length;
  const variance = (i: number) => covariance(i, i) * (1 + WIDENED) + LEAST_VARIANCE;
  const [xx, xy, yy] = [variance(0), covariance(0, 1), variance(1)];
  const determinant = xx * yy - xy * xy;
  return (point) => {
    const [x, y] = [point[0] - mean[0]!, point[1] - mean[1]!];
    return -((yy * x * x - 2 * xy * x * y + xx * y * y) / determinant + Math.log(determinant)) / 2;
  };
}
