import { createHash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import type { DatasetManifest, ImageSet, SplitName, Truth } from '../../shared/contract/dataset.ts';
import { contentHash, manifestSchema, SPLITS, type SplitDigest } from './manifest.ts';
import type { Quality } from './quality.ts';
import type { ImportDraft } from './import-draft.ts';
import { asStorageError, systemCode } from './storage-errors.ts';
import { int32Bytes, SplitFile } from './split-file.ts';
import { draftFolder } from './temporary.ts';

/** Everything about a new data set that its bytes do not say. */
export interface Description {
  manifest: Omit<DatasetManifest, 'format' | 'id' | 'created' | 'counts' | 'hash' | 'hasTruth'>;
  /** In the order in which training examples were appended. */
  truth: Truth | null;
  quality: Quality | null;
  /** New class index for each class index given to `append`; absent = as given. */
  relabel?: Int32Array;
  /** Images were appended with 3 equal channels and are to be stored with 1. */
  dropColour?: boolean;
}

/** Takes the examples of a data set that is being written. */
export class NewDataset {
  readonly folder: string;
  readonly #files = new Map<SplitName, SplitFile>();

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Adds examples to the end of a split. @param images row-major, whole images in the working size */
  async append(
    split: SplitName,
    images: Uint8Array,
    labels: ArrayLike<number>,
    ids: string[],
  ): Promise<void> {
    let file = this.#files.get(split);
    if (!file) {
      file = await SplitFile.create(this.folder, split);
      this.#files.set(split, file);
    }
    await file.append(images, labels, ids);
  }

  /** Takes over the next example of a split that an earlier process wrote. @returns its pixels */
  async repeat(split: SplitName, bytes: number, label: number, id: string): Promise<Uint8Array> {
    let file = this.#files.get(split);
    if (!file) {
      file = await SplitFile.reopen(this.folder, split);
      this.#files.set(split, file);
    }
    return file.repeat(bytes, label, id);
  }

  /** Removes what was written after the last example that was repeated. */
  async endRepetition(): Promise<void> {
    for (const split of SPLITS) {
      await fs.rm(path.join(this.folder, `${split}.grey`), { force: true });
      const file = this.#files.get(split);
      if (file) await file.endRepetition();
      else await fs.rm(path.join(this.folder, `${split}.images`), { force: true });
    }
  }

  /** Returns when all examples that were appended are on the disk. */
  async sync(): Promise<void> {
    for (const file of this.#files.values()) await file.sync();
  }

  file(split: SplitName): SplitFile | undefined {
    return this.#files.get(split);
  }

  async release(): Promise<void> {
    for (const file of this.#files.values()) await file.release();
  }
}

/**
 * Creates `into/<id>/` in one step: `fill` appends the examples to a temporary folder, which is flushed to
 * the disk and renamed. On any error the temporary folder is removed; an import's draft may stay, to be gone on with.
 * @throws ExpectedError 'storage' when the disk is full or cannot be written
 */
export async function writeDataset(
  into: string,
  fill: (dataset: NewDataset) => Promise<Description>,
  draft: ImportDraft | null = null,
): Promise<DatasetManifest> {
  let temporary: string | null = null;
  try {
    temporary = draft?.folder ?? (await draftFolder(into));
    const dataset = new NewDataset(temporary);
    let description: Description;
    try {
      description = await fill(dataset);
      await finishFiles(dataset, description);
    } finally {
      await dataset.release();
    }
    await draft?.finish();
    return await publish(into, dataset, description);
  } catch (error) {
    const expected = asStorageError(error, into, draft !== null);
    if (draft) await draft.end(expected);
    else if (temporary) await fs.rm(temporary, { recursive: true, force: true });
    throw expected;
  }
}

/** Appends a whole split in memory, in slices, so that a slow disk is waited for. */
export async function appendSet(
  dataset: NewDataset,
  split: SplitName,
  set: ImageSet,
  ids: string[],
): Promise<void> {
  const one = set.height * set.width * set.channels;
  const slice = Math.max(1, Math.floor((4 << 20) / one));
  for (let from = 0; from < set.count; from += slice) {
    const to = Math.min(set.count, from + slice);
    await dataset.append(
      split,
      set.images.subarray(from * one, to * one),
      set.labels.subarray(from, to),
      ids.slice(from, to),
    );
  }
}

async function finishFiles(dataset: NewDataset, description: Description): Promise<void> {
  for (const split of SPLITS) {
    const file = dataset.file(split);
    if (file) await file.close(description.relabel, description.dropColour ?? false);
  }
  if (description.truth) {
    const { poisoned, trueLabels } = description.truth;
    await writeDurably(path.join(dataset.folder, 'truth.poisoned'), poisoned);
    await writeDurably(path.join(dataset.folder, 'truth.labels'), int32Bytes(trueLabels));
  }
  if (description.quality) {
    await writeDurably(
      path.join(dataset.folder, 'quality.json'),
      Buffer.from(JSON.stringify(description.quality, null, 1)),
    );
  }
}

async function publish(
  into: string,
  dataset: NewDataset,
  description: Description,
): Promise<DatasetManifest> {
  const digests: SplitDigest[] = SPLITS.map((name) => {
    const file = dataset.file(name);
    return {
      name,
      count: file?.count ?? 0,
      images: file?.imagesDigest ?? emptyDigest(),
      labels: file?.labelsDigest ?? emptyDigest(),
    };
  });
  for (;;) {
    const manifest = manifestSchema.parse({
      format: 1,
      id: newId(description.manifest.name),
      created: new Date().toISOString(),
      ...description.manifest,
      counts: { train: digests[0]!.count, test: digests[1]!.count, triggered: digests[2]!.count },
      hasTruth: description.truth !== null,
      hash: contentHash(description.manifest, digests),
    } satisfies DatasetManifest);
    await writeDurably(
      path.join(dataset.folder, 'dataset.json'),
      Buffer.from(JSON.stringify(manifest, null, 1)),
    );
    await syncFolder(dataset.folder);
    try {
      await fs.rename(dataset.folder, path.join(into, manifest.id));
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? '')) throw error;
      continue;
    }
    await syncFolder(into);
    return manifest;
  }
}

/** Readable and unique: the name in plain letters, then eight random hexadecimal digits. */
function newId(name: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  return `${plain || 'dataset'}-${randomBytes(4).toString('hex')}`;
}

function emptyDigest(): string {
  return createHash('sha256').digest('hex');
}

async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  await fs.writeFile(file, bytes, { flag: 'w', flush: true });
}

/** Makes a rename or a new file durable. Windows cannot sync folders and does not need to. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await fs.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
