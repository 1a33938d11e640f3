import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder with the ones above it; harmless when it is there. Step by step, because Node's own recursive
 * mkdir says ENOENT on a read-only disk, and never returns where the system itself says ENOENT (/proc).
 * @param mode of the new folders
 * @throws the system's error
 */
export function makeFolder(path: string, mode?: number): void {
  if (dirname(path) !== path && !existsSync(dirname(path))) makeFolder(dirname(path), mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Read-only disks and drive roots refuse by other names what is there already.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}
