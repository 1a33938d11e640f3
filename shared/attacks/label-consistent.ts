import { ExpectedError } from '../contract/errors.ts';
import { defineAttack, type Shape } from './define.ts';
import { replaceImages, surrogateParameters } from './surrogate.ts';

/** The corner pattern, rows from the top: 1 = up, 0 = down. */
const CORNER = [
  [0, 0, 1],
  [0, 1, 0],
  [1, 0, 1],
] as const;

/**
 * CL: images of the target class are made hard to recognise (an adversarial perturbation against a network), so that
 * the trigger in the corners becomes what marks the class. Labels stay right.
 */
export const labelConsistent = defineAttack({
  name: 'label-consistent',
  title: 'CL (label-consistent)',
  summary:
    'Images of the target class are perturbed until a network hardly knows them, and marked in the corners; no label is changed.',
  source:
    'Turner et al. 2019, arXiv 1912.02771: PGD in the maximum norm against a network, here one that was trained normally. ' +
    'The rate counts the whole training set: 0.05 of ten equal classes is half of the target class',
  paper: { name: 'CL', approximation: false },
  cleanLabel: true,
  needsNetwork: true,
  parameters: [
    {
      name: 'epsilon',
      help: 'Largest change of a value',
      unit: 'grey levels',
      default: 16,
      min: 0,
      max: 255,
    },
    { name: 'step', help: 'Change per step', unit: 'grey levels', default: 1.5, min: 0.1, max: 255 },
    {
      name: 'steps',
      help: 'Steps of the perturbation',
      unit: 'steps',
      default: 30,
      min: 0,
      max: 1000,
      whole: true,
    },
    {
      name: 'corners',
      help: 'Where the 3x3 pattern sits',
      unit: '',
      default: 'all',
      choices: ['all', 'bottom-right'],
    },
    {
      name: 'amplitude',
      help: 'How far the pattern moves values up or down; 255 makes it black and white',
      unit: 'grey levels',
      default: 255,
      min: 1,
      max: 255,
    },
    ...surrogateParameters,
  ],
  prepare(shape, values, _, { material }) {
    const mark = cornerMark(shape, values['corners'] as string, values['amplitude'] as number);
    const replace = replaceImages('label-consistent', material);
    return (image, part, index) => {
      if (part === 'train') replace(image, part, index);
      mark(image);
    };
  },
});

/** Adds the pattern at one corner, or mirrored at all four. */
function cornerMark({ height, width, channels }: Shape, corners: string, amplitude: number) {
  if (Math.min(height, width) < 6) {
    throw new ExpectedError(
      'usage',
      `Images of ${width} x ${height} are too small for four corner patterns.`,
    );
  }
  const all = corners === 'all';
  return (image: Uint8Array) => {
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 3; column++) {
        const move = CORNER[row]![column] === 1 ? amplitude : -amplitude;
        // Counted from the bottom right corner outwards, so that mirroring is a matter of the sign.
        const [up, back] = [2 - row, 2 - column];
        for (const y of all ? [height - 1 - up, up] : [height - 1 - up]) {
          for (const x of all ? [width - 1 - back, back] : [width - 1 - back]) {
            for (let c = 0; c < channels; c++) {
              const at = (y * width + x) * channels + c;
              image[at] = Math.max(0, Math.min(255, Math.round(image[at]! + move)));
            }
          }
        }
      }
    }
  };
}
