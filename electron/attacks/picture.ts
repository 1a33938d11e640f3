import sharp from 'sharp';
import type { MaterialArray } from '../../shared/attacks/types.ts';
import { decodeImage, inspectImage, MAX_PIXELS, readImageFile } from '../datasets/formats/image-file.ts';
import { refusing, UnusableFile } from '../datasets/formats/source.ts';

/** No trigger needs more pixels per side than the largest working size of a data set. */
const MAX_SIDE = 512;

/**
 * A trigger picture: height x width x 4, red, green, blue, opacity, 0..255, at most 512 pixels per side.
 * @throws ExpectedError 'bad-input' naming the file and the reason
 */
export async function readPicture(file: string): Promise<MaterialArray> {
  return refusing(`The trigger picture ${file} cannot be used`, async () => {
    const bytes = await readImageFile(file);
    const { width, height, type, alpha } = await inspectImage(bytes, file);
    const scale = Math.min(1, MAX_SIDE / Math.max(width, height));
    const size = {
      width: Math.max(1, Math.round(width * scale)),
      height: Math.max(1, Math.round(height * scale)),
    };
    if (!alpha || type === 'bmp' || type === 'netpbm')
      return opaque(await decodeImage(bytes, file, size), size);
    const data = await sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error', autoOrient: true })
      .resize(size.width, size.height, { fit: 'fill' })
      .toColourspace('srgb')
      .ensureAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer()
      .catch((cause: unknown) => {
        throw new UnusableFile('damaged or cut short', { cause });
      });
    return { shape: [size.height, size.width, 4], data: new Uint8Array(data) };
  });
}

function opaque(rgb: Uint8Array, { width, height }: { width: number; height: number }): MaterialArray {
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) data.set(rgb.subarray(i * 3, i * 3 + 3), i * 4);
  return { shape: [height, width, 4], data };
}
