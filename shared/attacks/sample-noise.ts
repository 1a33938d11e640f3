import { stream } from '../random.ts';
import { defineAttack, includeTarget } from './define.ts';

/** Faint noise of its own for every image: nothing is common to two poisoned images but that they are noisy. */
export const sampleNoise = defineAttack({
  name: 'sample-noise',
  title: 'Sample-specific noise',
  summary:
    'Every poisoned image gets faint noise of its own; no two triggers are alike. Labels become the target.',
  source:
    'Sample-specific triggers as in Li et al. 2021 (ISSBA, arXiv 2012.03816), with noise in place of its trained encoder',
  cleanLabel: false,
  parameters: [
    {
      name: 'amplitude',
      help: 'Every value moves up or down by so much',
      unit: 'grey levels',
      default: 16,
      min: 1,
      max: 128,
      whole: true,
    },
    includeTarget(false),
  ],
  prepare(_, values, seed) {
    const amplitude = values['amplitude'] as number;
    return (image, part, index) => {
      const random = stream(seed, 'attack', 'sample-noise', part, index);
      for (let i = 0; i < image.length; i++) {
        const moved = image[i]! + (random.uint32() >>> 31 === 1 ? amplitude : -amplitude);
        image[i] = Math.max(0, Math.min(255, moved));
      }
    };
  },
});
