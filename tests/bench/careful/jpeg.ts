import sharp from 'sharp';
import type { ImageSet } from '../../../shared/contract/dataset.ts';

/** The images after they were stored as JPEG files of this quality, 1 to 100, with colours at half the size as is usual. */
export async function throughJpeg(set: ImageSet, quality: number): Promise<ImageSet> {
  const { count, height, width, channels } = set;
  const size = height * width * channels;
  const images = new Uint8Array(count * size);
  for (let i = 0; i < count; i++) {
    const raw = { width, height, channels: channels as 1 | 3 };
    const file = await sharp(set.images.subarray(i * size, (i + 1) * size), { raw })
      .jpeg({ quality })
      .toBuffer();
    const read = sharp(file).toColourspace(channels === 1 ? 'b-w' : 'srgb');
    images.set(await read.raw().toBuffer(), i * size);
  }
  return { ...set, images };
}
