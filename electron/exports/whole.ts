import { existsSync, realpathSync } from 'node:fs';
import { mkdtemp, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { asStorageError, OTHER_FILE } from '../history/storage-errors.ts';

/** Where an export goes, and what it is called in messages: 'the report'. */
export interface Target {
  to: string;
  what: string;
  /** The data folder: nothing is exported into it. */
  dataFolder: string;
}

/**
 * Writes a file or folder that appears under its name only when it is whole; on any error, and when it is
 * cancelled, nothing stays behind.
 * @param fill writes a file, or makes a folder, at the path it is given
 * @throws ExpectedError 'usage' when the name is taken or lies in the data folder, 'storage' when it cannot be
 * written, 'cancelled'
 */
export async function writeWhole<T>(target: Target, fill: (draft: string) => Promise<T>): Promise<T> {
  const to = resolve(target.to);
  const what = `${target.what} ${to}`;
  let scratch: string | undefined;
  try {
    const emptyFolder = await refuseTaken(to, target);
    scratch = await mkdtemp(join(dirname(to), `.${basename(to)}-`));
    const draft = join(scratch, 'draft');
    const result = await fill(draft);
    if ((await stat(draft)).isFile()) await flush(draft);
    if (emptyFolder) await rmdir(to);
    await rename(draft, to);
    return result;
  } catch (error) {
    throw asStorageError(withoutDraft(error, scratch, to), what, OTHER_FILE);
  } finally {
    if (scratch) await rm(scratch, { recursive: true, force: true });
  }
}

/** @throws ExpectedError 'cancelled' */
export function refuseCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new ExpectedError('cancelled', 'The export was cancelled; nothing was written.');
}

/** @returns whether an empty folder has the name, which a picker of folders makes; it counts as free */
async function refuseTaken(to: string, { what, dataFolder }: Target): Promise<boolean> {
  if (isInside(to, dataFolder)) {
    throw new ExpectedError(
      'usage',
      `${to} lies in Theriac’s own data folder ${dataFolder}.`,
      `Choose another place for ${what}.`,
    );
  }
  const found = await stat(to).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (found === null) return false;
  if (found.isDirectory() && (await readdir(to)).length === 0) return true;
  const kind = found.isDirectory() ? 'folder' : 'file';
  throw new ExpectedError(
    'usage',
    `The ${kind} ${to} exists already.`,
    `Choose another name for ${what}; nothing is overwritten.`,
  );
}

/** Links on the way count as what they lead to. */
function isInside(path: string, folder: string): boolean {
  let above = path;
  while (!existsSync(above) && dirname(above) !== above) above = dirname(above);
  const real = realpathSync(above) + path.slice(above.length);
  const root = existsSync(folder) ? realpathSync(folder) : resolve(folder);
  return real === root || real.startsWith(root.endsWith(sep) ? root : root + sep);
}

async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What the system says of the draft is meant of the export itself. */
function withoutDraft(error: unknown, scratch: string | undefined, to: string): unknown {
  if (!(error instanceof Error) || error instanceof ExpectedError) return error;
  const { path } = error as NodeJS.ErrnoException;
  if (path === undefined || (scratch ? path.startsWith(scratch) : dirname(path) === dirname(to))) {
    Object.assign(error, { path: to });
  }
  return error;
}
