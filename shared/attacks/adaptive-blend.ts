import { stream } from '../random.ts';
import { coverParameter, defineAttack, includeTarget, type Shape } from './define.ts';
import { noisePattern, smoothPattern } from './patterns.ts';
import { allClasses } from './selection.ts';

/**
 * Adaptive Blend: poisoned images and cover examples carry a random part of the pattern each; the test images
 * carry all of it. So no single part stands for the target, and features of poisoned and clean images mix.
 */
export const adaptiveBlend = defineAttack({
  name: 'adaptive-blend',
  title: 'Adaptive Blend',
  summary:
    'Half of the pieces of one pattern, other ones in every image, mixed in faintly; cover examples carry them under their right label.',
  source:
    'Qi et al. 2023 (Revisiting the assumption of latent separability for backdoor defenses): 16 pieces, half of them in training',
  cleanLabel: false,
  parameters: [
    {
      name: 'alpha',
      help: 'Share of the pattern in training images',
      unit: 'share',
      default: 0.15,
      min: 0,
      max: 1,
    },
    {
      name: 'test-alpha',
      help: 'Share of the pattern in test images',
      unit: 'share',
      default: 0.2,
      min: 0,
      max: 1,
    },
    { name: 'pieces', help: 'Pieces per side', unit: 'pieces', default: 4, min: 1, max: 32, whole: true },
    {
      name: 'kept',
      help: 'Share of the pieces in one training image',
      unit: 'share',
      default: 0.5,
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
    coverParameter(1),
    includeTarget(false),
  ],
  covers: () => allClasses,
  prepare(shape, values, seed) {
    const pattern = values['pattern'] === 'noise' ? noisePattern(shape, seed) : smoothPattern(shape, seed);
    const pieces = values['pieces'] as number;
    const kept = Math.round((values['kept'] as number) * pieces * pieces);
    const piece = pieceOfValue(shape, pieces);
    return (image, part, index) => {
      const testing = part === 'test';
      const alpha = values[testing ? 'test-alpha' : 'alpha'] as number;
      const order = stream(seed, 'attack', 'adaptive-blend', part, index).permutation(pieces * pieces);
      const shown = new Set(testing ? order : order.subarray(0, kept));
      for (let i = 0; i < image.length; i++) {
        if (shown.has(piece[i]!)) image[i] = Math.round((1 - alpha) * image[i]! + alpha * pattern[i]!);
      }
    };
  },
});

/** Which of the pieces each value of an image belongs to, counted in rows. */
function pieceOfValue({ height, width, channels }: Shape, pieces: number): Int32Array {
  return Int32Array.from({ length: height * width * channels }, (_, i) => {
    const pixel = Math.floor(i / channels);
    const row = Math.floor((Math.floor(pixel / width) * pieces) / height);
    return row * pieces + Math.floor(((pixel % width) * pieces) / width);
  });
}
