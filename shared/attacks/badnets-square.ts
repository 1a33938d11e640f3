import { place } from './badnets.ts';
import { defineAttack, includeTarget } from './define.ts';

/** The official code's squareTrigger: white, one pixel away from the bottom right corner. */
export const badnetsSquare = defineAttack({
  name: 'badnets-square',
  title: 'BadNets, white square (official code)',
  summary: 'A white square one pixel from the bottom right corner; victims come from all classes.',
  source: 'squareTrigger of the official ABL code (data_loader.py)',
  cleanLabel: false,
  parameters: [
    { name: 'size', help: 'Side of the square', unit: 'pixels', default: 3, min: 1, max: 64 },
    includeTarget(true),
  ],
  prepare(shape, parameters) {
    const size = parameters['size'] as number;
    const { top, left } = place(shape, size, 1, 'bottom-right');
    return (image) => {
      for (let row = top; row < top + size; row++) {
        const from = (row * shape.width + left) * shape.channels;
        image.fill(255, from, from + size * shape.channels);
      }
    };
  },
});
