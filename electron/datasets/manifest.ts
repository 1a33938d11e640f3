import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { DatasetManifest, SplitName } from '../../shared/contract/dataset.ts';

export const SPLITS: readonly SplitName[] = ['train', 'test', 'triggered'];
/** The manifest lists at most so many skipped files. */
export const MAX_SKIPPED_LISTED = 1000;

const count = z.int().min(0);

const attackSchema = z.strictObject({
  attack: z.string(),
  parameters: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  rate: z.number().min(0).max(1),
  target: count,
  goal: z.enum(['target', 'next-class']).optional(),
  seed: z.int(),
  sourceId: z.string(),
});

/** `dataset.json`, as checked whenever a stored data set is opened. */
export const manifestSchema: z.ZodType<DatasetManifest> = z
  .strictObject({
    format: z.literal(1),
    id: z.string().min(1),
    name: z.string(),
    created: z.string(),
    source: z.string(),
    sourceKind: z.string(),
    classes: z.array(z.string()).min(2),
    height: z.int().min(1),
    width: z.int().min(1),
    channels: z.union([z.literal(1), z.literal(3)]),
    counts: z.strictObject({ train: z.int().min(1), test: count, triggered: count }),
    testOrigin: z.enum(['given', 'split', 'none']),
    hasTruth: z.boolean(),
    target: count.nullable(),
    hash: z.string().regex(/^[0-9a-f]{64}$/),
    attack: attackSchema.nullable(),
    skipped: z.array(z.strictObject({ path: z.string(), reason: z.string() })).max(MAX_SKIPPED_LISTED),
    skippedCount: count,
  })
  .refine((m) => m.target === null || m.target < m.classes.length, 'target is not one of the classes');

/** What the content hash covers of one split: SHA-256, hex, of its images and labels as stored. */
export interface SplitDigest {
  name: SplitName;
  count: number;
  images: string;
  labels: string;
}

/**
 * The content hash of a data set: over images, labels and class names of all splits. Two data sets with the
 * same hash train alike; names, dates and sources do not enter.
 */
export function contentHash(
  shape: { height: number; width: number; channels: number; classes: string[] },
  splits: SplitDigest[],
): string {
  const parts = [
    [shape.height, shape.width, shape.channels],
    shape.classes,
    splits.map((s) => [s.name, s.count, s.images, s.labels]),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
