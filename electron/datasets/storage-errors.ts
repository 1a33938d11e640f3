import { ExpectedError } from '../../shared/contract/errors.ts';

const REASONS: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would grow larger than the file system allows',
  EROFS: 'the folder is on a read-only disk',
  EACCES: 'writing there is not permitted',
  EPERM: 'writing there is not permitted',
  EIO: 'the disk reports an input/output error',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  ENOTDIR: 'part of the path is a file, not a folder',
  EEXIST: 'a file is in the way',
};

/** The system error code of anything thrown, e.g. 'ENOENT'; undefined for other errors. */
export function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/**
 * Turns a failed write under `folder` into an expected 'storage' error; returns other errors as they are.
 * @param resumable what was done is kept
 */
export function asStorageError(error: unknown, folder: string, resumable = false): unknown {
  if (error instanceof ExpectedError) return error;
  const reason = REASONS[systemCode(error) ?? ''];
  if (!reason) return error;
  return new ExpectedError(
    'storage',
    `The data set could not be stored in ${folder}: ${reason}.`,
    resumable
      ? 'Free some space, then import it again: it goes on where it stopped.'
      : 'Free some space or choose another data folder, then try again. Nothing was left behind.',
    { cause: error },
  );
}
