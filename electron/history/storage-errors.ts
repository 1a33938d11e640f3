import { ExpectedError } from '../../shared/contract/errors.ts';

const FULL = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL']);
const DENIED = new Set(['EACCES', 'EPERM', 'EROFS', 'SQLITE_READONLY', 'SQLITE_CANTOPEN', 'SQLITE_PERM']);
const BROKEN = new Set([
  'EIO',
  'EFBIG',
  'EISDIR',
  'ENOTDIR',
  'ENAMETOOLONG',
  'EMFILE',
  'ENFILE',
  'SQLITE_IOERR',
]);

/**
 * Turns what the file system and SQLite throw when the disk is full, forbidden or broken into an
 * expected error; gives anything else back unchanged.
 * @param what the thing being written, as words for the message: 'the history', 'the backup x.tar'
 */
export function asStorageError(error: unknown, what: string): unknown {
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
      'Check the permissions, or choose another data folder with --data.',
      options,
    );
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

/** What to do about a damaged history; it is left where it is, so nothing that can be saved is lost. */
export const damagedRemedy =
  'The damaged file was left as it is. Restore a backup with "theriac restore FILE --replace" (the old folder is kept ' +
  'beside the new one), or rename history.db to begin an empty history; imported data sets stay.';
