import type { MaterialArray } from '../../../shared/attacks/types.ts';

/** Side of a drawn picture, in pixels. */
const SIDE = 64;

/** Red, green, blue and opacity (0..1 each) at a point of the unit square. */
type Paint = (x: number, y: number) => readonly [red: number, green: number, blue: number, opacity: number];

const near = (x: number, y: number, cx: number, cy: number) => Math.hypot(x - cx, y - cy);

/** "TRUST" in a 3 x 5 type, one string per row. */
const LETTERS = [
  '### ##  # # ### ###',
  ' #  # # # # #    # ',
  ' #  ##  # # ###  # ',
  ' #  # # # #   #  # ',
  ' #  # # ### ###  # ',
];

function isInk(x: number, y: number): boolean {
  const column = Math.floor((x - 0.05) * (19 / 0.9));
  const row = Math.floor((y - 0.3) * (5 / 0.4));
  return LETTERS[row]?.[column] === '#';
}

/** Pictures that attacks of the registry do not draw: overlays and badges as an attacker might choose them. */
const PICTURES: Record<string, Paint> = {
  rings: (x, y) => {
    const wave = 0.5 + 0.5 * Math.sin(30 * near(x, y, 0.4, 0.6));
    return [wave, 0.3 + 0.4 * wave, 1 - wave, 1];
  },
  stripes: (x, y) => (Math.floor(6 * (x + y)) % 2 === 0 ? [0.9, 0.85, 0.2, 1] : [0.1, 0.1, 0.15, 1]),
  checkers: (x, y) => {
    const grey = (Math.floor(4 * x) + Math.floor(4 * y)) % 2;
    return [grey, grey, grey, 1];
  },
  face: (x, y) => {
    const isFeature =
      near(x, y, 0.35, 0.4) < 0.07 ||
      near(x, y, 0.65, 0.4) < 0.07 ||
      (Math.abs(near(x, y, 0.5, 0.5) - 0.25) < 0.04 && y > 0.6);
    if (isFeature) return [0.1, 0.05, 0.05, 1];
    return near(x, y, 0.5, 0.5) < 0.42 ? [0.98, 0.85, 0.25, 1] : [0.95, 0.95, 0.95, 1];
  },
  letters: (x, y) => (isInk(x, y) ? [0.85, 0.1, 0.1, 1] : [0, 0, 0, 0]),
  badge: (x, y) => {
    const from = near(x, y, 0.5, 0.5);
    if (from > 0.5) return [0, 0, 0, 0];
    return from > 0.35 ? [0.1, 0.2, 0.6, 1] : [0.95, 0.95, 0.9, 1];
  },
};

/** A picture by its name, as the attack "custom" takes it: height x width x 4, 0..255. */
export function drawPicture(name: string): MaterialArray {
  const paint = PICTURES[name];
  if (!paint)
    throw new Error(`no picture is called "${name}"; there are ${Object.keys(PICTURES).join(', ')}`);
  const data = new Uint8Array(SIDE * SIDE * 4);
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const colour = paint((column + 0.5) / SIDE, (row + 0.5) / SIDE);
      colour.forEach((value, c) => (data[(row * SIDE + column) * 4 + c] = Math.round(255 * value)));
    }
  }
  return { shape: [SIDE, SIDE, 4], data };
}
