import * as path from 'node:path';
import type { MappingKey } from '../../shared/contract/api.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';

export interface ImportOptions {
  /** Folder or file to import. */
  source: string;
  /** The folder that holds the stored data sets. */
  into: string;
  /** Name to show; default: the source's own. */
  name?: string;
  /** Side of the working size in pixels, 8 to 512; default: the size that all images share up to 64, else 32. */
  size?: number;
  /** Source of test images. */
  test?: string;
  /** Source of triggered test images, filed under their true classes. */
  triggered?: string;
  /**
   * For evaluation only: a list path,true_label,label,poisoned; or flags or positions of the poisoned images as
   * .npy, pickle, JSON or plain text.
   */
  truth?: string;
  /** Share of each class that is split off where no test images are given, 0 to 0.9; default 0.2. */
  split?: number;
  /** At most so many training images, in proportion from all classes. */
  limit?: number;
  /** Decides order, split and sampling; default 1. */
  seed?: number;
  /** Which array or column is what, where the guess is wrong. */
  mapping?: Partial<Record<MappingKey, string>>;
  /**
   * Keep what is done when the import is cancelled, killed or runs out of disk, and go on with what an earlier one of
   * the same source and options left; 'fresh' = keep, but begin anew. Default: nothing is kept.
   */
  resume?: boolean | 'fresh';
}

export interface ImportHooks {
  onProgress?(progress: { done: number; total: number; note: string }): void;
  /** Plain sentences about odd but usable data. They are also stored in quality.json. */
  onWarning?(message: string): void;
  /** Whether it goes on with an earlier import, and if not, why; said once. */
  onResume?(message: string): void;
  /** Seconds between two notes of what is done; default 5. */
  noteEvery?: number;
  signal?: AbortSignal;
}

/** Options with defaults and absolute paths. @throws ExpectedError 'usage' naming the option */
export function checkOptions(options: ImportOptions) {
  const { size, limit, split = 0.2, seed = 1 } = options;
  if (size !== undefined) requireThat(isInteger(size, 8, 512), 'The working size must be 8 to 512 pixels.');
  if (limit !== undefined)
    requireThat(isInteger(limit, 1, 2 ** 31), 'The limit must be a whole number from 1.');
  requireThat(split >= 0 && split <= 0.9, 'The test split must be a share from 0 to 0.9.');
  requireThat(Number.isSafeInteger(seed), 'The seed must be a whole number.');
  const source = absolute(options.source, 'source');
  return {
    source,
    into: path.resolve(options.into),
    name: checkName(options.name ?? path.parse(source).name),
    size,
    test: options.test === undefined ? undefined : absolute(options.test, 'source of test images'),
    triggered:
      options.triggered === undefined ? undefined : absolute(options.triggered, 'source of triggered images'),
    truth: options.truth === undefined ? undefined : absolute(options.truth, 'truth list'),
    split,
    limit,
    seed,
    mapping: options.mapping ?? {},
    resume: options.resume ?? false,
  };
}

export type Checked = ReturnType<typeof checkOptions>;

/** A name fit to show: trimmed, one line, at most 200 characters. @throws ExpectedError 'usage' */
export function checkName(name: string): string {
  const plain = name
    .normalize('NFC')
    .replace(/[\u0000-\u001f\u007f]+/g, ' ')
    .trim();
  requireThat(plain !== '' && plain.length <= 200, 'The name of a data set must have 1 to 200 characters.');
  return plain;
}

/** Resolved, an empty path would be the current folder: nobody meant that. */
function absolute(file: string, what: string): string {
  requireThat(file.trim() !== '', `The path of the ${what} is empty.`);
  return path.resolve(file);
}

function isInteger(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high;
}

function requireThat(holds: boolean, message: string): void {
  if (!holds) throw new ExpectedError('usage', message);
}
