/** Two scores of an image. */
export type Point = readonly [number, number];

/** Added to variances, so that no heap shrinks to a line. */
const LEAST_VARIANCE = 1e-6;

/**
 * A normal distribution of two dimensions through points.
 * @returns the logarithm of its density, less a constant that all share
 */
export function heapOf(points: readonly Point[]): (point: Point) => number {
  const mean = [0, 1].map((k) => points.reduce((sum, point) => sum + point[k]!, 0) / points.length);
  const covariance = (i: number, j: number) =>
    points.reduce((sum, point) => sum + (point[i]! - mean[i]!) * (point[j]! - mean[j]!), 0) / points.length;
  const [xx, xy, yy] = [
    covariance(0, 0) + LEAST_VARIANCE,
    covariance(0, 1),
    covariance(1, 1) + LEAST_VARIANCE,
  ];
  const determinant = xx * yy - xy * xy;
  return (point) => {
    const [x, y] = [point[0] - mean[0]!, point[1] - mean[1]!];
    return -((yy * x * x - 2 * xy * x * y + xx * y * y) / determinant + Math.log(determinant)) / 2;
  };
}
