import { ExpectedError } from '../../../shared/contract/errors.ts';
import { type StoredArray } from './arrays/stored-array.ts';
import { interleave, packedCollection, type PackedImages } from './packed.ts';
import { readPickle } from './pickle/interpreter.ts';
import { PickledArray, type PickledValue, textOf } from './pickle/values.ts';
import { Rows } from './rows.ts';
import { byCodePoint, type Source, refusing, UnusableFile } from './source.ts';
import { lastPart, type Tree } from './trees/tree.ts';

const SIDE = 32;
const IMAGE = 3 * SIDE * SIDE;

/** CIFAR-10's dictionaries have "labels", CIFAR-100's "fine_labels" beside "coarse_labels". */
const VARIANTS = [
  { kind: 'cifar100-pickle', labels: 'fine_labels', names: 'fine_label_names', classes: 100 },
  { kind: 'cifar10-pickle', labels: 'labels', names: 'label_names', classes: 10 },
] as const;
type Variant = (typeof VARIANTS)[number];

/** Whether a name is worth a look: `data_batch_1`, `test_batch`, `train`, `test`, without an ending. */
export function isCifarPickleName(name: string): boolean {
  return /^(data_batch_\d+|test_batch|train|test)$/i.test(name);
}

/** A pickle's dictionary by its keys as text; null when it is no dictionary. */
export function dictionaryOf(value: PickledValue): Map<string, PickledValue> | null {
  if (!(value instanceof Map)) return null;
  const found = new Map<string, PickledValue>();
  for (const [key, item] of value) {
    const text = textOf(key);
    if (text !== null) found.set(text, item);
  }
  return found;
}

/**
 * Opens the Python files of CIFAR-10 or CIFAR-100 (data: N x 3072 bytes, red, green and blue plane of each image).
 * @param names files of one folder. @param meta names of `batches.meta` or `meta` among them
 * @throws ExpectedError 'bad-input' naming the file and what is wrong with it
 */
export async function openCifarPickle(
  tree: Tree,
  names: string[],
  meta: string | undefined,
): Promise<Source> {
  const blocks: { name: string; variant: Variant; data: StoredArray; labels: number[] }[] = [];
  for (const name of [...names].sort(byCodePoint)) {
    const block = await inFile(tree, name, async () => readBatch(readPickle(await tree.open(name))));
    if (blocks[0] && blocks[0].variant !== block.variant) {
      throw new ExpectedError(
        'bad-input',
        `${tree.describe(name)} is of another kind (CIFAR-10, CIFAR-100) than ${blocks[0].name}.`,
      );
    }
    blocks.push({ name, ...block });
  }
  const { variant } = blocks[0]!;
  const named = meta === undefined ? undefined : await readNames(tree, meta, variant);
  const classes = named ?? numbers(variant.classes);
  const open = (chosen: typeof blocks): ReturnType<typeof packedCollection> | null =>
    chosen.length
      ? packedCollection(chosen.map(({ name, data, labels }) => unpack(name, data, labels, classes)))
      : null;
  const isTest = (name: string) => /^test/i.test(lastPart(name));
  const train = open(blocks.filter(({ name }) => !isTest(name)));
  const test = open(blocks.filter(({ name }) => isTest(name)));
  return {
    kind: variant.kind,
    train: train ?? test!,
    test: train ? test : null,
    triggered: null,
    classes,
    truth: null,
  };
}

function readBatch(value: PickledValue): { variant: Variant; data: StoredArray; labels: number[] } {
  const batch = dictionaryOf(value);
  const data = batch?.get('data');
  const variant = VARIANTS.find(({ labels }) => batch?.has(labels));
  if (!(data instanceof PickledArray) || !data.array || !variant) {
    throw new UnusableFile('it has no "data" with "labels" or "fine_labels", as CIFAR\'s Python files have');
  }
  const { shape, type, strides } = data.array;
  const plain = type.kind === 'unsigned' && type.bytes === 1 && strides[1] === 1;
  if (shape.length !== 2 || shape[1] !== IMAGE || !plain) {
    throw new UnusableFile(`its data of shape ${shape.join(' x ')} are not rows of ${IMAGE} bytes`);
  }
  const labels = batch!.get(variant.labels);
  if (!Array.isArray(labels) || labels.length !== shape[0]) {
    throw new UnusableFile(`it has not one of "${variant.labels}" for each of its ${shape[0]} images`);
  }
  labels.forEach((label, i) => {
    const fits =
      typeof label === 'number' && Number.isInteger(label) && label >= 0 && label < variant.classes;
    if (!fits)
      throw new UnusableFile(`the label of image ${i} is not a number from 0 to ${variant.classes - 1}`);
  });
  return { variant, data: data.array, labels: labels as number[] };
}

function unpack(name: string, data: StoredArray, labels: number[], classes: string[]): PackedImages {
  const rows = new Rows(data.slice, data.offset, IMAGE, labels.length);
  return {
    width: SIDE,
    height: SIDE,
    channels: 3,
    labels: labels.map((label) => classes[label]!),
    file: name,
    read: async (index) => interleave(await rows.read(index), 3),
  };
}

async function readNames(tree: Tree, file: string, variant: Variant): Promise<string[] | undefined> {
  const list = await inFile(tree, file, async () =>
    dictionaryOf(readPickle(await tree.open(file)))?.get(variant.names),
  );
  if (!Array.isArray(list)) return undefined;
  const names = list.map((name) => (textOf(name) ?? '').normalize('NFC').trim());
  return names.length === variant.classes && !names.includes('') && new Set(names).size === names.length
    ? names
    : undefined;
}

async function inFile<T>(tree: Tree, name: string, read: () => Promise<T>): Promise<T> {
  return refusing(`${tree.describe(name)} cannot be imported`, read);
}

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i));
}
