import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { ExpectedError } from '../../shared/contract/errors.ts';

/**
 * The place that somebody typed on screen, where no folder is the current one. `~` is the home folder.
 * @throws ExpectedError 'usage' for a path that begins nowhere
 */
export function wholePath(typed: string): string {
  if (/^~(?=$|[\\/])/.test(typed)) return join(homedir(), typed.slice(1));
  if (isAbsolute(typed)) return resolve(typed);
  throw new ExpectedError(
    'usage',
    `"${typed}" does not say in which folder.`,
    `Give the whole path, such as ${join(homedir(), typed)}.`,
  );
}
