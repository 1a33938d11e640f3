import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { ExpectedError } from '../../shared/contract/errors.ts';

const OTHER_FOLDER = 'another data folder with --data';
/** For `elsewhere`, where a person named the file to write. */
export const OTHER_FILE = 'another file name or folder';

const FULL = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL']);
const DENIED = new Set(['EACCES', 'EPERM', 'SQLITE_READONLY', 'SQLITE_CANTOPEN', 'SQLITE_PERM']);
const BROKEN = new Set(['EIO', 'EFBIG', 'ENAMETOOLONG', 'EMFILE', 'ENFILE', 'SQLITE_IOERR']);

/**
 * Turns what the file system and SQLite throw when the disk is full, forbidden or broken into an
 * expected error; gives anything else back unchanged.
 * @param what the thing being written, as words for the message: 'the history', 'the backup x.tar'
 * @param elsewhere what to choose instead where writing is not permitted
 */
export function asStorageError(error: unknown, what: string, elsewhere = OTHER_FOLDER): unknown {
  if (!(error instanceof Error) || error instanceof ExpectedError) return error;
  const raw = (error as NodeJS.ErrnoException).code;
  if (typeof raw !== 'string') return error;
  // SQLite's extended codes carry the plain one as their beginning: SQLITE_IOERR_WRITE.
  const code = raw.startsWith('SQLITE_') ? raw.split('_').slice(0, 2).join('_') : raw;
  const path = (error as NodeJS.ErrnoException).path;
  const where = path && !what.includes(path) ? `${what} (${path})` : what;
  const options = { cause: error };
  if (FULL.has(code)) {
    return new ExpectedError(
      'storage',
      `The disk is full: could not write ${where}.`,
      'Free some space (theriac experiments remove ID --forever, theriac datasets remove ID), then try again.',
      options,
    );
  }
  if (DENIED.has(code)) {
    return new ExpectedError(
      'storage',
      `No permission to write ${where}.`,
      `Check the permissions, or choose ${elsewhere}.`,
      options,
    );
  }
  if (code === 'EROFS') {
    return new ExpectedError(
      'storage',
      `Could not write ${where}: it is on a read-only disk.`,
      `Choose ${elsewhere}.`,
      options,
    );
  }
  if (code === 'EISDIR') {
    return new ExpectedError(
      'storage',
      `Could not write ${where}: it is a folder, not a file.`,
      `Choose ${elsewhere}.`,
      options,
    );
  }
  // Making a folder says EEXIST where a file has its name.
  if (code === 'ENOTDIR' || (code === 'EEXIST' && (error as NodeJS.ErrnoException).syscall === 'mkdir')) {
    const file = fileInTheWay(path);
    const reason = file ? `${file} is a file, not a folder` : 'part of its path is a file, not a folder';
    return new ExpectedError('storage', `Cannot use ${where}: ${reason}.`, `Choose ${elsewhere}.`, options);
  }
  if (code === 'ENOENT') {
    return new ExpectedError(
      'storage',
      `Could not write ${where}: its folder does not exist.`,
      undefined,
      options,
    );
  }
  if (BROKEN.has(code)) {
    return new ExpectedError(
      'storage',
      `Could not read or write ${where}: ${error.message}`,
      undefined,
      options,
    );
  }
  if (code === 'SQLITE_BUSY' || code === 'SQLITE_LOCKED') {
    return new ExpectedError(
      'busy',
      `Another process is using ${where}.`,
      'Wait until it is done, then try again.',
      options,
    );
  }
  if (code === 'SQLITE_CORRUPT' || code === 'SQLITE_NOTADB') {
    return new ExpectedError('history', `The history is damaged: ${error.message}`, damagedRemedy, options);
  }
  return error;
}

/** The part of a path that is a file though it should be a folder, or null when that cannot be told. */
function fileInTheWay(path: string | undefined): string | null {
  for (let part = path; part && part !== dirname(part); part = dirname(part)) {
    const found = statSync(part, { throwIfNoEntry: false });
    if (found) return found.isDirectory() ? null : part;
  }
  return null;
}

/** What to do about a damaged history; it is left where it is, so nothing that can be saved is lost. */
export const damagedRemedy =
  'The damaged file was left as it is. Restore a backup with "theriac restore FILE --replace" (the old folder is kept ' +
  'beside the new one), or rename history.db to begin an empty history; imported data sets stay.';
