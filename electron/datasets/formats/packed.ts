import * as fs from 'node:fs/promises';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { systemCode } from '../storage-errors.ts';
import { resizePixels } from './image-file.ts';
import type { Collection, Size } from './source.ts';

/** Whole files of a benchmark format are held in memory: no more than this. */
export const MAX_PACKED_BYTES = 2_000_000_000;

export interface PackedImages extends Size {
  channels: 1 | 3;
  /** count x height x width x channels */
  pixels: Uint8Array;
  /** Class name per image. */
  labels: string[];
  /** Name of the file in front of '#' and the position. */
  file: string;
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
    read: (i, size) => {
      const { block, index } = where[i]!;
      const { width, height, channels } = block;
      const one = width * height * channels;
      const data = block.pixels.subarray(index * one, (index + 1) * one);
      return resizePixels({ width, height, channels, data }, size);
    },
  };
}

/** Reads a file whole. @throws ExpectedError 'bad-input' naming it when it cannot be read or is too large */
export async function readPacked(file: string): Promise<Buffer> {
  try {
    const { size } = await fs.stat(file);
    if (size <= MAX_PACKED_BYTES) return await fs.readFile(file);
    throw new ExpectedError(
      'bad-input',
      `${file} is too large: ${Math.round(size / 1e6)} MB (limit 2,000 MB).`,
    );
  } catch (error) {
    if (error instanceof ExpectedError) throw error;
    const reason = systemCode(error) ?? String(error);
    throw new ExpectedError('bad-input', `${file} cannot be read (${reason}).`, undefined, { cause: error });
  }
}
