import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { ExpectedError } from '../../../shared/contract/errors.ts';

/**
 * Runs `work` while no other process runs one under the same folder. The lock is SQLite's own lock on a small file:
 * the operating system lets go of it when its process dies, so there is no stale lock to guess about.
 * @param onWait called once if another process holds the lock
 * @throws ExpectedError cancelled if the signal fires while waiting; storage if the file cannot be made
 */
export async function withInstallLock<T>(
  root: string,
  signal: AbortSignal | undefined,
  onWait: () => void,
  work: () => Promise<T>,
): Promise<T> {
  const path = join(root, 'install.lock');
  let database: Database.Database;
  try {
    database = new Database(path, { timeout: 0 });
  } catch (cause) {
    throw new ExpectedError('storage', `${path} cannot be opened: ${(cause as Error).message}`, undefined, {
      cause,
    });
  }
  try {
    for (let waited = false; !tryLock(database, path); waited = true) {
      if (!waited) onWait();
      try {
        await delay(200, undefined, { signal });
      } catch {
        throw new ExpectedError('cancelled', 'The installation of the engine was cancelled.');
      }
    }
    return await work();
  } finally {
    database.close();
  }
}

function tryLock(database: Database.Database, path: string): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === 'SQLITE_BUSY') return false;
    throw new ExpectedError('storage', `${path} cannot be locked: ${(error as Error).message}`, undefined, {
      cause: error,
    });
  }
}
