import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { SCHEMA_VERSION } from '../../history/migrations/index.ts';
import {
  BUNDLE_FORMAT,
  bundleManifestSchema,
  DATASET_FOLDER,
  EXPERIMENT_FOLDER,
  HISTORY_NAME,
  MANIFEST_NAME,
  memberPlace,
  type BundleManifest,
} from './format.ts';
import type { BundleProgress } from './write.ts';

/** Far above what a real bundle holds. */
const MOST_MEMBERS = 1000;
const MOST_MANIFEST_BYTES = 1 << 20;

/**
 * A bundle that was opened and whose directory agrees with its manifest. Nothing was unpacked yet. The caller
 * closes it.
 */
export class Bundle {
  readonly file: string;
  readonly manifest: BundleManifest;
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;

  private constructor(file: string, zip: ZipFile, entries: Map<string, Entry>, manifest: BundleManifest) {
    this.file = file;
    this.#zip = zip;
    this.#entries = entries;
    this.manifest = manifest;
  }

  /**
   * @throws ExpectedError 'not-found', or 'bad-input' for what is no bundle, is truncated, comes from a newer
   * version, or holds what no bundle holds
   */
  static async open(file: string): Promise<Bundle> {
    let zip: ZipFile;
    try {
      zip = await openPromise(file, { autoClose: false, strictFileNames: true });
    } catch (error) {
      throw cannotOpen(file, error);
    }
    try {
      const entries = await directory(file, zip);
      const manifest = await readManifest(file, zip, entries);
      compare(file, manifest, entries);
      return new Bundle(file, zip, entries, manifest);
    } catch (error) {
      zip.close();
      if (error instanceof ExpectedError) throw error;
      throw unusableBundle(file, 'its contents cannot be read; it may be truncated', error);
    }
  }

  get bytes(): number {
    return Object.values(this.manifest.members).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Unpacks the rows, the experiment's files and, if wanted, the data set, and checks every byte.
   * @param into empty folder; gets `history.db`, `experiment/` and `dataset/`
   * @throws ExpectedError 'bad-input', 'storage' when there is too little room, 'cancelled'; what was written
   * so far stays for the caller to remove
   */
  async unpack(
    into: string,
    wanted: {
      dataset: boolean;
      signal?: AbortSignal | undefined;
      onProgress?: ((progress: BundleProgress) => void) | undefined;
    },
  ): Promise<void> {
    const members = Object.entries(this.manifest.members).filter(
      ([name]) => wanted.dataset || memberPlace(name) !== 'dataset',
    );
    const total = members.reduce((sum, [, { bytes }]) => sum + bytes, 0);
    await refuseTooLarge(into, total, this.file);
    for (const folder of [EXPERIMENT_FOLDER, DATASET_FOLDER]) await mkdir(join(into, folder));
    let done = 0;
    for (const [name, sum] of members) {
      const read = (bytes: number) => {
        done += bytes;
        wanted.onProgress?.({ done, total });
      };
      await this.#unpackOne(name, sum, join(into, ...name.split('/')), read, wanted.signal);
    }
  }

  close(): void {
    this.#zip.close();
  }

  async #unpackOne(
    name: string,
    sum: BundleManifest['members'][string],
    path: string,
    onRead: (bytes: number) => void,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const hash = createHash('sha256');
    let read = 0;
    const tap = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        hash.update(chunk);
        read += chunk.length;
        onRead(chunk.length);
        // A zip may hold more than it announces.
        next(read > sum.bytes ? new RangeError('longer than announced') : null, chunk);
      },
    });
    try {
      const source = await this.#zip.openReadStreamPromise(this.#entries.get(name)!);
      await pipeline(source, tap, createWriteStream(path, { flags: 'wx', mode: 0o600 }), {
        ...(signal ? { signal } : {}),
      });
    } catch (error) {
      if (signal?.aborted) throw new ExpectedError('cancelled', 'It was cancelled; nothing was kept.');
      // What the system says about writing is the caller's to tell.
      if ((error as NodeJS.ErrnoException).syscall === 'write' || fromSystem(error, 'open')) throw error;
      throw unusableBundle(this.file, `${name} in it is damaged or cut short`, error);
    }
    if (read !== sum.bytes || hash.digest('hex') !== sum.sha256) {
      throw unusableBundle(this.file, `${name} in it is not what it was when the bundle was made`);
    }
  }
}

