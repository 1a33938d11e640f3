import type { CleanedSet } from './cleaned.ts';

/** What a cleaned data set consists of: what was kept, what was removed (so that it can be undone), the test set. */
export interface Part {
  name: 'train' | 'removed' | 'test';
  /** Split of the stored data set that it comes from. */
  split: 'train' | 'test';
  /** Positions in that split, rising. */
  indices: Int32Array;
}

/** Progress and cancelling of an export. */
export interface ExportHooks {
  signal?: AbortSignal | undefined;
  /** Units of `total`. */
  onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
}

/** The parts that are not empty. */
export function partsOf(set: CleanedSet): Part[] {
  const test = Int32Array.from({ length: set.stored.manifest.counts.test }, (_, i) => i);
  const removed = Int32Array.from(set.removed, ({ index }) => index).sort();
  const all: Part[] = [
    { name: 'train', split: 'train', indices: set.kept },
    { name: 'removed', split: 'train', indices: removed },
    { name: 'test', split: 'test', indices: test },
  ];
  return all.filter(({ indices }) => indices.length > 0);
}

/** Counts images towards the whole of a cleaned data set. */
export class ImageCounter {
  readonly #total: number;
  readonly #hooks: ExportHooks;
  #done = 0;

  constructor(set: CleanedSet, hooks: ExportHooks) {
    this.#total = partsOf(set).reduce((sum, { indices }) => sum + indices.length, 0);
    this.#hooks = hooks;
  }

  add(images: number): void {
    this.#done += images;
    this.#hooks.onProgress?.({ done: this.#done, total: this.#total });
  }
}
