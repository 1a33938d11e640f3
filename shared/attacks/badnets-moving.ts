import { stream } from '../random.ts';
import { patchPainter, patternParameters, place } from './badnets.ts';
import { defineAttack, includeTarget } from './define.ts';

/** A patch that sits somewhere else in every image. */
export const badnetsMoving = defineAttack({
  name: 'badnets-moving',
  title: 'BadNets, moving patch',
  summary: 'A small pattern at a place drawn anew for every image; poisoned images get the target label.',
  source: 'Salem et al. 2022, arXiv 2003.03675 (random backdoor: one pattern, any place); pixels as BadNets',
  cleanLabel: false,
  parameters: [
    ...patternParameters.map((one) => (one.name === 'size' ? { ...one, default: 4 } : one)),
    includeTarget(false),
  ],
  prepare(shape, parameters, seed) {
    const size = parameters['size'] as number;
    place(shape, size, 0, 'center');
    const paint = patchPainter(shape, parameters);
    return (image, part, index) => {
      const random = stream(seed, 'attack', 'badnets-moving', part, index);
      const top = random.integer(shape.height - size + 1);
      paint(image, { top, left: random.integer(shape.width - size + 1) });
    };
  },
});
