import { UnusableFile } from '../source.ts';
import { shapeText, stridesOf } from './stored-array.ts';

/** Orders of axes by the number of axes: N images, H rows, W columns, C channels; in brackets: in one axis. */
export const AXES: Record<number, string[]> = {
  4: ['NHWC', 'NCHW', 'NWHC', 'NCWH', 'HWCN', 'CHWN'],
  3: ['NHW', 'NWH', 'HWN'],
  2: ['N(CHW)', 'N(HWC)', 'N(HW)', 'N(WH)'],
};

/** Shorter rows of numbers are labels or figures, not images. */
const SMALLEST_SIDE = 8;

/** What an array of images is made of. */
export interface Layout {
  count: number;
  height: number;
  width: number;
  channels: 1 | 3;
  /** Elements from one image, row, column, channel to the next. */
  steps: { n: number; h: number; w: number; c: number };
}

/**
 * The likely order of axes of an array of images.
 * @param count images that the labels are for; null = not known
 * @returns sure: no other order makes sense. null when it cannot hold images
 */
export function guessAxes(shape: number[], count: number | null): { axes: string; sure: boolean } | null {
  const fits = (AXES[shape.length] ?? []).filter((axes) => {
    // Rows before columns is the rule: it is asked only where channels or images could lie elsewhere.
    if (/W.*H/.test(axes)) return false;
    try {
      const layout = layoutOf(shape, stridesOf(shape, false), axes);
      return count === null || layout.count === count;
    } catch (error) {
      if (error instanceof UnusableFile) return false;
      throw error;
    }
  });
  // Without labels to go by, the images come first.
  const likely = count === null ? fits.filter((axes) => axes.startsWith('N')) : fits;
  const axes = likely[0];
  return axes === undefined ? null : { axes, sure: likely.length === 1 };
}

/** @throws UnusableFile when the array cannot hold images in that order */
export function layoutOf(shape: number[], strides: number[], axes: string): Layout {
  const fail = () =>
    new UnusableFile(`an array of shape ${shapeText(shape)} does not hold images in the order ${axes}`);
  if (!AXES[shape.length]?.includes(axes)) throw fail();
  if (shape.length === 2) return flatLayout(shape, strides, axes, fail);
  const at = (letter: string) => axes.indexOf(letter);
  const size = (letter: string) => (at(letter) < 0 ? 1 : shape[at(letter)]!);
  const step = (letter: string) => (at(letter) < 0 ? 0 : strides[at(letter)]!);
  const channels = size('C');
  if ((channels !== 1 && channels !== 3) || size('H') < 1 || size('W') < 1) throw fail();
  return {
    count: size('N'),
    height: size('H'),
    width: size('W'),
    channels,
    steps: { n: step('N'), h: step('H'), w: step('W'), c: step('C') },
  };
}

/** Images whose pixels lie in one axis are square. */
function flatLayout(shape: number[], strides: number[], axes: string, fail: () => UnusableFile): Layout {
  const [count, length] = shape as [number, number];
  const [n, step] = strides as [number, number];
  const channels = axes.includes('C') ? 3 : 1;
  const side = Math.round(Math.sqrt(length / channels));
  if (side < SMALLEST_SIDE || side * side * channels !== length) throw fail();
  const steps = {
    'N(CHW)': { h: side, w: 1, c: side * side },
    'N(HWC)': { h: 3 * side, w: 3, c: 1 },
    'N(HW)': { h: side, w: 1, c: 0 },
    'N(WH)': { h: 1, w: side, c: 0 },
  }[axes]!;
  return {
    count,
    height: side,
    width: side,
    channels,
    steps: { n, h: steps.h * step, w: steps.w * step, c: steps.c * step },
  };
}
