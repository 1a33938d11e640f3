import { ExpectedError } from '../contract/errors.ts';
import { place } from './badnets.ts';
import { defineAttack, includeTarget, type Shape } from './define.ts';
import type { MaterialArray } from './types.ts';

/** Name of the picture in the attack's material: height x width x 4, red, green, blue, opacity, 0..255. */
export const PICTURE = 'image';

/** The user's own picture as the trigger: anywhere, at any size and opacity; it may have transparent parts. */
export const custom = defineAttack({
  name: 'custom',
  title: 'Your own trigger',
  summary: 'A picture of your own, laid over the image at a place, size and opacity of your choice.',
  source: 'Trigger given as an image file; poisoning as in BadNets and Blend',
  cleanLabel: false,
  parameters: [
    { name: 'image', help: 'Image file of the trigger (PNG, JPEG, …)', unit: '', default: '', file: true },
    {
      name: 'cover-all',
      help: 'Stretch the picture over the whole image; size, position and margin then play no part',
      unit: '',
      default: false,
    },
    {
      name: 'size',
      help: 'Side of the square it is scaled to',
      unit: 'pixels',
      default: 6,
      min: 1,
      max: 512,
    },
    {
      name: 'position',
      help: 'Where it sits',
      unit: '',
      default: 'bottom-right',
      choices: ['bottom-right', 'bottom-left', 'top-right', 'top-left', 'center'],
    },
    { name: 'margin', help: 'Distance from the edges', unit: 'pixels', default: 0, min: 0, max: 256 },
    {
      name: 'opacity',
      help: '0 is invisible, 1 hides what is below',
      unit: 'share',
      default: 1,
      min: 0,
      max: 1,
    },
    includeTarget(false),
  ],
  prepare(shape, values, _, request) {
    const picture = request.material?.get(PICTURE);
    if (!picture) {
      throw new ExpectedError(
        'usage',
        'The attack custom needs the picture that serves as the trigger.',
        'Give its file as the parameter "image".',
      );
    }
    const whole = values['cover-all'] === true;
    const size = values['size'] as number;
    const corner = whole
      ? { top: 0, left: 0 }
      : place(shape, size, values['margin'] as number, values['position'] as string);
    const [rows, columns] = whole ? [shape.height, shape.width] : [size, size];
    const scaled = scalePicture(picture, rows, columns);
    const opacity = values['opacity'] as number;
    return (image) => {
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          lay(
            image,
            shape,
            corner.top + row,
            corner.left + column,
            scaled,
            (row * columns + column) * 4,
            opacity,
          );
        }
      }
    };
  },
});

function lay(
  image: Uint8Array,
  { width, channels }: Shape,
  y: number,
  x: number,
  picture: Float64Array,
  from: number,
  opacity: number,
): void {
  const share = (picture[from + 3]! / 255) * opacity;
  const [red, green, blue] = [picture[from]!, picture[from + 1]!, picture[from + 2]!];
  const colour = channels === 3 ? [red, green, blue] : [0.299 * red + 0.587 * green + 0.114 * blue];
  const at = (y * width + x) * channels;
  for (let c = 0; c < channels; c++) {
    image[at + c] = Math.round((1 - share) * image[at + c]! + share * colour[c]!);
  }
}

/** Mean of the source pixels under each new pixel, or the nearest one where the picture is enlarged. */
function scalePicture({ shape, data }: MaterialArray, rows: number, columns: number): Float64Array {
  const [height, width] = shape as [number, number];
  const result = new Float64Array(rows * columns * 4);
  for (let row = 0; row < rows; row++) {
    const top = Math.floor((row * height) / rows);
    const bottom = Math.max(top + 1, Math.floor(((row + 1) * height) / rows));
    for (let column = 0; column < columns; column++) {
      const left = Math.floor((column * width) / columns);
      const right = Math.max(left + 1, Math.floor(((column + 1) * width) / columns));
      const at = (row * columns + column) * 4;
      let opacity = 0;
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) {
          const from = (y * width + x) * 4;
          // Colours count by their opacity, so that the unseen colour of transparent pixels does not bleed in.
          const share = data[from + 3]!;
          for (let c = 0; c < 3; c++) result[at + c]! += data[from + c]! * share;
          opacity += share;
        }
      }
      if (opacity > 0) for (let c = 0; c < 3; c++) result[at + c]! /= opacity;
      result[at + 3] = opacity / ((bottom - top) * (right - left));
    }
  }
  return result;
}
