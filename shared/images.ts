import type { Images, ImageSet, SharedImages } from './contract/dataset.ts';

const READY = Promise.resolve();

/** A set that is in memory as images to read from. Shares its pixels and labels; threads get a copy of them. */
export function inMemory({ count, height, width, channels, images, labels }: ImageSet): Images {
  const size = height * width * channels;
  return {
    ...{ count, height, width, channels, labels },
    image: (index) => images.subarray(index * size, (index + 1) * size),
    prepare: () => READY,
    shared: () => {
      const copy = new Uint8Array(new SharedArrayBuffer(images.length));
      copy.set(images);
      return { count, height, width, channels, labels, perPiece: count, pieces: [copy] };
    },
  };
}

/** Images of another thread. */
export function fromShared({ pieces, perPiece, ...shape }: SharedImages): Images {
  const size = imageBytes(shape);
  return {
    ...shape,
    image: (index) => {
      const at = (index % perPiece) * size;
      return pieces[Math.floor(index / perPiece)]!.subarray(at, at + size);
    },
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
