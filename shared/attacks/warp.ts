import type { Shape } from './define.ts';

/*
 * Warping as PyTorch does it (align_corners = true): coordinates -1..1 run from the centre of the first pixel to
 * the centre of the last. Grids are height x width x 2, x before y.
 */

/** The grid that changes nothing. */
export function identityGrid(height: number, width: number): Float64Array {
  const grid = new Float64Array(height * width * 2);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      grid[(y * width + x) * 2] = width > 1 ? (2 * x) / (width - 1) - 1 : 0;
      grid[(y * width + x) * 2 + 1] = height > 1 ? (2 * y) / (height - 1) - 1 : 0;
    }
  }
  return grid;
}

/** Cubic convolution (Keys, a = -0.75) of a points x points x 2 field to height x width x 2; edges repeat. */
export function upsampleBicubic(
  field: Float64Array,
  points: number,
  height: number,
  width: number,
): Float64Array {
  const rows = cubicTaps(points, height);
  const columns = cubicTaps(points, width);
  const result = new Float64Array(height * width * 2);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 2; c++) {
        let sum = 0;
        for (const [row, rowWeight] of rows[y]!) {
          for (const [column, weight] of columns[x]!) {
            sum += rowWeight * weight * field[(row * points + column) * 2 + c]!;
          }
        }
        result[(y * width + x) * 2 + c] = sum;
      }
    }
  }
  return result;
}

/** For each place of the fine axis: the four coarse points it is made of, with their weights. */
function cubicTaps(points: number, size: number): [number, number][][] {
  const a = -0.75;
  const near = (t: number) => ((a + 2) * t - (a + 3)) * t * t + 1;
  const far = (t: number) => ((a * t - 5 * a) * t + 8 * a) * t - 4 * a;
  return Array.from({ length: size }, (_, i) => {
    const at = size > 1 ? (i * (points - 1)) / (size - 1) : 0;
    const base = Math.floor(at);
    const t = at - base;
    const weights = [far(t + 1), near(t), near(1 - t), far(2 - t)];
    return weights.map((weight, k): [number, number] => [
      Math.max(0, Math.min(points - 1, base - 1 + k)),
      weight,
    ]);
  });
}

/** The image read at the grid's places, bilinear; beyond the edge all is black. Values are rounded. */
export function gridSample(
  image: Uint8Array,
  { height, width, channels }: Shape,
  grid: Float64Array,
): Uint8Array {
  const result = new Uint8Array(image.length);
  const value = (y: number, x: number, c: number) =>
    y < 0 || x < 0 || y >= height || x >= width ? 0 : image[(y * width + x) * channels + c]!;
  for (let pixel = 0; pixel < height * width; pixel++) {
    const x = ((grid[pixel * 2]! + 1) / 2) * (width - 1);
    const y = ((grid[pixel * 2 + 1]! + 1) / 2) * (height - 1);
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const [tx, ty] = [x - left, y - top];
    for (let c = 0; c < channels; c++) {
      const above = value(top, left, c) * (1 - tx) + value(top, left + 1, c) * tx;
      const below = value(top + 1, left, c) * (1 - tx) + value(top + 1, left + 1, c) * tx;
      result[pixel * channels + c] = Math.round(above * (1 - ty) + below * ty);
    }
  }
  return result;
}
