import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../whole.ts';
import type { CleanedManifest, CleanedSet } from './cleaned.ts';
import { writeFolders } from './folders.ts';
import { writeLists } from './lists.ts';
import { writeNpz } from './npz.ts';
import { writeParquet } from './parquet.ts';
import type { ExportHooks } from './parts.ts';

export const DATASET_FORMATS = ['folders', 'csv', 'jsonl', 'npz', 'parquet'] as const;
export type DatasetFormat = (typeof DATASET_FORMATS)[number];

/**
 * Writes a cleaned data set into a new folder that appears only when it is complete, with `manifest.json` saying
 * what was removed and why. What was removed is in it too, apart, so that the step can be undone.
 * @throws ExpectedError as writeWhole does
 */
export async function writeCleaned(
  set: CleanedSet,
  target: { to: string; dataFolder: string; format: DatasetFormat },
  hooks: ExportHooks = {},
): Promise<CleanedManifest> {
  return writeWhole({ ...target, what: 'the cleaned data set' }, async (draft) => {
    await mkdir(draft);
    await writeImages(set, draft, target.format, hooks);
    await writeFile(join(draft, 'manifest.json'), `${JSON.stringify(set.manifest, null, 2)}\n`);
    return set.manifest;
  });
}

function writeImages(
  set: CleanedSet,
  folder: string,
  format: DatasetFormat,
  hooks: ExportHooks,
): Promise<void> {
  switch (format) {
    case 'folders':
      return writeFolders(set, folder, hooks);
    case 'csv':
    case 'jsonl':
      return writeLists(set, folder, format, hooks);
    case 'npz': {
      const { finished } = set.manifest.experiment;
      return writeNpz(set, folder, new Date(finished ?? 0), hooks);
    }
    case 'parquet':
      return writeParquet(set, folder, hooks);
  }
}
