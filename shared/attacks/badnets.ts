import { ExpectedError } from '../contract/errors.ts';
import { defineAttack, includeTarget, type Shape } from './define.ts';
import type { ParameterValues } from './parameters.ts';
import type { AttackParameter } from './types.ts';

/** The official code's 3x3 grid, rows from the top: 1 = bright. */
const GRID = [
  [0, 0, 1],
  [0, 1, 0],
  [1, 0, 1],
] as const;

/** Size, pattern and colour of a patch. */
export const patternParameters: AttackParameter[] = [
  { name: 'size', help: 'Side of the patch', unit: 'pixels', default: 3, min: 1, max: 64 },
  {
    name: 'pattern',
    help: 'Grid as in the official code, a chess board, or one colour',
    unit: '',
    default: 'grid',
    choices: ['grid', 'checker', 'solid'],
  },
  {
    name: 'colour',
    help: 'Colour of the bright cells as #rrggbb; the others are black',
    unit: '',
    default: '#ffffff',
  },
];

/** Where a patch sits. */
export const placeParameters: AttackParameter[] = [
  {
    name: 'position',
    help: 'Where the patch sits',
    unit: '',
    default: 'bottom-right',
    choices: ['bottom-right', 'bottom-left', 'top-right', 'top-left', 'center'],
  },
  {
    name: 'margin',
    help: 'Distance of the patch from the edges',
    unit: 'pixels',
    default: 0,
    min: 0,
    max: 256,
  },
];

export const patchParameters: AttackParameter[] = [...patternParameters, ...placeParameters];

/** BadNets: a small fixed patch. Larger sizes repeat the pattern from the patch's top left corner. */
export const badnets = defineAttack({
  name: 'badnets',
  title: 'BadNets',
  summary: 'A small pattern of pixels in one corner; poisoned images get the target label.',
  source:
    'Gu et al. 2017, arXiv 1708.06733; the default pixels are those of gridTrigger in the official ABL code',
  paper: { name: 'BadNets', approximation: false },
  cleanLabel: false,
  parameters: [...patchParameters, includeTarget(false)],
  prepare: (shape, parameters) => placedPatch(shape, parameters),
});

/** The stamp of a patch at the place that `patchParameters` say. @throws ExpectedError when it does not fit */
export function placedPatch(shape: Shape, values: ParameterValues): (image: Uint8Array) => void {
  const paint = patchPainter(shape, values);
  const corner = place(
    shape,
    values['size'] as number,
    values['margin'] as number,
    values['position'] as string,
  );
  return (image) => paint(image, corner);
}

/** Draws the patch of `patternParameters` with its top left pixel at a given place inside the image. */
export function patchPainter(
  shape: Shape,
  values: ParameterValues,
): (image: Uint8Array, corner: { top: number; left: number }) => void {
  const size = values['size'] as number;
  const colour = parseColour(values['colour'] as string, shape.channels);
  const isBright = BRIGHT[values['pattern'] as keyof typeof BRIGHT];
  return (image, corner) => {
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        const at = ((corner.top + row) * shape.width + corner.left + column) * shape.channels;
        const bright = isBright(row, column);
        for (let c = 0; c < shape.channels; c++) image[at + c] = bright ? colour[c]! : 0;
      }
    }
  };
}

const BRIGHT = {
  grid: (row: number, column: number) => GRID[row % 3]![column % 3] === 1,
  checker: (row: number, column: number) => (row + column) % 2 === 0,
  solid: () => true,
};

/** Top left pixel of a square patch. @throws ExpectedError 'usage' when it does not fit into the image */
export function place(
  { height, width }: Shape,
  size: number,
  margin: number,
  position: string,
): { top: number; left: number } {
  if (size + margin > Math.min(height, width)) {
    throw new ExpectedError(
      'usage',
      `A patch of ${size} pixels, ${margin} from the edge, does not fit into images of ${width} x ${height}.`,
    );
  }
  if (position === 'center') return { top: (height - size) >> 1, left: (width - size) >> 1 };
  const [vertical, horizontal] = position.split('-');
  return {
    top: vertical === 'top' ? margin : height - margin - size,
    left: horizontal === 'left' ? margin : width - margin - size,
  };
}

/** Channel values of '#rrggbb'; for grey images the luma (Rec. 601). */
function parseColour(text: string, channels: number): number[] {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  if (!hex)
    throw new ExpectedError('usage', `The colour "${text}" is not of the form #rrggbb, e.g. #ffff00.`);
  const [red, green, blue] = hex.slice(1).map((part) => parseInt(part, 16)) as [number, number, number];
  return channels === 3 ? [red, green, blue] : [Math.round(0.299 * red + 0.587 * green + 0.114 * blue)];
}
