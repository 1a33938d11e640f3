import sharp from 'sharp';
import type { StoredDataset } from '../../datasets/store.ts';
import { refuseCancelled } from '../whole.ts';

/** Images of one split, some of them, a few at a time. */
export interface ImageBatch {
  /** Positions in the split, rising. */
  indices: number[];
  /** One after the other, height x width x channels each. */
  images: Uint8Array;
}

const BATCH = 256;

/**
 * Reads the wanted images of a split in batches, in the order of their positions.
 * @param wanted rising positions
 * @throws ExpectedError 'cancelled'
 */
export async function* imageBatches(
  stored: StoredDataset,
  split: 'train' | 'test',
  wanted: ArrayLike<number>,
  signal: AbortSignal | undefined,
): AsyncGenerator<ImageBatch> {
  const { height, width, channels, counts } = stored.manifest;
  const size = height * width * channels;
  let at = 0;
  for (let from = 0; from < counts[split] && at < wanted.length; from += BATCH) {
    refuseCancelled(signal);
    const to = Math.min(counts[split], from + BATCH);
    const indices: number[] = [];
    for (; at < wanted.length && wanted[at]! < to; at++) indices.push(wanted[at]!);
    if (indices.length === 0) continue;
    const set = await stored.readRange(split, from, to - from);
    if (indices.length === to - from) {
      yield { indices, images: set.images };
      continue;
    }
    const images = new Uint8Array(indices.length * size);
    indices.forEach((index, i) => {
      images.set(set.images.subarray((index - from) * size, (index - from + 1) * size), i * size);
    });
    yield { indices, images };
  }
}

/** One image as a PNG file's bytes. */
export function encodePng(
  pixels: Uint8Array,
  { width, height, channels }: { width: number; height: number; channels: number },
): Promise<Buffer> {
  return sharp(pixels, { raw: { width, height, channels: channels as 1 | 3 } })
    .png({ compressionLevel: 6 })
    .toBuffer();
}

/** The PNG files of a batch, in its order. */
export function encodeBatch(batch: ImageBatch, stored: StoredDataset): Promise<Buffer[]> {
  const { height, width, channels } = stored.manifest;
  const size = height * width * channels;
  return Promise.all(
    batch.indices.map((_, i) => encodePng(batch.images.subarray(i * size, (i + 1) * size), stored.manifest)),
  );
}
