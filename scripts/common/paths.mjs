import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What the scripts fetch or remember; ignored by git, may be deleted at any time. */
export const CACHE = join(ROOT, '.cache');