/** The error for a bundle that cannot be used. */
export function unusableBundle(file: string, reason: string, cause?: unknown): ExpectedError {
  return new ExpectedError(
    'bad-input',
    `The file ${file} cannot be opened as an experiment: ${reason}.`,
    undefined,
    { cause },
  );
}

async function directory(file: string, zip: ZipFile): Promise<Map<string, Entry>> {
  if (zip.entryCount > MOST_MEMBERS) {
    throw unusableBundle(file, `it holds ${zip.entryCount} files, which no experiment of Theriac does`);
  }
  const entries = new Map<string, Entry>();
  for await (const entry of zip.eachEntry()) {
    const name = entry.fileName;
    if (name !== MANIFEST_NAME && memberPlace(name) === null) {
      throw unusableBundle(file, `it holds "${name.slice(0, 100)}", which does not belong in an experiment`);
    }
    if (entries.has(name) || entry.isEncrypted()) {
      throw unusableBundle(file, `"${name}" is in it twice, or encrypted`);
    }
    entries.set(name, entry);
  }
  return entries;
}

async function readManifest(
  file: string,
  zip: ZipFile,
  entries: Map<string, Entry>,
): Promise<BundleManifest> {
  const entry = entries.get(MANIFEST_NAME);
  if (!entry) throw unusableBundle(file, 'it is a zip file, but was not made by Theriac');
  if (entry.uncompressedSize > MOST_MANIFEST_BYTES) throw unusableBundle(file, 'its manifest is too large');
  const text = (await buffer(await zip.openReadStreamPromise(entry))).toString('utf8');
  let manifest: BundleManifest;
  try {
    manifest = bundleManifestSchema.parse(JSON.parse(text));
  } catch (error) {
    throw unusableBundle(file, 'its manifest cannot be understood', error);
  }
  if (manifest.format > BUNDLE_FORMAT || manifest.schemaVersion > SCHEMA_VERSION) {
    throw new ExpectedError(
      'bad-input',
      `The file ${file} was written by a newer version of Theriac (${manifest.appVersion}) and cannot be opened by this one.`,
      'Open it with that version.',
    );
  }
  return manifest;
}

/** The directory must hold what the manifest lists, no more and no less, and as large as it says. */
function compare(file: string, { members, dataset }: BundleManifest, entries: Map<string, Entry>): void {
  if (!members[HISTORY_NAME]) throw unusableBundle(file, 'it holds no history');
  for (const [name, { bytes }] of Object.entries(members)) {
    if (memberPlace(name) === null) {
      throw unusableBundle(file, `it lists "${name.slice(0, 100)}", which does not belong in an experiment`);
    }
    const entry = entries.get(name);
    if (!entry) throw unusableBundle(file, `it is incomplete: ${name} is missing`);
    if (entry.uncompressedSize !== bytes)
      throw unusableBundle(file, `${name} in it has another size than listed`);
  }
  const extra = [...entries.keys()].find((name) => name !== MANIFEST_NAME && !members[name]);
  if (extra) throw unusableBundle(file, `it holds ${extra}, which it does not list`);
  if (dataset.included !== (members[`${DATASET_FOLDER}/dataset.json`] !== undefined)) {
    throw unusableBundle(file, 'its data set is incomplete');
  }
}

/** Before anything is written: a small file can announce more than any disk holds. */
async function refuseTooLarge(into: string, bytes: number, file: string): Promise<void> {
  const { bavail, bsize } = await statfs(into);
  if (bytes <= bavail * bsize) return;
  throw new ExpectedError(
    'storage',
    `There is too little room for ${file}: it needs ${Math.ceil(bytes / 1e6)} MB, and ${Math.floor((bavail * bsize) / 1e6)} MB are free.`,
    'Free some space, or choose another data folder with --data.',
  );
}

function cannotOpen(file: string, error: unknown): ExpectedError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') {
    return new ExpectedError('not-found', `There is no file ${file}.`, undefined, { cause: error });
  }
  if (code === 'EISDIR') return unusableBundle(file, 'it is a folder', error);
  if (code === 'EACCES' || code === 'EPERM')
    return unusableBundle(file, 'there is no permission to read it', error);
  if (typeof code === 'string') return unusableBundle(file, `it cannot be read (${code})`, error);
  return unusableBundle(file, 'it is no bundle of Theriac, or its end is missing', error);
}

function fromSystem(error: unknown, syscall: string): boolean {
  return (error as NodeJS.ErrnoException).syscall === syscall;
}
