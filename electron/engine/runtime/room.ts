import { statfs } from 'node:fs/promises';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { formatBytes } from './progress.ts';

/**
 * Refuses to begin what the disk cannot hold.
 * @param needed bytes
 * @throws ExpectedError storage
 */
export async function checkRoom(dir: string, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(dir);
  const free = bavail * bsize;
  if (free >= needed) return;
  throw new ExpectedError(
    'storage',
    `The engine needs ${formatBytes(needed)} of room in ${dir}, and the disk has only ${formatBytes(free)} left.`,
    'Free some space, or set the environment variable THERIAC_RUNTIME_CACHE to a folder on another disk.',
  );
}
