import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, type ExtractEvents } from 'tar-stream';
import { ExpectedError } from '../../shared/contract/errors.ts';
import {
  BACKUP_FOLDERS,
  BACKUP_FORMAT,
  CHECKSUMS_NAME,
  checksumsSchema,
  HEADER_NAME,
  headerSchema,
  HISTORY_NAME,
  isAllowedName,
  type BackupHeader,
  type Checksums,
} from './backup-format.ts';
import type { BackupProgress } from './backup.ts';
import { makeFolder } from './make-folder.ts';
import { SCHEMA_VERSION } from './migrations/index.ts';
import { openHistory } from './open.ts';
import { asStorageError } from './storage-errors.ts';

export interface RestoreOptions {
  /** The backup. */
  from: string;
  /** The data folder: empty or absent, unless `replace`. */
  folder: string;
  /** Put the old folder aside (never delete it). */
  replace?: boolean;
  onProgress?: (progress: BackupProgress) => void;
}

export interface Restored extends BackupProgress {
  /** Where the old data folder is now, or null. */
  keptAside: string | null;
  created: string;
  appVersion: string;
}

type Header = ExtractEvents['entry'][0];
type Body = ExtractEvents['entry'][1];

/** The largest text entries accepted: far above what a real backup holds. */
const MAX_HEADER_BYTES = 64 * 1024;
const MAX_CHECKSUMS_BYTES = 256 * 1024 * 1024;

/**
 * Unpacks a backup beside the data folder, checks every file, and only then puts it in place.
 * @throws ExpectedError 'bad-input' for a wrong, truncated, altered or newer backup, 'usage' when the
 * folder is not empty, 'storage' when it cannot be written; the data folder is then as it was
 */
export async function restore(options: RestoreOptions): Promise<Restored> {
  const from = resolve(options.from);
  const folder = resolve(options.folder);
  const old = await entriesOf(folder);
  if (old.length > 0 && !options.replace) {
    throw new ExpectedError(
      'usage',
      `The data folder ${folder} is not empty.`,
      'Add --replace to put it aside first, or choose another folder with --data.',
    );
  }
  let draft: string | undefined;
  try {
    makeFolder(dirname(folder));
    draft = await mkdtemp(join(dirname(folder), `.${basename(folder)}-restore-`));
    const { header, progress } = await unpack(from, draft, options.onProgress);
    for (const name of BACKUP_FOLDERS) await mkdir(join(draft, name), { recursive: true });
    settle(draft);
    const keptAside = old.length > 0 ? await putAside(folder) : null;
    if (!keptAside) await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
    return { ...progress, keptAside, created: header.created, appVersion: header.appVersion };
  } catch (error) {
    throw asStorageError(error, `the data folder ${folder}`);
  } finally {
    if (draft) await rm(draft, { recursive: true, force: true });
  }
}

/** Opens the history once: checks it, brings it to this version, and lets what was running be interrupted. */
function settle(draft: string): void {
  const history = openHistory(join(draft, HISTORY_NAME));
  try {
    history.experiments.interruptAll(new Date().toISOString());
  } finally {
    history.close();
  }
}

async function putAside(folder: string): Promise<string> {
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
  const aside = `${folder}-before-restore-${stamp}`;
  await rename(folder, aside);
  return aside;
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw asStorageError(error, `the data folder ${folder}`);
  }
}

async function unpack(
  from: string,
  into: string,
  onProgress?: (progress: BackupProgress) => void,
): Promise<{ header: BackupHeader; progress: BackupProgress }> {
  const progress = { files: 0, bytes: 0 };
  const sums: Checksums = {};
  let header: BackupHeader | undefined;
  let expected: Checksums | undefined;
  const reader = new Reader(from);
  await reader.each(async (entry, stream) => {
    if (!header) {
      header = await readHeader(from, entry, stream);
      return;
    }
    if (expected) throw bad(from, `holds "${entry.name}" after its end`);
    if (entry.name === CHECKSUMS_NAME) {
      expected = parsed(checksumsSchema, await readText(from, stream, entry, MAX_CHECKSUMS_BYTES), from);
      return;
    }
    if (entry.type !== 'file' || !isAllowedName(entry.name) || sums[entry.name]) {
      throw bad(from, `holds an entry that does not belong in a backup: "${entry.name}" (${entry.type})`);
    }
    const sum = await writeEntry(entry, stream, into);
    sums[entry.name] = sum;
    progress.files += 1;
    progress.bytes += sum.bytes;
    onProgress?.({ ...progress });
  });
  if (!header) throw bad(from, 'is not a backup of Theriac');
  if (!expected) throw bad(from, 'is incomplete: its end is missing');
  compare(from, expected, sums);
  return { header, progress };
}

