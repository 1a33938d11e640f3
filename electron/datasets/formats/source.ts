import { ExpectedError } from '../../../shared/contract/errors.ts';
import type { SkippedFile } from '../../../shared/contract/dataset.ts';
import { MAX_SKIPPED_LISTED } from '../manifest.ts';
import type { Mapping } from './mapping.ts';
import type { Scratch } from './trees/scratch.ts';
import type { Tree } from './trees/tree.ts';

export interface Size {
  width: number;
  height: number;
}

export interface Example {
  /** Path relative to the source, with '/'; for files of many images followed by '#' and the position. */
  id: string;
  /** Class name. */
  label: string;
}

/** Labelled images as a format's reader presents them, before anything is decoded. */
export interface Collection {
  examples: Example[];
  /** Whether the source has an order of its own that is worth keeping. Folders have none. */
  ordered: boolean;
  /** Size of an image, upright. Cheap. @throws UnusableFile */
  inspect(index: number): Promise<Size>;
  /** Red, green, blue in the wanted size; unchanged pixels when it has that size already. @throws UnusableFile */
  read(index: number, size: Size): Promise<Uint8Array>;
  /** Readies it for reading every image in any order, where that would be slow otherwise. */
  prepare?(progress: (done: number, total: number) => void): Promise<void>;
}

/** A source of any kind, opened. */
export interface Source {
  /** One of the keys of KINDS in `kinds.ts`. */
  kind: string;
  train: Collection;
  test: Collection | null;
  triggered: Collection | null;
  /** Class names in the order the source gives them; null = sorted by name. */
  classes: string[] | null;
  /** Name of a truth.csv that belongs to the source, in its tree. */
  truth: { tree: Tree; name: string } | null;
  /** What the source itself says of its training images: which are poisoned, and what they show. */
  known?: KnownPoison;
}

/** For evaluation only. */
export interface KnownPoison {
  /** One flag for each training example. */
  poisoned: Uint8Array;
  /** Class names before poisoning; null = not known. */
  trueLabels: string[] | null;
}

/** What readers are given beside the source. */
export interface SourceContext {
  skips: SkipLog;
  mapping: Mapping;
  scratch: Scratch;
}

/** A single file that cannot be used; the reason is a phrase in plain words, without a full stop. */
export class UnusableFile extends Error {
  readonly reason: string;

  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'UnusableFile';
    this.reason = reason;
  }
}

/**
 * Does something with a file on which all depends.
 * @param what begins the message, e.g. 'data.npz cannot be imported'
 * @throws ExpectedError 'bad-input' in place of UnusableFile
 */
export async function refusing<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UnusableFile)) throw error;
    throw new ExpectedError('bad-input', `${what}: ${error.reason}.`, undefined, { cause: error });
  }
}

/** What was passed over, and why. Keeps the first 1,000 and counts all. */
export class SkipLog {
  readonly listed: SkippedFile[] = [];
  readonly #paths = new Set<string>();
  readonly #hidden = new Set<string>();
  readonly #parent: { log: SkipLog; prefix: string } | null;

  constructor(parent: { log: SkipLog; prefix: string } | null = null) {
    this.#parent = parent;
  }

  add(path: string, reason: string): void {
    if (this.#paths.has(path)) return;
    this.#paths.add(path);
    if (this.listed.length < MAX_SKIPPED_LISTED) this.listed.push({ path, reason });
    this.#parent?.log.add(this.#parent.prefix + path, reason);
  }

  /** Hidden and system files are not worth a line each: they are counted. */
  addHidden(path: string): void {
    this.#hidden.add(path);
    this.#parent?.log.addHidden(this.#parent.prefix + path);
  }

  /** The log of a further source: what it notes is noted here too, with the prefix before the path. */
  under(prefix: string): SkipLog {
    return new SkipLog({ log: this, prefix });
  }

  get hidden(): number {
    return this.#hidden.size;
  }

  get count(): number {
    return this.#paths.size;
  }

  has(path: string): boolean {
    return this.#paths.has(path);
  }

  /** The first reasons as text for an error message. */
  summary(): string {
    const shown = this.listed.slice(0, 3).map(({ path, reason }) => `${path}: ${reason}`);
    const rest = this.count - shown.length;
    return shown.join('; ') + (rest > 0 ? `; and ${rest} more` : '');
  }
}

/** Order of class names, the same on every machine: numbers by value, else by code point. */
export function sortClasses(names: Iterable<string>): string[] {
  const all = [...new Set(names)];
  const numeric = all.every((name) => /^\d{1,15}$/.test(name));
  return all.sort((a, b) => (numeric ? Number(a) - Number(b) || byCodePoint(a, b) : byCodePoint(a, b)));
}

/** Code-point order (UTF-16 order differs from it beyond U+FFFF). */
export function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
