import type { DatasetManifest } from '../../shared/contract/dataset.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { drawSample } from '../../shared/sample/draw.ts';
import { SIGNS } from '../../shared/sample/signs.ts';
import { checkName, type ImportHooks } from './import-options.ts';
import { QualityCheck } from './quality.ts';
import { appendSet, writeDataset } from './writer.ts';

export interface SampleOptions {
  /** The folder that holds the stored data sets. */
  into: string;
  seed: number;
  /** Images of each of the ten classes, 1 to 100,000. */
  trainPerClass: number;
  /** 0 to 100,000; 0 = no test split. */
  testPerClass: number;
  /** Side in pixels, 16 to 128. */
  size: number;
  name?: string;
}

/**
 * Draws the generated sample data set "signs" and stores it: clean, free of any licence, the same for the same
 * seed. @throws ExpectedError 'usage', 'storage', 'cancelled'
 */
export async function createSample(
  options: SampleOptions,
  hooks: ImportHooks = {},
): Promise<DatasetManifest> {
  const { into, seed, trainPerClass, testPerClass, size } = options;
  requireRange('The number of training images per class', trainPerClass, 1, 100_000);
  requireRange('The number of test images per class', testPerClass, 0, 100_000);
  requireRange('The image size', size, 16, 128);
  requireRange('The seed', seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const name = checkName(options.name ?? 'Signs (sample)');
  const classes = SIGNS.map((sign) => sign.name);
  return writeDataset(into, async (dataset) => {
    const quality = new QualityCheck();
    const total = (trainPerClass + testPerClass) * classes.length;
    let done = 0;
    for (const [part, perClass] of [
      ['train', trainPerClass],
      ['test', testPerClass],
    ] as const) {
      for (let from = 0; from < perClass; from += SLICE) {
        if (hooks.signal?.aborted) throw new ExpectedError('cancelled', 'Drawing the sample was cancelled.');
        const set = drawSample({ seed, part, perClass: Math.min(SLICE, perClass - from), from, size });
        const ids = Array.from(
          set.labels,
          (label, i) => `${part}/${classes[label]}/${number(from, i, classes.length)}`,
        );
        await appendSet(dataset, part, set, ids);
        const one = size * size * 3;
        for (let i = 0; i < set.count; i++) {
          quality.addSize(size, size);
          quality.addExample(part, set.labels[i]!, set.images.subarray(i * one, (i + 1) * one));
        }
        done += set.count;
        hooks.onProgress?.({ done, total, note: 'Drawing signs' });
      }
    }
    const balance = {
      train: classes.map(() => trainPerClass),
      test: classes.map(() => testPerClass),
      triggered: classes.map(() => 0),
    };
    return {
      manifest: {
        name,
        source: `generated, seed ${seed}`,
        sourceKind: 'sample',
        classes,
        height: size,
        width: size,
        channels: 3,
        testOrigin: testPerClass > 0 ? ('given' as const) : ('none' as const),
        target: null,
        attack: null,
        skipped: [],
        skippedCount: 0,
      },
      truth: null,
      quality: quality.finish(balance, 0, []),
    };
  });
}

/** Images per class that are drawn before progress is shown and cancelling is possible. */
const SLICE = 50;

function number(from: number, index: number, classes: number): string {
  return String(from + Math.floor(index / classes)).padStart(5, '0');
}

function requireRange(what: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw new ExpectedError('usage', `${what} must be a whole number from ${low} to ${high}, not ${value}.`);
}
