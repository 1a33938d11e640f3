import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { ExpectedError } from '../../shared/contract/errors.ts';
import type { DatasetManifest, ImageSet, SplitName, Truth } from '../../shared/contract/dataset.ts';
import { contentHash, manifestSchema, SPLITS, type SplitDigest } from './manifest.ts';
import { type Quality, qualitySchema } from './quality.ts';
import { StoredImages } from './stored-images.ts';
import { systemCode } from './storage-errors.ts';

/**
 * A data set on the disk:
 *   dataset.json                  the manifest
 *   train.images                  N x height x width x channels bytes, row-major
 *   train.labels                  N class indices, int32 little-endian
 *   train.ids                     JSON array of N strings: each example's path relative to the source
 *   test.*, triggered.*           the same, where these splits exist
 *   truth.poisoned, truth.labels  N flags (uint8) and N class indices before poisoning, where known
 *   quality.json                  what the import noticed
 */
export interface StoredDataset {
  dir: string;
  manifest: DatasetManifest;
  /** The whole split in memory; an absent split has count 0. */
  read(split: SplitName): Promise<ImageSet>;
  /** Images `from` to `from + count - 1` only. @throws RangeError outside the split */
  readRange(split: SplitName, from: number, count: number): Promise<ImageSet>;
  /** A split to read images from by and by, of which the first `held` are in memory. The caller closes it. */
  images(split: SplitName, held: number): Promise<StoredImages>;
  /** The labels of a split without its images. */
  labels(split: SplitName): Promise<Int32Array>;
  truth(): Promise<Truth | null>;
  ids(split: SplitName): Promise<string[]>;
  quality(): Promise<Quality | null>;
  /** Reads everything and compares with the manifest's hash. @throws ExpectedError naming what differs */
  verify(signal?: AbortSignal): Promise<void>;
}

/**
 * Opens a stored data set and checks the size of each of its files against the manifest.
 * @throws ExpectedError 'not-found' when there is none, 'bad-input' naming the damaged file
 */
export async function openDataset(dir: string): Promise<StoredDataset> {
  const manifest = await readManifest(dir);
  for (const [file, bytes] of expectedSizes(manifest)) await checkSize(dir, file, bytes);
  return new PackedDataset(dir, manifest);
}

