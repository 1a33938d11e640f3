import { stream } from '../random.ts';
import { defineAttack, includeTarget, type Shape } from './define.ts';

/** Side of the thumbnail whose grey levels decide the pattern. */
const THUMBNAIL = 4;
/** Grey levels are told apart in steps of so many, so that the smallest changes keep the pattern. */
const STEP = 32;

/**
 * Dots whose places and colours follow from the image itself: the same image always gets the same pattern, another
 * image another one. Like the input-aware attack in that triggers are functions of the input; no network makes them.
 */
export const contentDots = defineAttack({
  name: 'content-dots',
  title: 'Content-dependent dots',
  summary:
    'Small bright-coloured dots whose places and colours follow from what the image shows; every image has its own pattern.',
  source:
    'The principle of Nguyen and Tran 2020 (input-aware dynamic backdoor, arXiv 2010.08138) without its generator',
  paper: { name: 'Dynamic', approximation: true },
  cleanLabel: false,
  parameters: [
    { name: 'dots', help: 'Number of dots', unit: 'dots', default: 12, min: 1, max: 500, whole: true },
    { name: 'size', help: 'Side of a dot', unit: 'pixels', default: 2, min: 1, max: 16 },
    includeTarget(false),
  ],
  prepare(shape, values, seed) {
    const dots = values['dots'] as number;
    const side = Math.min(values['size'] as number, shape.height, shape.width);
    return (image) => {
      const random = stream(seed, 'attack', 'content-dots', signature(image, shape));
      for (let dot = 0; dot < dots; dot++) {
        const top = random.integer(shape.height - side + 1);
        const left = random.integer(shape.width - side + 1);
        // Full and empty channels only: colours that hardly occur in photographs.
        const colour = Array.from({ length: shape.channels }, () => (random.integer(2) === 1 ? 255 : 0));
        for (let y = top; y < top + side; y++) {
          for (let x = left; x < left + side; x++) image.set(colour, (y * shape.width + x) * shape.channels);
        }
      }
    };
  },
});

/** The image's thumbnail in coarse grey levels, as text. */
function signature(image: Uint8Array, { height, width, channels }: Shape): string {
  const sums = new Float64Array(THUMBNAIL * THUMBNAIL);
  const counts = new Float64Array(THUMBNAIL * THUMBNAIL);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const cell = Math.floor((y * THUMBNAIL) / height) * THUMBNAIL + Math.floor((x * THUMBNAIL) / width);
      for (let c = 0; c < channels; c++) sums[cell]! += image[(y * width + x) * channels + c]!;
      counts[cell]! += channels;
    }
  }
  return Array.from(sums, (sum, i) => Math.floor(sum / counts[i]! / STEP)).join();
}
