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
  /** Test examples whose pixels also occur in the training split. */
  testInTrain: count,
  /** The first pairs found: [earlier id, later id]. At most 100. */
  pairs: z.array(z.tuple([z.string(), z.string()])),
  /** Sizes of the source images in pixels, most frequent first. At most 50. */
  sizes: z.array(z.strictObject({ width: count, height: count, count })),
  /** Hidden and system files (.DS_Store, Thumbs.db, …) that were passed over. */
  hiddenFiles: count,
  /** Plain sentences worth showing. */
  warnings: z.array(z.string()),
});
export type Quality = z.infer<typeof qualitySchema>;

const MAX_PAIRS = 100;
const MAX_SIZES = 50;

interface Seen {
  id: string;
  label: number;
}

/** Collects the figures of `Quality` while images go by. */
export class QualityCheck {
  readonly #seen: Record<SplitName, Map<string, Seen>> = {
    train: new Map(),
    test: new Map(),
    triggered: new Map(),
  };
  readonly #duplicates: Record<SplitName, number> = { train: 0, test: 0, triggered: 0 };
  readonly #sizes = new Map<string, { width: number; height: number; count: number }>();
  readonly #pairs: [string, string][] = [];
  #conflicting = 0;

  addSize(width: number, height: number): void {
    const key = `${width}x${height}`;
    const known = this.#sizes.get(key);
    if (known) known.count++;
    else this.#sizes.set(key, { width, height, count: 1 });
  }

  /** Adds one stored example. @param pixels at the working size */
  addExample(split: SplitName, id: string, label: number, pixels: Uint8Array): void {
    const digest = createHash('sha1').update(pixels).digest('base64');
    const earlier = this.#seen[split].get(digest);
    if (!earlier) {
      this.#seen[split].set(digest, { id, label });
      return;
    }
    this.#duplicates[split]++;
    if (split === 'train' && earlier.label !== label) this.#conflicting++;
    this.#pair(earlier.id, id);
  }

  /** @param balance examples per class; warnings are completed with what was found here */
  finish(balance: Quality['balance'], hiddenFiles: number, warnings: string[]): Quality {
    let testInTrain = 0;
    for (const [digest, { id }] of this.#seen.test) {
      const twin = this.#seen.train.get(digest);
      if (!twin) continue;
      testInTrain++;
      this.#pair(twin.id, id);
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
      pairs: this.#pairs,
      sizes: [...this.#sizes.values()].sort((a, b) => b.count - a.count).slice(0, MAX_SIZES),
      hiddenFiles,
      warnings: found,
    };
  }

  #pair(earlier: string, later: string): void {
    if (this.#pairs.length < MAX_PAIRS) this.#pairs.push([earlier, later]);
  }
}
