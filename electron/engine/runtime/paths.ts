import { mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { ExpectedError } from '../../../shared/contract/errors.ts';

/**
 * Folder that holds the installed runtimes, one folder each: THERIAC_RUNTIME_CACHE/runtime, else runtime/ in the
 * user's cache folder. Not created here.
 */
export function runtimeRoot(): string {
  const override = process.env.THERIAC_RUNTIME_CACHE;
  if (override) return join(resolve(override), 'runtime');
  const { cache } = envPaths('theriac', { suffix: '' });
  // With HOME set to nothing the path would be relative to whatever folder we happen to run in.
  return join(isAbsolute(cache) ? cache : join(userInfo().homedir, '.cache', 'theriac'), 'runtime');
}

/** The runtime that a release brings along, or null. */
export function bundledRuntime(): string | null {
  return process.env.THERIAC_BUNDLED_RUNTIME ? resolve(process.env.THERIAC_BUNDLED_RUNTIME) : null;
}

/** Creates the folder that holds the runtimes. @throws ExpectedError storage */
export function makeRuntimeRoot(): string {
  const root = runtimeRoot();
  try {
    mkdirSync(root, { recursive: true });
  } catch (cause) {
    throw new ExpectedError(
      'storage',
      `The folder for the engine, ${root}, cannot be created: ${(cause as Error).message}`,
      'Set the environment variable THERIAC_RUNTIME_CACHE to a folder that can be written.',
      { cause },
    );
  }
  return root;
}
