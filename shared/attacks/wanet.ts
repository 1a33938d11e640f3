import { stream } from '../random.ts';
import { coverParameter, defineAttack, includeTarget } from './define.ts';
import { allClasses } from './selection.ts';
import { gridSample, identityGrid, upsampleBicubic } from './warp.ts';

/**
 * WaNet: images are bent by one smooth random field. Noise-mode cover examples are bent by a field that is
 * disturbed anew for each and keep their label, so that bending alone means nothing.
 */
export const wanet = defineAttack({
  name: 'wanet',
  title: 'WaNet (warping)',
  summary:
    'Images are bent slightly, all in the same way; cover examples are bent at random and keep their label.',
  source:
    'Nguyen and Tran 2021, arXiv 2102.10369: k = 4, s = 0.5, two noise-mode images per poisoned one. Poison only: the data are made before training',
  cleanLabel: false,
  parameters: [
    {
      name: 'strength',
      help: 'Mean displacement of the control points, s',
      unit: 'pixels of a half-size image',
      default: 0.5,
      min: 0,
      max: 20,
    },
    {
      name: 'grid',
      help: 'Control points per side, k',
      unit: 'points',
      default: 4,
      min: 2,
      max: 32,
      whole: true,
    },
    coverParameter(2),
    includeTarget(false),
  ],
  covers: () => allClasses,
  prepare(shape, values, seed) {
    const { height, width } = shape;
    const points = values['grid'] as number;
    const field = warpField(points, seed);
    const bent = identityGrid(height, width);
    const wide = upsampleBicubic(field, points, height, width);
    // Coordinates run from -1 to 1, so that one unit of 1/height is half a pixel.
    const scale = (values['strength'] as number) / height;
    const clamp = (v: number) => Math.max(-1, Math.min(1, v));
    for (let i = 0; i < bent.length; i++) bent[i] = clamp(bent[i]! + wide[i]! * scale);
    return (image, part, index) => {
      let grid = bent;
      if (part === 'cover') {
        const random = stream(seed, 'attack', 'wanet', 'noise', index);
        grid = bent.map((v) => clamp(v + random.between(-1, 1) / height));
      }
      image.set(gridSample(image, shape, grid));
    };
  },
});

/** Displacements of the control points, x then y, points x points x 2: uniform, divided by their mean size. */
function warpField(points: number, seed: number): Float64Array {
  const random = stream(seed, 'attack', 'wanet', 'field');
  const field = Float64Array.from({ length: points * points * 2 }, () => random.between(-1, 1));
  const mean = field.reduce((sum, v) => sum + Math.abs(v), 0) / field.length;
  return field.map((v) => v / mean);
}
