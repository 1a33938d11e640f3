import type { Images, ImageSet } from './contract/dataset.ts';

const READY = Promise.resolve();

/** A set that is in memory as images to read from. Shares its pixels and labels. */
export function inMemory({ count, height, width, channels, images, labels }: ImageSet): Images {
  const size = height * width * channels;
  return {
    ...{ count, height, width, channels, labels },
    image: (index) => images.subarray(index * size, (index + 1) * size),
    prepare: () => READY,
  };
}

/** Bytes of one image. */
export function imageBytes({
  height,
  width,
  channels,
}: Pick<Images, 'height' | 'width' | 'channels'>): number {
  return height * width * channels;
}