/** Reads a tar entry by entry, telling a file that cannot be read from one that is no tar. */
class Reader {
  readonly #from: string;

  constructor(from: string) {
    this.#from = from;
  }

  async each(handle: (entry: Header, stream: Body) => Promise<void>): Promise<void> {
    const tar = extract();
    let inHandler: unknown;
    let begun = false;
    // The pipeline lets go at the first error; a second one must not end the process.
    tar.on('error', () => undefined);
    tar.on('entry', (entry, stream, next) => {
      begun = true;
      // Nor may one that comes before the handler reads.
      stream.on('error', () => undefined);
      handle(entry, stream).then(
        () => {
          stream.resume();
          next();
        },
        (error: unknown) => {
          inHandler = error;
          tar.destroy(error as Error);
        },
      );
    });
    try {
      await pipeline(createReadStream(this.#from), tar);
    } catch (error) {
      // A cut tar also breaks the entry being read: only refusals and failures to write are the handler's own.
      if (inHandler instanceof ExpectedError || (inHandler as NodeJS.ErrnoException | undefined)?.syscall) {
        throw inHandler;
      }
      const { syscall, code, message } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') {
        throw new ExpectedError('not-found', `The backup ${this.#from} does not exist.`, undefined, {
          cause: error,
        });
      }
      if (code === 'EISDIR') throw bad(this.#from, 'is a folder, not a backup of Theriac', error);
      if (code === 'ENOTDIR')
        throw bad(this.#from, 'cannot be read: part of its path is not a folder', error);
      if (code === 'EACCES' || code === 'EPERM')
        throw bad(this.#from, 'cannot be read: no permission', error);
      if (syscall) throw bad(this.#from, `cannot be read: ${message}`, error);
      throw bad(
        this.#from,
        // A short text ends before the first entry's name.
        !begun || /invalid tar/i.test(message)
          ? 'is not a backup of Theriac'
          : 'is incomplete: its end is missing',
        error,
      );
    }
  }
}

async function readHeader(from: string, entry: Header, stream: Body): Promise<BackupHeader> {
  if (entry.name !== HEADER_NAME) throw bad(from, 'is not a backup of Theriac');
  const header = parsed(headerSchema, await readText(from, stream, entry, MAX_HEADER_BYTES), from);
  if (header.format > BACKUP_FORMAT || header.schemaVersion > SCHEMA_VERSION) {
    throw new ExpectedError(
      'bad-input',
      `The backup ${from} was written by a newer version of Theriac (${header.appVersion}, history version ${header.schemaVersion}; this program knows up to ${SCHEMA_VERSION}).`,
      'Restore it with that version.',
    );
  }
  return header;
}

async function readText(from: string, stream: Body, entry: Header, limit: number): Promise<string> {
  if ((entry.size ?? 0) > limit) throw bad(from, `is no backup of Theriac: its ${entry.name} is too large`);
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function parsed<T>(schema: { parse(value: unknown): T }, text: string, from: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw bad(from, 'is not a backup of Theriac, or is damaged', error);
  }
}

async function writeEntry(entry: Header, stream: Body, into: string): Promise<Checksums[string]> {
  const path = join(into, ...entry.name.split('/'));
  await mkdir(dirname(path), { recursive: true });
  const hash = createHash('sha256');
  let bytes = 0;
  const tap = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      hash.update(chunk);
      bytes += chunk.length;
      next(null, chunk);
    },
  });
  await pipeline(stream, tap, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
  return { bytes, sha256: hash.digest('hex') };
}

function compare(from: string, expected: Checksums, found: Checksums): void {
  if (!expected[HISTORY_NAME]) throw bad(from, 'holds no history');
  for (const [name, sum] of Object.entries(expected)) {
    const other = found[name];
    if (!other) throw bad(from, `is damaged: ${name} is missing`);
    if (other.sha256 !== sum.sha256)
      throw bad(from, `is damaged: ${name} has changed since the backup was made`);
  }
  const extra = Object.keys(found).find((name) => !expected[name]);
  if (extra) throw bad(from, `is damaged: ${extra} was not in it when it was made`);
}

function bad(from: string, reason: string, cause?: unknown): ExpectedError {
  return new ExpectedError('bad-input', `The file ${from} ${reason}.`, undefined, { cause });
}
