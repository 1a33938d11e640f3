import { ExpectedError } from '../../../shared/contract/errors.ts';
import { openIdxArray } from './idx-array.ts';
import { packedCollection, type PackedImages } from './packed.ts';
import { Rows } from './rows.ts';
import { byCodePoint, type Source, type SourceContext } from './source.ts';
import type { Tree } from './trees/tree.ts';

/** Whether a name resembles those of MNIST: the content has to decide. */
export function isIdxName(name: string): boolean {
  return /(images|labels).*(idx\d?|ubyte)/i.test(name);
}

/** Whether a name is one of MNIST's own: `train-images-idx3-ubyte`, `t10k-labels.idx1-ubyte.gz`, … */
export function isMnistName(name: string): boolean {
  return /(images|labels)[-.]idx\d[-.]ubyte(\.gz)?$/i.test(name);
}

/**
 * Opens pairs of IDX files, packed with gzip or not: images (N x height x width, or with 1 or 3 channels last)
 * and labels (N). Files are paired by name; names with "t10k" or "test" are the test split. Classes are the numbers.
 * @param names files of one folder; of a chosen images file the labels are looked for among them
 * @throws ExpectedError 'bad-input' naming the file that is cut short, alone, or of another length than its partner
 */
export async function openIdx(
  tree: Tree,
  names: string[],
  context: SourceContext,
  only?: string,
): Promise<Source> {
  const chosen = only === undefined ? names : names.filter((name) => stem(name) === stem(only));
  const images = chosen.filter((name) => /images/i.test(name)).sort(byCodePoint);
  if (images.length === 0) {
    throw new ExpectedError(
      'bad-input',
      `There is no IDX images file in ${tree.root}.`,
      'Its name must say "images".',
    );
  }
  const train: PackedImages[] = [];
  const test: PackedImages[] = [];
  const taken = new Set<string>();
  for (const name of images) {
    // The same file is often there both packed and unpacked.
    if (taken.has(stem(name))) continue;
    taken.add(stem(name));
    const labels = chosen.find((other) => /labels/i.test(other) && stem(other) === stem(name));
    if (!labels) {
      throw new ExpectedError('bad-input', `${tree.describe(name)} has no labels file beside it.`);
    }
    (/t10k|test/i.test(name) ? test : train).push(await openPair(tree, name, labels, context));
  }
  return {
    kind: 'idx',
    train: packedCollection(train.length ? train : test),
    test: train.length && test.length ? packedCollection(test) : null,
    triggered: null,
    classes: null,
    truth: null,
  };
}

/** What a pair of names has in common. */
function stem(name: string): string {
  return name
    .toLowerCase()
    .replace(/\.gz$/, '')
    .replace(/images|labels/, '*')
    .replace(/idx\d/, 'idx');
}

async function openPair(
  tree: Tree,
  imagesName: string,
  labelsName: string,
  { scratch }: SourceContext,
): Promise<PackedImages> {
  const imagesFile = tree.describe(imagesName);
  const labelsFile = tree.describe(labelsName);
  const images = await openIdxArray(tree, imagesName, scratch);
  const labels = await openIdxArray(tree, labelsName, scratch);
  const [count, height, width, channels = 1] = images.shape;
  const drawable =
    images.shape.length >= 3 && height! > 0 && width! > 0 && (channels === 1 || channels === 3);
  if (!drawable) {
    throw new ExpectedError(
      'bad-input',
      `${imagesFile} does not hold images: its shape is ${images.shape.join(' x ')}.`,
    );
  }
  if (labels.shape.length !== 1 || labels.shape[0] !== count) {
    throw new ExpectedError(
      'bad-input',
      `${labelsFile} does not match ${imagesFile}: ${labels.shape.join(' x ')} labels for ${count} images.`,
    );
  }
  const rows = new Rows(images.slice, images.offset, height! * width! * channels, count!);
  return {
    width: width!,
    height: height!,
    channels: channels as 1 | 3,
    labels: Array.from(await labels.slice.read(labels.offset, count!), String),
    file: imagesName,
    read: (index) => rows.read(index),
  };
}