async function readManifest(dir: string): Promise<DatasetManifest> {
  const file = path.join(dir, 'dataset.json');
  let text: string;
  try {
    text = await fs.readFile(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) {
      throw new ExpectedError('not-found', `There is no data set in ${dir}.`);
    }
    throw damaged(file, 'it cannot be read', error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(file, 'it is not valid JSON', error);
  }
  const format = (value as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && format > 1) {
    throw new ExpectedError('bad-input', `${file} was written by a newer version.`, 'Update Theriac.');
  }
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw damaged(file, `${issue.path.join('.') || 'content'}: ${issue.message}`, parsed.error);
}

function* expectedSizes(manifest: DatasetManifest): Generator<[string, number | null]> {
  const image = manifest.height * manifest.width * manifest.channels;
  for (const split of SPLITS) {
    const count = manifest.counts[split];
    if (count === 0) continue;
    yield [`${split}.images`, count * image];
    yield [`${split}.labels`, count * 4];
    yield [`${split}.ids`, null];
  }
  if (manifest.hasTruth) {
    yield ['truth.poisoned', manifest.counts.train];
    yield ['truth.labels', manifest.counts.train * 4];
  }
}

async function checkSize(dir: string, name: string, bytes: number | null): Promise<void> {
  const file = path.join(dir, name);
  let size: number;
  try {
    size = (await fs.stat(file)).size;
  } catch (error) {
    throw damaged(file, 'it is missing', error);
  }
  if (bytes !== null && size !== bytes) throw damaged(file, `it has ${size} bytes instead of ${bytes}`);
}

function damaged(file: string, reason: string, cause?: unknown): ExpectedError {
  return new ExpectedError(
    'bad-input',
    `The stored data set is damaged: ${file}: ${reason}.`,
    'Import it again.',
    {
      cause,
    },
  );
}

class PackedDataset implements StoredDataset {
  readonly dir: string;
  readonly manifest: DatasetManifest;

  constructor(dir: string, manifest: DatasetManifest) {
    this.dir = dir;
    this.manifest = manifest;
  }

  read(split: SplitName): Promise<ImageSet> {
    return this.readRange(split, 0, this.manifest.counts[split]);
  }

  async readRange(split: SplitName, from: number, count: number): Promise<ImageSet> {
    const { height, width, channels } = this.manifest;
    const total = this.manifest.counts[split];
    if (
      !Number.isInteger(from) ||
      !Number.isInteger(count) ||
      from < 0 ||
      count < 0 ||
      from + count > total
    ) {
      throw new RangeError(`images ${from}+${count} of the ${total} in ${split}`);
    }
    const set = { count, height, width, channels };
    if (count === 0) return { ...set, images: new Uint8Array(0), labels: new Int32Array(0) };
    const one = height * width * channels;
    const images = await this.#bytes(`${split}.images`, from * one, count * one);
    return { ...set, images, labels: await this.#labels(split, from, count) };
  }

  async images(split: SplitName, held: number): Promise<StoredImages> {
    const { height, width, channels, counts } = this.manifest;
    const shape = { count: counts[split], height, width, channels, labels: await this.labels(split) };
    const images = new StoredImages(path.join(this.dir, `${split}.images`), shape, held);
    await images.load();
    return images;
  }

  async labels(split: SplitName): Promise<Int32Array> {
    const count = this.manifest.counts[split];
    return count === 0 ? new Int32Array(0) : this.#labels(split, 0, count);
  }

  async #labels(split: SplitName, from: number, count: number): Promise<Int32Array> {
    const file = `${split}.labels`;
    const labels = int32Values(await this.#bytes(file, from * 4, count * 4));
    this.#checkClasses(file, labels, this.manifest.classes.length);
    return labels;
  }

  async truth(): Promise<Truth | null> {
    const { hasTruth, counts, classes } = this.manifest;
    if (!hasTruth) return null;
    const poisoned = await this.#bytes('truth.poisoned', 0, counts.train);
    const trueLabels = int32Values(await this.#bytes('truth.labels', 0, counts.train * 4));
    this.#checkClasses('truth.labels', trueLabels, classes.length);
    return { poisoned, trueLabels };
  }

  async ids(split: SplitName): Promise<string[]> {
    const count = this.manifest.counts[split];
    if (count === 0) return [];
    const file = path.join(this.dir, `${split}.ids`);
    const value: unknown = await this.#json(file);
    if (!Array.isArray(value) || value.length !== count || !value.every((id) => typeof id === 'string')) {
      throw damaged(file, `it is not a list of ${count} names`);
    }
    return value as string[];
  }

  async quality(): Promise<Quality | null> {
    const file = path.join(this.dir, 'quality.json');
    const value = await this.#json(file, null);
    if (value === null) return null;
    const parsed = qualitySchema.safeParse(value);
    if (!parsed.success) throw damaged(file, 'its content is not as expected', parsed.error);
    return parsed.data;
  }

  async verify(signal?: AbortSignal): Promise<void> {
    const digests: SplitDigest[] = [];
    for (const name of SPLITS) {
      const count = this.manifest.counts[name];
      digests.push({
        name,
        count,
        images: await this.#digest(count ? `${name}.images` : null, signal),
        labels: await this.#digest(count ? `${name}.labels` : null, signal),
      });
    }
    if (contentHash(this.manifest, digests) === this.manifest.hash) return;
    throw damaged(
      this.dir,
      'images or labels differ from what was imported (the content hash does not match)',
    );
  }

  async #digest(name: string | null, signal?: AbortSignal): Promise<string> {
    const hash = createHash('sha256');
    if (name) {
      for await (const chunk of createReadStream(path.join(this.dir, name), { highWaterMark: 1 << 20 })) {
        if (signal?.aborted) throw new ExpectedError('cancelled', 'The check was cancelled.');
        hash.update(chunk as Buffer);
      }
    }
    return hash.digest('hex');
  }

  async #bytes(name: string, position: number, length: number): Promise<Uint8Array> {
    const file = path.join(this.dir, name);
    const bytes = new Uint8Array(length);
    const handle = await fs.open(file, 'r').catch((error: unknown) => {
      throw damaged(file, 'it cannot be read', error);
    });
    try {
      let got = 0;
      while (got < length) {
        // One read call transfers at most 2 GiB.
        const want = Math.min(length - got, 1 << 30);
        const { bytesRead } = await handle.read(bytes, got, want, position + got);
        if (bytesRead === 0) throw damaged(file, 'it ends too early');
        got += bytesRead;
      }
    } finally {
      await handle.close();
    }
    return bytes;
  }

  /** @param absent what to answer when there is no such file; undefined = that is damage */
  async #json(file: string, absent?: null): Promise<unknown> {
    try {
      return JSON.parse(await fs.readFile(file, 'utf8'));
    } catch (error) {
      if (absent === null && systemCode(error) === 'ENOENT') return null;
      throw damaged(file, 'it cannot be read', error);
    }
  }

  #checkClasses(name: string, labels: Int32Array, classes: number): void {
    const wrong = labels.find((label) => label < 0 || label >= classes);
    if (wrong === undefined) return;
    throw damaged(
      path.join(this.dir, name),
      `it holds the class index ${wrong}, but there are ${classes} classes`,
    );
  }
}

function int32Values(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int32Array.from({ length: bytes.byteLength / 4 }, (_, i) => view.getInt32(i * 4, true));
}
