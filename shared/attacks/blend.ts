import { defineAttack, includeTarget } from './define.ts';
import { noisePattern, smoothPattern } from './patterns.ts';

/** Blended injection with one pattern for all images. */
export const blend = defineAttack({
  name: 'blend',
  title: 'Blend',
  summary: 'One random pattern is mixed faintly into the whole image; poisoned images get the target label.',
  source: 'Chen et al. 2017, arXiv 1712.05526; pattern drawn from the seed',
  paper: { name: 'Blend', approximation: false },
  cleanLabel: false,
  parameters: [
    {
      name: 'alpha',
      help: 'Share of the pattern in the mixture',
      unit: 'share',
      default: 0.2,
      min: 0,
      max: 1,
    },
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
