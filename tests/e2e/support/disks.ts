import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A disk of its own, in memory: needs an administrator on Linux (see canMount).
 * @param options of mount: 'size=64k', 'ro'
 * @returns where it is, and what takes it away
 */
export function mountDisk(under: string, options: string): { path: string; unmount(): void } {
  const path = join(under, `disk-${options.replace(/\W/g, '-')}`);
  mkdirSync(path);
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]);
  return { path, unmount: () => execFileSync('umount', [path]) };
}
