import { availableMemory } from 'node:process';
import type { DatasetManifest, SplitName } from '../../shared/contract/dataset.ts';
import { imageBytes } from '../../shared/images.ts';
import { SPLITS } from '../datasets/manifest.ts';

/** Names the megabytes (10^6 bytes) that images may take; absent or 0 = half of what the machine has free. */
export const IMAGE_MEMORY = 'THERIAC_IMAGE_MEMORY';

/** Which images a job holds in memory; the others are read from the disk as they are wanted. */
export interface ImageMemory {
  /** Bytes of all images of the job. */
  bytes: number;
  /** Bytes of those that are held. */
  heldBytes: number;
  /** Images of each split that are held. */
  held: Record<SplitName, number>;
}

/**
 * Divides the memory for images: training images first, because each epoch passes over all of them.
 * @param budget in bytes
 */
export function divideMemory(manifest: DatasetManifest, budget: number): ImageMemory {
  const size = imageBytes(manifest);
  const { counts } = manifest;
  let left = Math.floor(budget / size);
  const held = { train: 0, test: 0, triggered: 0 };
  for (const split of SPLITS) left -= held[split] = Math.min(left, counts[split]);
  return {
    bytes: SPLITS.reduce((sum, split) => sum + counts[split] * size, 0),
    heldBytes: SPLITS.reduce((sum, split) => sum + held[split] * size, 0),
    held,
  };
}

/** Bytes that images may take, as the environment says or the machine allows. */
export function imageBudget(environment: NodeJS.ProcessEnv = process.env, free = availableMemory()): number {
  const megabytes = Number(environment[IMAGE_MEMORY]);
  return megabytes > 0 ? megabytes * 1e6 : free / 2;
}

/** What a user may want to know where not all images are held; null where they are. */
export function readingNote({ bytes, heldBytes }: ImageMemory): string | null {
  if (heldBytes === bytes) return null;
  const megabytes = (n: number) => `${Math.round(n / 1e6).toLocaleString('en')} MB`;
  return (
    `The images take ${megabytes(bytes)}. ${megabytes(heldBytes)} of them are held in memory, the others are read ` +
    'from the disk while training goes on; the results are the same. Settings (or THERIAC_IMAGE_MEMORY, in MB) ' +
    'say how much memory images may take.'
  );
}
