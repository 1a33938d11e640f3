import { z } from 'zod';

/*
 * An experiment bundle (`.theriac`) is a zip file:
 *   history.db          the history's rows of one experiment and its data set, as a history of their own
 *   experiment/NAME     the experiment's files: losses, weights, checkpoints
 *   dataset/NAME        the stored data set, if it was taken along
 *   manifest.json       what it is, and size and SHA-256 of every other member
 */

export const MANIFEST_NAME = 'manifest.json';
export const HISTORY_NAME = 'history.db';
export const EXPERIMENT_FOLDER = 'experiment';
export const DATASET_FOLDER = 'dataset';
export const BUNDLE_FORMAT = 1;
export const BUNDLE_EXTENSION = 'theriac';

/** Ids and file names become paths: nothing that any system could take for something else. */
export const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
export const PLAIN_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/;

const count = z.int().min(0);
const text = z.string().max(1000);

export const bundleManifestSchema = z.object({
  kind: z.literal('theriac-experiment'),
  format: z.int().min(1),
  /** Version of the history inside. */
  schemaVersion: z.int().min(1),
  appVersion: z.string().max(100),
  /** ISO 8601. */
  created: z.string().max(100),
  experiment: z.object({ id: z.string().regex(PLAIN_ID), name: text }),
  dataset: z.object({
    id: z.string().regex(PLAIN_ID),
    name: text,
    hash: z.string().regex(/^[0-9a-f]{64}$/),
    train: count,
    test: count,
    triggered: count,
    /** Whether the images are in the bundle. */
    included: z.boolean(),
  }),
  members: z.record(z.string(), z.object({ bytes: count, sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});
export type BundleManifest = z.infer<typeof bundleManifestSchema>;

/** Where a member belongs, or null when no bundle holds such a member. */
export function memberPlace(name: string): 'history' | 'experiment' | 'dataset' | null {
  if (name === HISTORY_NAME) return 'history';
  const [folder, file, ...more] = name.split('/');
  if (more.length > 0 || file === undefined || !PLAIN_NAME.test(file)) return null;
  if (folder === EXPERIMENT_FOLDER) return 'experiment';
  return folder === DATASET_FOLDER ? 'dataset' : null;
}
