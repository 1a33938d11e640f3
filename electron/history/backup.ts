import { createHash } from 'node:crypto';
import { createWriteStream, mkdtempSync, type ReadStream } from 'node:fs';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, posix, resolve } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack, type Pack } from 'tar-stream';
import { ExpectedError } from '../../shared/contract/errors.ts';
import {
  BACKUP_FOLDERS,
  BACKUP_FORMAT,
  CHECKSUMS_NAME,
  HEADER_NAME,
  HISTORY_NAME,
  isAllowedName,
  type BackupHeader,
  type Checksums,
} from './backup-format.ts';
import { SCHEMA_VERSION } from './migrations/index.ts';
import type { History } from './open.ts';
import { asStorageError, OTHER_FILE } from './storage-errors.ts';

export interface BackupProgress {
  files: number;
  bytes: number;
}

export interface BackupOptions {
  /** The data folder that the history belongs to. */
  folder: string;
  /** File to write; an existing one is refused. */
  to: string;
  appVersion: string;
  onProgress?: (progress: BackupProgress) => void;
}

/**
 * Writes history, data sets, experiment folders and sweeps into one file, which appears only when it is complete.
 * Runs may go on meanwhile: the history is copied in a consistent state.
 * @throws ExpectedError 'usage' when the file exists, 'storage' when it cannot be written
 */
export async function backup(history: History, options: BackupOptions): Promise<BackupProgress> {
  const to = resolve(options.to);
  await refuseExisting(to);
  const what = `the backup ${to}`;
  let scratch: string | undefined;
  try {
    scratch = mkdtempSync(join(dirname(to), `.${basename(to)}-`));
    const copy = join(scratch, HISTORY_NAME);
    await history.db.backup(copy);
    const draft = join(scratch, 'backup.tar');
    const tar = pack();
    const filling = fill(tar, copy, options).catch((error: unknown) => {
      tar.destroy(error as Error);
      throw error;
    });
    const [progress] = await Promise.all([filling, pipeline(tar, createWriteStream(draft, { flags: 'wx' }))]);
    await rename(draft, to);
    return progress;
  } catch (error) {
    throw asStorageError(error, what, OTHER_FILE);
  } finally {
    if (scratch) await rm(scratch, { recursive: true, force: true });
  }
}

async function refuseExisting(to: string): Promise<void> {
  try {
    await (await open(to, 'r')).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw asStorageError(error, `the backup ${to}`, OTHER_FILE);
  }
  throw new ExpectedError('usage', `The file ${to} exists already.`, 'Choose another name for the backup.');
}

async function fill(tar: Pack, historyCopy: string, options: BackupOptions): Promise<BackupProgress> {
  const progress = { files: 0, bytes: 0 };
  const checksums: Checksums = {};
  const header: BackupHeader = {
    kind: 'theriac-backup',
    format: BACKUP_FORMAT,
    schemaVersion: SCHEMA_VERSION,
    appVersion: options.appVersion,
    created: new Date().toISOString(),
  };
  await addText(tar, HEADER_NAME, JSON.stringify(header, null, 2));
  const add = async (name: string, path: string) => {
    const sum = await addFile(tar, name, path);
    if (!sum) return;
    checksums[name] = sum;
    progress.files += 1;
    progress.bytes += sum.bytes;
    options.onProgress?.({ ...progress });
  };
  await add(HISTORY_NAME, historyCopy);
  for (const top of BACKUP_FOLDERS) {
    for await (const name of filesBelow(options.folder, top)) await add(name, join(options.folder, name));
  }
  await addText(tar, CHECKSUMS_NAME, JSON.stringify(checksums));
  tar.finalize();
  return progress;
}

/** Plain files with names that may come back, as paths with forward slashes. Hidden ones are half-written drafts. */
async function* filesBelow(root: string, folder: string): AsyncGenerator<string> {
  let entries;
  try {
    entries = await readdir(join(root, folder), { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = posix.join(folder, entry.name);
    if (entry.name.startsWith('.') || !isAllowedName(name)) continue;
    if (entry.isDirectory()) yield* filesBelow(root, name);
    else if (entry.isFile()) yield name;
  }
}

async function addText(tar: Pack, name: string, text: string): Promise<void> {
  await new Promise<void>((done, fail) => {
    tar.entry({ name }, text, (error) => (error ? fail(error) : done()));
  });
}

/** @returns null when the file has gone since it was listed (a run replaced its checkpoint) */
async function addFile(tar: Pack, name: string, path: string): Promise<Checksums[string] | null> {
  let handle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const bytes = (await handle.stat()).size;
    const hash = createHash('sha256');
    const entry = tar.entry({ name, size: bytes });
    const tap = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        hash.update(chunk);
        next(null, chunk);
      },
    });
    // Reading stops at the size found, should the file grow meanwhile.
    const source: ReadStream | Readable =
      bytes === 0 ? Readable.from([]) : handle.createReadStream({ end: bytes - 1, autoClose: false });
    await pipeline(source, tap, entry);
    return { bytes, sha256: hash.digest('hex') };
  } finally {
    await handle.close();
  }
}
