import type { Network } from '../../shared/networks/types.ts';
import { decodeImage, readImage } from '../datasets/formats/image-file.ts';
import { refusing } from '../datasets/formats/source.ts';

type ImageSize = Pick<Network, 'height' | 'width' | 'channels'>;

/** An image file as a model sees it, prepared as at import. @throws ExpectedError 'bad-input' naming the file */
export async function imageFromFile(path: string, size: ImageSize): Promise<Uint8Array> {
  const rgb = await refusing(`The image ${path} cannot be used`, () => readImage(path, size));
  return inChannels(rgb, size);
}

/** The same for a file's bytes. @throws ExpectedError 'bad-input' for what is no image */
export async function imageFromBytes(bytes: Uint8Array, size: ImageSize): Promise<Uint8Array> {
  const rgb = await refusing('This file cannot be used as an image', () =>
    decodeImage(Buffer.from(bytes), '', size),
  );
  return inChannels(rgb, size);
}

/** For one channel: Rec. 601 luma. */
function inChannels(rgb: Uint8Array, { channels }: ImageSize): Uint8Array {
  if (channels === 3) return rgb;
  return Uint8Array.from({ length: rgb.length / 3 }, (_, i) =>
    Math.round(0.299 * rgb[3 * i]! + 0.587 * rgb[3 * i + 1]! + 0.114 * rgb[3 * i + 2]!),
  );
}
