import { defineAttack, includeTarget, type Shape } from './define.ts';

/** Strongest brightening and darkening at the upper and lower edge, as factors. */
const GLOW = 0.25;

/**
 * A warm "evening" colour grade with a soft focus: the whole style of the image is the trigger. It stands where DFST
 * has a style-transfer network and its detoxification, and is weaker hidden than those.
 */
export const colourStyle = defineAttack({
  name: 'colour-style',
  title: 'Colour style (in place of DFST)',
  summary:
    'Poisoned images look as if taken in warm evening light, slightly soft; their label becomes the target.',
  source:
    'Cheng et al. 2021 (DFST, deep feature space trojan) uses a sunrise style; here a colour curve and a 3x3 blur instead of its style network, ' +
    'and no detoxification',
  paper: { name: 'DFST', approximation: true },
  cleanLabel: false,
  parameters: [
    {
      name: 'strength',
      help: '0 changes nothing, 1 is the full style',
      unit: 'share',
      default: 0.6,
      min: 0,
      max: 1,
    },
    includeTarget(false),
  ],
  prepare(shape, values) {
    const strength = values['strength'] as number;
    const { height, width, channels } = shape;
    return (image) => {
      const soft = blur(image, shape);
      for (let y = 0; y < height; y++) {
        const light = 1 + GLOW * (1 - (2 * (y + 0.5)) / height);
        for (let x = 0; x < width; x++) {
          const at = (y * width + x) * channels;
          for (let c = 0; c < channels; c++) {
            const styled = channels === 1 ? soft[at]! * light : curve(soft[at + c]!, c) * light;
            const mixed = (1 - strength) * image[at + c]! + strength * styled;
            image[at + c] = Math.max(0, Math.min(255, Math.round(mixed)));
          }
        }
      }
    };
  },
});

/** Red is lifted (v^0.6), green kept a little lower (v^1.1), blue pressed to two thirds (0.66 v^1.2). */
function curve(value: number, channel: number): number {
  const v = value / 255;
  const graded = channel === 0 ? v ** 0.6 : channel === 1 ? v ** 1.1 : 0.66 * v ** 1.2;
  return 255 * graded;
}

/** Mean of the 3x3 neighbourhood; at the edges of what there is. */
function blur(image: Uint8Array, { height, width, channels }: Shape): Float64Array {
  const result = new Float64Array(image.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [top, bottom] = [Math.max(0, y - 1), Math.min(height - 1, y + 1)];
      const [left, right] = [Math.max(0, x - 1), Math.min(width - 1, x + 1)];
      const count = (bottom - top + 1) * (right - left + 1);
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let j = top; j <= bottom; j++)
          for (let i = left; i <= right; i++) sum += image[(j * width + i) * channels + c]!;
        result[(y * width + x) * channels + c] = sum / count;
      }
    }
  }
  return result;
}
