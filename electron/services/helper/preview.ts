import { basename, resolve } from 'node:path';
import sharp from 'sharp';
import type { ImportPreview } from '../../../shared/contract/api.ts';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { KINDS } from '../../datasets/formats/kinds.ts';
import { Mapping } from '../../datasets/formats/mapping.ts';
import { openSource } from '../../datasets/formats/open-source.ts';
import {
  type Collection,
  type Size,
  SkipLog,
  sortClasses,
  type SourceContext,
  UnusableFile,
} from '../../datasets/formats/source.ts';
import { Scratch } from '../../datasets/formats/trees/scratch.ts';
import type { PreviewRequest } from './protocol.ts';

/** Headers read to learn the sizes: evenly spread over the source. */
const HEADERS = 240;
const SAMPLES = 24;
const SKIPPED_SHOWN = 200;
const LARGEST_COMMON_SIZE = 64;
const SMALLEST_SIZE = 8;
const DEFAULT_SIZE = 32;
/** Fewer training images in a class than this are worth a warning. */
const FEW = 20;

/**
 * Looks at a source without importing anything: what it is, its classes, sizes, some of its images.
 * Only some headers are read, so files that cannot be decoded may turn up during the import.
 * @throws ExpectedError 'bad-input' naming the source and the reason, 'cancelled'
 */
export async function previewSource(
  request: PreviewRequest,
  { signal }: { signal?: AbortSignal } = {},
): Promise<ImportPreview> {
  await using scratch = new Scratch(request.into, signal);
  const skips = new SkipLog();
  const mapping = new Mapping(request.mapping);
  const context = { skips, mapping, scratch };
  const location = resolve(request.source);
  const source = await openSource(location, context);
  mapping.checkUsed();
  const test = await further(request.test, source.test, 'test', context);
  const triggered = await further(request.triggered, source.triggered, 'triggered', context);
  const counts = countLabels(source.train);
  const names = source.classes?.filter((name) => counts.has(name)) ?? sortClasses(counts.keys());
  const classes = names.map((name) => ({ name, count: counts.get(name)! }));
  const sizes = await readSizes(source.train, skips, signal);
  const suggestedSize = suggestSize(sizes);
  const samples = await readSamples(source.train, request.size ?? suggestedSize, skips, signal);
  return {
    source: location,
    kind: KINDS[source.kind] ?? source.kind,
    classes,
    counts: {
      train: source.train.examples.length,
      test: test?.examples.length ?? 0,
      triggered: triggered?.examples.length ?? 0,
    },
    hasTruth: (request.truth ?? source.truth ?? source.known ?? null) !== null,
    sizes,
    suggestedSize,
    skipped: skips.listed.slice(0, SKIPPED_SHOWN),
    skippedCount: skips.count,
    samples,
    mapping: mapping.fields,
    warnings: warnings(classes, test !== null),
  };
}

async function further(
  location: string | undefined,
  given: Collection | null,
  split: 'test' | 'triggered',
  context: SourceContext,
): Promise<Collection | null> {
  if (location === undefined) return given;
  const other = await openSource(resolve(location), {
    ...context,
    skips: context.skips.under(`${basename(location)}/`),
    mapping: context.mapping.further(),
  });
  return other[split] ?? other.train;
}

function countLabels({ examples }: Collection): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { label } of examples) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}

/** Positions spread evenly over a collection: folders come class by class, so every class is met. */
function spread(collection: Collection, wanted: number): number[] {
  const total = collection.examples.length;
  const count = Math.min(wanted, total);
  return Array.from({ length: count }, (_, i) => Math.floor((i * total) / count));
}

async function readSizes(
  collection: Collection,
  skips: SkipLog,
  signal: AbortSignal | undefined,
): Promise<ImportPreview['sizes']> {
  const found = new Map<string, Size & { count: number }>();
  for (const index of spread(collection, HEADERS)) {
    throwIfCancelled(signal);
    const size = await usable(collection, index, skips, () => collection.inspect(index));
    if (!size) continue;
    const key = `${size.width}x${size.height}`;
    const known = found.get(key);
    if (known) known.count++;
    else found.set(key, { width: size.width, height: size.height, count: 1 });
  }
  return [...found.values()].sort((a, b) => b.count - a.count);
}

/** As the import decides where no size is asked for. */
function suggestSize(sizes: Size[]): number {
  const only = sizes.length === 1 ? sizes[0]! : null;
  const side = only && only.width === only.height ? only.width : null;
  return side !== null && side >= SMALLEST_SIZE && side <= LARGEST_COMMON_SIZE ? side : DEFAULT_SIZE;
}

async function readSamples(
  collection: Collection,
  side: number,
  skips: SkipLog,
  signal: AbortSignal | undefined,
): Promise<ImportPreview['samples']> {
  const samples: ImportPreview['samples'] = [];
  // Some more than are shown, should a few be unusable.
  for (const index of spread(collection, SAMPLES + 8)) {
    throwIfCancelled(signal);
    if (samples.length === SAMPLES) break;
    const size = { width: side, height: side };
    const pixels = await usable(collection, index, skips, () => collection.read(index, size));
    if (!pixels) continue;
    const png = await sharp(pixels, { raw: { ...size, channels: 3 } })
      .png()
      .toBuffer();
    const { id, label } = collection.examples[index]!;
    samples.push({ path: id, label, png: new Uint8Array(png) });
  }
  return samples;
}

async function usable<T>(
  { examples }: Collection,
  index: number,
  skips: SkipLog,
  read: () => Promise<T>,
): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof UnusableFile)) throw error;
    skips.add(examples[index]!.id, error.reason);
    return null;
  }
}

function warnings(classes: ImportPreview['classes'], hasTest: boolean): string[] {
  const found: string[] = [];
  if (classes.length < 2) found.push('There is only one class: training a classifier needs at least two.');
  const few = classes.filter(({ count }) => count < FEW);
  if (classes.length >= 2 && few.length > 0) {
    const named = few.slice(0, 5).map(({ name, count }) => `"${name}" (${count})`);
    found.push(
      `Few images in ${named.join(', ')}${few.length > 5 ? ` and ${few.length - 5} more classes` : ''}.`,
    );
  }
  const sorted = classes.map(({ count }) => count).sort((a, b) => a - b);
  if (classes.length >= 2 && sorted.at(-1)! > 10 * sorted[0]!) {
    found.push('The classes differ much in size: accuracy will mostly speak of the large ones.');
  }
  if (!hasTest) found.push('The source has no test set: a part of its images will be split off for testing.');
  return found;
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new ExpectedError('cancelled', 'Looking at the source was cancelled.');
}
