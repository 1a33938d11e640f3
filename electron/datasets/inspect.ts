import { availableParallelism } from 'node:os';
import type { SplitName } from '../../shared/contract/dataset.ts';
import { type Collection, type Size, type SkipLog, type Source, UnusableFile } from './formats/source.ts';
import type { Plan } from './import-draft.ts';
import type { ImportHooks } from './import-options.ts';
import type { KnownTruth } from './import-truth.ts';
import { inOrder } from './in-order.ts';
import { SPLITS } from './manifest.ts';
import type { QualityCheck } from './quality.ts';

const DEFAULT_SIZE = 32;
const LARGEST_COMMON_SIZE = 64;
const SMALLEST_SIZE = 8;
const PROGRESS_EVERY = 50;

export interface Candidate {
  index: number;
  id: string;
  /** Provisional class index. */
  label: number;
}

export interface Opened {
  source: Source;
  splits: Record<SplitName, Collection | null>;
  truth: KnownTruth | null;
  /** Where the files of a split are noted that cannot be used: parts may come from different sources. */
  skips: Record<SplitName, SkipLog>;
}

export interface Usable {
  candidates: Record<SplitName, Candidate[]>;
  /** Provisional classes: all labels of all splits. */
  names: string[];
  sizes: Size[];
  /** Images that cannot be used: position and reason. */
  unusable: Plan['unusable'];
}

/** Reads every header: which images can be used at all, and how large they are. */
export async function inspect(
  opened: Opened,
  quality: QualityCheck,
  progress: Progress,
  signal: AbortSignal | undefined,
): Promise<Usable> {
  const candidates: Usable['candidates'] = { train: [], test: [], triggered: [] };
  const unusable: Plan['unusable'] = { train: [], test: [], triggered: [] };
  const sizes = new Map<string, Size>();
  const names = new Map<string, number>();
  for (const split of SPLITS) {
    const collection = opened.splits[split];
    if (!collection) continue;
    const work = (index: number) => attempt(collection.inspect(index));
    for await (const { item: index, result } of inOrder(collection.examples.keys(), work, WINDOW, signal)) {
      progress.step('Reading headers');
      const { id, label } = collection.examples[index]!;
      if (result instanceof UnusableFile) {
        opened.skips[split].add(id, result.reason);
        unusable[split].push([index, result.reason]);
        continue;
      }
      quality.addSize(result.width, result.height);
      sizes.set(`${result.width}x${result.height}`, result);
      if (!names.has(label)) names.set(label, names.size);
      candidates[split].push({ index, id, label: names.get(label)! });
    }
  }
  return { candidates, names: [...names.keys()], sizes: [...sizes.values()], unusable };
}

/** What an earlier import found in the same source, as if it was read again. */
export function recall(opened: Opened, quality: QualityCheck, plan: Plan, progress: Progress): Usable {
  const candidates: Usable['candidates'] = { train: [], test: [], triggered: [] };
  const labels = new Map(plan.names.map((name, i) => [name, i]));
  for (const split of SPLITS) {
    const unusable = new Map(plan.unusable[split]);
    for (const [index, { id, label }] of (opened.splits[split]?.examples ?? []).entries()) {
      const reason = unusable.get(index);
      if (reason !== undefined) opened.skips[split].add(id, reason);
      else candidates[split].push({ index, id, label: labels.get(label)! });
    }
  }
  for (const { width, height, count } of plan.sizes) quality.addSize(width, height, count);
  progress.skip(plan.total, RESUMED);
  const sizes = plan.sizes.map(({ width, height }) => ({ width, height }));
  return { candidates, names: plan.names, sizes, unusable: plan.unusable };
}

/** What the progress says of images that an earlier import decoded. */
export const RESUMED = 'Going on where the earlier import stopped';

/** The size that all images share, if a network can work on it and it is small; else 32 x 32. */
export function workingSize(sizes: Size[]): Size {
  const common = sizes.length === 1 ? sizes[0]! : null;
  const fits = (side: number) => side >= SMALLEST_SIZE && side <= LARGEST_COMMON_SIZE;
  if (common && fits(common.width) && fits(common.height)) return common;
  return { width: DEFAULT_SIZE, height: DEFAULT_SIZE };
}

/** libvips decodes in its own threads: enough at once to keep them busy, few enough to bound memory. */
export const WINDOW = 2 * Math.min(8, availableParallelism());

export async function attempt<T>(work: Promise<T>): Promise<T | UnusableFile> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof UnusableFile) return error;
    throw error;
  }
}

export class Progress {
  readonly #hooks: ImportHooks;
  readonly #total: number;
  #done = 0;

  /** @param images each is passed twice: header and pixels */
  constructor(hooks: ImportHooks, images: number) {
    this.#hooks = hooks;
    this.#total = 2 * images;
  }

  step(note: string): void {
    this.#done++;
    if (this.#done % PROGRESS_EVERY === 0)
      this.#hooks.onProgress?.({ done: this.#done, total: this.#total, note });
  }

  /** Images that an earlier import passed. */
  skip(images: number, note: string): void {
    this.#done += images;
    this.#hooks.onProgress?.({ done: this.#done, total: this.#total, note });
  }

  /** What comes before the first image: unpacking. */
  readonly preparing = (done: number, total: number): void => {
    this.#hooks.onProgress?.({ done: 0, total: this.#total, note: `Unpacking (${done} of ${total})` });
  };

  finish(): void {
    this.#hooks.onProgress?.({ done: this.#total, total: this.#total, note: 'Stored' });
  }
}
