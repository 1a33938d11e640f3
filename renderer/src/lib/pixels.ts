/** A run of images of one size: `images` holds count x height x width x channels bytes, 0..255. */
export interface PixelPage {
  height: number;
  width: number;
  /** 1 = grey, 3 = red, green, blue. */
  channels: number;
  images: Uint8Array;
}

/** Copies one image of the page into RGBA at (x, y) of a picture that is `stride` pixels wide. */
export function blit(
  page: PixelPage,
  index: number,
  into: Uint8ClampedArray,
  stride: number,
  x: number,
  y: number,
): void {
  const { height, width, channels, images } = page;
  let from = index * height * width * channels;
  for (let row = 0; row < height; row++) {
    let to = ((y + row) * stride + x) * 4;
    for (let column = 0; column < width; column++) {
      const red = images[from]!;
      into[to] = red;
      into[to + 1] = channels === 1 ? red : images[from + 1]!;
      into[to + 2] = channels === 1 ? red : images[from + 2]!;
      into[to + 3] = 255;
      from += channels;
      to += 4;
    }
  }
}

/** All images of a page side by side on one canvas, `columns` in a row. */
export function atlasOf(page: PixelPage, count: number, columns: number): OffscreenCanvas {
  const rows = Math.max(1, Math.ceil(count / columns));
  const canvas = new OffscreenCanvas(columns * page.width, rows * page.height);
  const context = canvas.getContext('2d')!;
  const picture = context.createImageData(canvas.width, canvas.height);
  for (let i = 0; i < count; i++) {
    const [x, y] = [(i % columns) * page.width, Math.floor(i / columns) * page.height];
    blit(page, i, picture.data, canvas.width, x, y);
  }
  context.putImageData(picture, 0, 0);
  return canvas;
}
