import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { SplitName } from '../../shared/contract/dataset.ts';

const count = z.int().min(0);
const bySplit = z.strictObject({ train: count, test: count, triggered: count });

/** `quality.json` of a stored data set: what an import noticed about the images. */
export const qualitySchema = z.strictObject({
  format: z.literal(1),
  /** Examples per class, in the order of the manifest's classes. */
  balance: z.strictObject({ train: z.array(count), test: z.array(count), triggered: z.array(count) }),
  /** Examples that repeat an earlier one of the same split, pixel for pixel at the working size. */
  duplicates: bySplit,
  /** Training examples that repeat an earlier one under another label. */
  conflicting: count,
  /** Different test images whose pixels also occur in the training split. */
  testInTrain: count,
  /** Positions, within one split, of images that are the same pixel for pixel. At most 100 groups. */
  groups: z.array(z.strictObject({ split: z.enum(['train', 'test', 'triggered']), indices: z.array(count) })),
  /** Sizes of the source images in pixels, most frequent first. At most 50. */
  sizes: z.array(z.strictObject({ width: count, height: count, count })),
  /** Hidden and system files (.DS_Store, Thumbs.db, …) that were passed over. */
  hiddenFiles: count,
  /** Plain sentences worth showing. */
  warnings: z.array(z.string()),
});
export type Quality = z.infer<typeof qualitySchema>;

const MAX_GROUPS = 100;
const MAX_IN_GROUP = 100;
const MAX_SIZES = 50;

interface Seen {
  index: number;
  label: number;
  group: number[] | null;
}

/** Collects the figures of `Quality` while images go by. */
export class QualityCheck {
  readonly #seen: Record<SplitName, Map<string, Seen>> = {
    train: new Map(),
    test: new Map(),
    triggered: new Map(),
  };
  readonly #counts: Record<SplitName, number> = { train: 0, test: 0, triggered: 0 };
  readonly #duplicates: Record<SplitName, number> = { train: 0, test: 0, triggered: 0 };
  readonly #sizes = new Map<string, { width: number; height: number; count: number }>();
  readonly #groups: { split: SplitName; indices: number[] }[] = [];
  #conflicting = 0;

  addSize(width: number, height: number, count = 1): void {
    const key = `${width}x${height}`;
    const known = this.#sizes.get(key);
    if (known) known.count += count;
    else this.#sizes.set(key, { width, height, count });
  }

  /** Sizes so far with their numbers, in the order in which they came. */
  get sizes(): { width: number; height: number; count: number }[] {
    return [...this.#sizes.values()];
  }

  /** Adds the next stored example of a split. @param pixels at the working size */
  addExample(split: SplitName, label: number, pixels: Uint8Array): void {
    const index = this.#counts[split]++;
    const digest = createHash('sha1').update(pixels).digest('base64');
    const earlier = this.#seen[split].get(digest);
    if (!earlier) {
      this.#seen[split].set(digest, { index, label, group: null });
      return;
    }
    this.#duplicates[split]++;
    if (split === 'train' && earlier.label !== label) this.#conflicting++;
    if (earlier.group === null && this.#groups.length < MAX_GROUPS) {
      earlier.group = [earlier.index];
      this.#groups.push({ split, indices: earlier.group });
    }
    if (earlier.group && earlier.group.length < MAX_IN_GROUP) earlier.group.push(index);
  }

  /** @param balance examples per class; warnings are completed with what was found here */
  finish(balance: Quality['balance'], hiddenFiles: number, warnings: string[]): Quality {
    let testInTrain = 0;
    for (const digest of this.#seen.test.keys()) {
      if (this.#seen.train.has(digest)) testInTrain++;
    }
    const found = [...warnings];
    if (this.#conflicting > 0) {
      found.push(`${this.#conflicting} training images repeat another one under a different label.`);
    }
    if (testInTrain > 0) {
      found.push(`${testInTrain} test images also occur in the training split: accuracy will look too good.`);
    }
    return {
      format: 1,
      balance,
      duplicates: { ...this.#duplicates },
      conflicting: this.#conflicting,
      testInTrain,
      groups: this.#groups,
      sizes: [...this.#sizes.values()].sort((a, b) => b.count - a.count).slice(0, MAX_SIZES),
      hiddenFiles,
      warnings: found,
    };
  }
}
