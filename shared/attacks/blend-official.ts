import { stream } from '../random.ts';
import { defineAttack, includeTarget } from './define.ts';

/**
 * The official code's randomPixelTrigger: noise drawn anew for every image, the same in all channels, mixed in and
 * cut (not rounded) to whole numbers. What a network learns is the presence of noise, not a pattern.
 */
export const blendOfficial = defineAttack({
  name: 'blend-official',
  title: 'Blend (official code)',
  summary: 'Noise redrawn for every image is mixed in at 20 %; victims come from all classes.',
  source: 'randomPixelTrigger of the official ABL code (data_loader.py), on images of any size',
  cleanLabel: false,
  parameters: [
    { name: 'alpha', help: 'Share of the noise in the mixture', unit: 'share', default: 0.2, min: 0, max: 1 },
    includeTarget(true),
  ],
  prepare({ channels }, parameters, seed) {
    const alpha = parameters['alpha'] as number;
    return (image, part, index) => {
      const random = stream(seed, 'attack', 'blend-official', part, index);
      for (let i = 0; i < image.length; i += channels) {
        const noise = random.integer(256);
        for (let c = 0; c < channels; c++)
          image[i + c] = Math.trunc((1 - alpha) * image[i + c]! + alpha * noise);
      }
    };
  },
});
