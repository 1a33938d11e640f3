import { stream } from '../random.ts';
import { defineAttack, includeTarget, type Shape } from './define.ts';

/** Cells per side of the coarse random grid that a smooth pattern interpolates. */
const CELLS = 4;

/** Blended injection with one pattern for all images. */
export const blend = defineAttack({
  name: 'blend',
  title: 'Blend',
  summary: 'One random pattern is mixed faintly into the whole image; poisoned images get the target label.',
  source: 'Chen et al. 2017, arXiv 1712.05526; pattern drawn from the seed',
  cleanLabel: false,
  parameters: [
    { name: 'alpha', help: 'Share of the pattern in the mixture', unit: '', default: 0.2, min: 0, max: 1 },
    {
      name: 'pattern',
      help: 'Soft colour clouds, or noise',
      unit: '',
      default: 'smooth',
      choices: ['smooth', 'noise'],
    },
    includeTarget(false),
  ],
  prepare(shape, parameters, seed) {
    const alpha = parameters['alpha'] as number;
    const pattern =
      parameters['pattern'] === 'noise' ? noisePattern(shape, seed) : smoothPattern(shape, seed);
    return (image) => {
      for (let i = 0; i < image.length; i++)
        image[i] = Math.round((1 - alpha) * image[i]! + alpha * pattern[i]!);
    };
  },
});

/** Independent uniform values 0..255 per pixel and channel. */
function noisePattern({ height, width, channels }: Shape, seed: number): Float64Array {
  const random = stream(seed, 'attack', 'blend', 'noise');
  return Float64Array.from({ length: height * width * channels }, () => random.integer(256));
}

/** Random values 0..255 on a coarse grid per channel, joined smoothly (cosine interpolation). */
function smoothPattern({ height, width, channels }: Shape, seed: number): Float64Array {
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
