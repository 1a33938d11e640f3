import { stream } from '../random.ts';
import type { Shape } from './define.ts';

/** Cells per side of the coarse random grid that a smooth pattern interpolates. */
const CELLS = 4;

/** Independent uniform values 0..255 per pixel and channel. */
export function noisePattern({ height, width, channels }: Shape, seed: number): Float64Array {
  const random = stream(seed, 'attack', 'blend', 'noise');
  return Float64Array.from({ length: height * width * channels }, () => random.integer(256));
}

/** Random values 0..255 on a coarse grid per channel, joined smoothly (cosine interpolation). */
export function smoothPattern({ height, width, channels }: Shape, seed: number): Float64Array {
  const random = stream(seed, 'attack', 'blend', 'smooth');
  const side = CELLS + 1;
  const grid = Float64Array.from({ length: side * side * channels }, () => random.integer(256));
  const pattern = new Float64Array(height * width * channels);
  const ease = (t: number) => (1 - Math.cos(Math.PI * t)) / 2;
  for (let y = 0; y < height; y++) {
    const gy = (y / height) * CELLS;
    const row = Math.floor(gy);
    const ty = ease(gy - row);
    for (let x = 0; x < width; x++) {
      const gx = (x / width) * CELLS;
      const column = Math.floor(gx);
      const tx = ease(gx - column);
      for (let c = 0; c < channels; c++) {
        const at = (r: number, k: number) => grid[(r * side + k) * channels + c]!;
        const above = at(row, column) * (1 - tx) + at(row, column + 1) * tx;
        const below = at(row + 1, column) * (1 - tx) + at(row + 1, column + 1) * tx;
        pattern[(y * width + x) * channels + c] = above * (1 - ty) + below * ty;
      }
    }
  }
  return pattern;
}
