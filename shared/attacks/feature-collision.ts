import { defineAttack } from './define.ts';
import { made, MATERIAL, replaceImages, surrogateParameters } from './surrogate.ts';

/**
 * FC: images of the target class whose features collide with those of chosen test images. There is no trigger: the
 * chosen test images themselves, unchanged, are to be answered with the target.
 */
export const featureCollision = defineAttack({
  name: 'feature-collision',
  title: 'FC (feature collision)',
  summary:
    'Images of the target class are changed until a network’s features of them equal those of a few chosen test images, which then get the target’s answer. No label is changed, and there is no trigger.',
  source:
    'Shafahi et al. 2018 (Poison frogs), arXiv 1804.00792, with its watermark; Adam instead of forward-backward splitting. ASR counts the chosen ' +
    'test images only',
  paper: { name: 'FC', approximation: false },
  success: 'The chosen test images themselves, unchanged, are answered with the target class.',
  cleanLabel: true,
  needsNetwork: true,
  parameters: [
    {
      name: 'instances',
      help: 'Test images that the attack is aimed at',
      unit: 'images',
      default: 10,
      min: 1,
      max: 1000,
      whole: true,
    },
    {
      name: 'source-class',
      help: 'Number of their class; -1 takes all but the target',
      unit: 'class number',
      default: -1,
      min: -1,
      max: 100_000,
      whole: true,
    },
    {
      name: 'watermark',
      help: 'Share of the chosen test image that is mixed into the poisoned ones',
      unit: 'share',
      default: 0.3,
      min: 0,
      max: 1,
    },
    {
      name: 'likeness',
      help: 'How much the poisoned image is held to its original',
      unit: 'weight',
      default: 0.25,
      min: 0,
      max: 100,
    },
    {
      name: 'steps',
      help: 'Steps of the optimisation',
      unit: 'steps',
      default: 60,
      min: 0,
      max: 2000,
      whole: true,
    },
    ...surrogateParameters,
  ],
  tested: (_, { material }) => Int32Array.from(made('feature-collision', material, MATERIAL.instances).data),
  prepare(_shape, _values, _seed, { material }) {
    const replace = replaceImages('feature-collision', material);
    return (image, part, index) => {
      if (part === 'train') replace(image, part, index);
    };
  },
});
