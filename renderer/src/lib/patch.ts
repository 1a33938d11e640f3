import type { PixelPage } from './pixels.ts';

/** A trigger that is drawn over an image of the same size: RGBA bytes, alpha 0 = nothing there. */
export interface Layer {
  width: number;
  height: number;
  rgba: Uint8ClampedArray;
}

export type Rgb = readonly [red: number, green: number, blue: number];

export function emptyLayer(width: number, height: number): Layer {
  return { width, height, rgba: new Uint8ClampedArray(width * height * 4) };
}

export function isEmpty({ rgba }: Layer): boolean {
  for (let i = 3; i < rgba.length; i += 4) if (rgba[i] !== 0) return false;
  return true;
}

/** A copy with one pixel painted; null wipes it. Points outside change nothing. */
export function painted(layer: Layer, x: number, y: number, colour: Rgb | null): Layer {
  if (x < 0 || y < 0 || x >= layer.width || y >= layer.height) return layer;
  const rgba = layer.rgba.slice();
  rgba.set(colour ? [...colour, 255] : [0, 0, 0, 0], 4 * (y * layer.width + x));
  return { ...layer, rgba };
}

/** A copy moved by whole pixels; it stops where something of it would leave the image. */
export function moved(layer: Layer, dx: number, dy: number): Layer {
  const box = boundsOf(layer);
  if (!box) return layer;
  const x = Math.min(layer.width - 1 - box.right, Math.max(-box.left, dx));
  const y = Math.min(layer.height - 1 - box.bottom, Math.max(-box.top, dy));
  const next = emptyLayer(layer.width, layer.height);
  for (let row = box.top; row <= box.bottom; row++) {
    for (let column = box.left; column <= box.right; column++) {
      const from = 4 * (row * layer.width + column);
      next.rgba.set(layer.rgba.subarray(from, from + 4), 4 * ((row + y) * layer.width + column + x));
    }
  }
  return next;
}

function boundsOf({ width, height, rgba }: Layer) {
  let box: { left: number; right: number; top: number; bottom: number } | null = null;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (rgba[4 * (y * width + x) + 3] === 0) continue;
      box ??= { left: x, right: x, top: y, bottom: y };
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x);
      box.bottom = y;
    }
  }
  return box;
}

/** A small chequered square in the lower right corner, as BadNets has it. */
export function chequered(width: number, height: number): Layer {
  let layer = emptyLayer(width, height);
  for (let y = 0; y < 3; y++) {
    for (let x = 0; x < 3; x++) {
      const value = (x + y) % 2 === 0 ? 255 : 0;
      layer = painted(layer, width - 4 + x, height - 4 + y, [value, value, value]);
    }
  }
  return layer;
}

/** A picture as a trigger of `side` pixels in the lower right corner, nearest neighbours. */
export function fromPicture(page: PixelPage, side: number): Layer {
  const { width, height, channels, images } = page;
  const layer = emptyLayer(width, height);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const from = Math.floor(((y + 0.5) * height) / side) * width + Math.floor(((x + 0.5) * width) / side);
      const [r, g, b] = [0, 1, 2].map((c) => images[from * channels + (channels === 1 ? 0 : c)]!);
      const to = 4 * ((height - side - 1 + y) * width + width - side - 1 + x);
      layer.rgba.set([r!, g!, b!, 255], to);
    }
  }
  return layer;
}

/** The first image of a page with the layer over it, in the page's channels (grey: Rec. 601 luma). */
export function composed(page: PixelPage, layer: Layer): PixelPage {
  const { width, height, channels } = page;
  const images = page.images.slice(0, width * height * channels);
  for (let i = 0; i < width * height; i++) {
    const [r, g, b, a] = layer.rgba.subarray(4 * i, 4 * i + 4);
    if (a === 0) continue;
    if (channels === 1) images[i] = Math.round(0.299 * r! + 0.587 * g! + 0.114 * b!);
    else images.set([r!, g!, b!], i * channels);
  }
  return { ...page, images };
}

/** '#rrggbb' as numbers. */
export function rgbOf(hex: string): Rgb {
  const value = parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}
