import { resizePixels } from './image-file.ts';
import type { Collection, Size } from './source.ts';

/** Decoded images of one size in one file. */
export interface PackedImages extends Size {
  channels: 1 | 3;
  /** Class name per image. */
  labels: string[];
  /** Name of the file in front of '#' and the position. */
  file: string;
  /** height x width x channels */
  read(index: number): Promise<Uint8Array>;
}

/** A collection over one or more blocks of decoded images, in their order. */
export function packedCollection(blocks: PackedImages[]): Collection {
  const where: { block: PackedImages; index: number }[] = [];
  for (const block of blocks) {
    for (let index = 0; index < block.labels.length; index++) where.push({ block, index });
  }
  return {
    examples: where.map(({ block, index }) => ({
      id: `${block.file}#${index}`,
      label: block.labels[index]!,
    })),
    ordered: true,
    inspect: (i) => Promise.resolve({ width: where[i]!.block.width, height: where[i]!.block.height }),
    read: async (i, size) => {
      const { block, index } = where[i]!;
      const { width, height, channels } = block;
      return resizePixels({ width, height, channels, data: await block.read(index) }, size);
    },
  };
}

/** Planes, one per channel, to pixels. @returns height x width x channels */
export function interleave(planes: Uint8Array, channels: number): Uint8Array {
  if (channels === 1) return planes;
  const size = planes.length / channels;
  const pixels = new Uint8Array(planes.length);
  for (let c = 0; c < channels; c++) {
    for (let p = 0, to = c; p < size; p++, to += channels) pixels[to] = planes[c * size + p]!;
  }
  return pixels;
}
