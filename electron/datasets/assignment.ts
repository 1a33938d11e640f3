import { stream } from '../../shared/random.ts';

/**
 * Decides, image by image, which split a training candidate goes to. Of the first n clean images of a class
 * ceil((n - 1) * share) go to the test split: stratified, exact, never the only image of a class, and
 * independent of how many of the following files turn out to be unreadable.
 */
export class SplitAssignment {
  readonly #share: number;
  readonly #quota: number[] | null;
  readonly #seen: number[];
  readonly #trained: number[];

  /**
   * @param share part of each class that is split off as test, 0 to below 1
   * @param quota most training images per class; null = no limit
   */
  constructor(classes: number, share: number, quota: number[] | null) {
    this.#share = share;
    this.#quota = quota;
    this.#seen = new Array<number>(classes).fill(0);
    this.#trained = new Array<number>(classes).fill(0);
  }

  /** Whether further images of the class are wanted at all. */
  wants(label: number): boolean {
    return this.#quota === null || this.#trained[label]! < this.#quota[label]!;
  }

  /** @param poisoned known poison never enters the test split, which measures clean accuracy */
  next(label: number, poisoned: boolean): 'train' | 'test' | null {
    if (!this.wants(label)) return null;
    if (!poisoned) {
      const n = ++this.#seen[label]!;
      if (testCount(n, this.#share) > testCount(n - 1, this.#share)) return 'test';
    }
    this.#trained[label]!++;
    return 'train';
  }
}

function testCount(n: number, share: number): number {
  // The small term undoes rounding: 0.2 * 5 must not count as more than 1.
  return n < 1 ? 0 : Math.max(0, Math.ceil((n - 1) * share - 1e-9));
}

/**
 * Shares `limit` out among classes in proportion to their sizes (largest remainders), at least 1 each and at
 * most what a class has. @param limit at least the number of classes that are not empty
 */
export function classQuotas(sizes: number[], limit: number): number[] {
  const total = sizes.reduce((sum, n) => sum + n, 0);
  if (limit >= total) return [...sizes];
  const exact = sizes.map((n) => (n * limit) / total);
  const quota = exact.map((share, i) => Math.min(sizes[i]!, Math.max(1, Math.floor(share))));
  const byRemainder = exact.map((share, i) => ({ i, rest: share - Math.floor(share) }));
  byRemainder.sort((a, b) => b.rest - a.rest || a.i - b.i);
  let left = limit - quota.reduce((sum, n) => sum + n, 0);
  for (const { i } of byRemainder) {
    if (left <= 0) break;
    if (quota[i]! >= sizes[i]!) continue;
    quota[i]!++;
    left--;
  }
  // Classes raised to 1 may have overdrawn: the largest give back.
  while (left < 0) {
    const largest = quota.indexOf(Math.max(...quota));
    quota[largest]!--;
    left++;
  }
  return quota;
}

/** The items in a random order of the seed's own. */
export function shuffled<T>(items: T[], seed: number, ...names: string[]): T[] {
  const order = stream(seed, 'import', ...names).permutation(items.length);
  return Array.from(order, (i) => items[i]!);
}
