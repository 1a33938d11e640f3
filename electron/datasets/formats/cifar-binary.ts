import { ExpectedError } from '../../../shared/contract/errors.ts';
import { interleave, packedCollection, type PackedImages } from './packed.ts';
import { Rows } from './rows.ts';
import { byCodePoint, type Source } from './source.ts';
import type { FileSlice } from './trees/file-slice.ts';
import { folderOf, joined, lastPart, type Tree } from './trees/tree.ts';

const SIDE = 32;
const PLANE = SIDE * SIDE;
const IMAGE = 3 * PLANE;

/** CIFAR-10 records: label, then 3 planes. CIFAR-100 records: coarse label, fine label, then 3 planes. */
const VARIANTS = [
  { kind: 'cifar10-binary', labelBytes: 1, classes: 10, coarse: 0, names: 'batches.meta.txt' },
  { kind: 'cifar100-binary', labelBytes: 2, classes: 100, coarse: 20, names: 'fine_label_names.txt' },
] as const;
type Variant = (typeof VARIANTS)[number];

interface Block {
  name: string;
  slice: FileSlice;
  variant: Variant;
  labels: Uint8Array;
}

/** Whether a name is worth a look: `data_batch_1.bin`, `test_batch.bin`, `train.bin`, `test.bin`. */
export function isCifarName(name: string): boolean {
  return /^(data_batch_\d+|test_batch|train|test)\.bin$/i.test(name);
}

/** The variant that a file is, by its length and every label in it; null = none. */
async function recognise(slice: FileSlice): Promise<{ variant: Variant; labels: Uint8Array } | null> {
  for (const variant of VARIANTS) {
    const record = variant.labelBytes + IMAGE;
    if (slice.length === 0 || slice.length % record !== 0) continue;
    const labels = new Uint8Array(slice.length / record);
    const rows = new Rows(slice, 0, record, labels.length);
    let fits = true;
    for (let i = 0; fits && i < labels.length; i++) {
      const bytes = await rows.read(i);
      labels[i] = bytes[variant.labelBytes - 1]!;
      fits = labels[i]! < variant.classes && (variant.labelBytes === 1 || bytes[0]! < variant.coarse);
    }
    if (fits) return { variant, labels };
  }
  return null;
}

/** Whether a file's content is a CIFAR binary. */
export async function isCifarContent(slice: FileSlice): Promise<boolean> {
  return (await recognise(slice)) !== null;
}

/**
 * Opens CIFAR-10 or CIFAR-100 binary files of one folder. Class names come from the list beside them, else they
 * are the label numbers.
 * @throws ExpectedError 'bad-input' naming the file that is cut short or has labels out of range
 */
export async function openCifarBinary(tree: Tree, names: string[]): Promise<Source> {
  const blocks: Block[] = [];
  for (const name of [...names].sort(byCodePoint)) {
    const file = tree.describe(name);
    const slice = await tree.open(name);
    const found = await recognise(slice);
    if (!found) {
      throw new ExpectedError(
        'bad-input',
        `${file} is not a CIFAR binary file: its length of ${slice.length} bytes or its labels do not fit.`,
        'The download may have been cut short: fetch it again.',
      );
    }
    if (blocks[0] && blocks[0].variant !== found.variant) {
      throw new ExpectedError(
        'bad-input',
        `${file} is of another kind (CIFAR-10, CIFAR-100) than ${blocks[0].name}.`,
      );
    }
    blocks.push({ name, slice, ...found });
  }
  const variant = blocks[0]!.variant;
  const classes = await classNames(tree, folderOf(blocks[0]!.name), variant);
  const open = (chosen: Block[]) =>
    chosen.length ? packedCollection(chosen.map((block) => unpack(block, classes))) : null;
  const isTest = ({ name }: Block) => /^test/i.test(lastPart(name));
  const train = open(blocks.filter((block) => !isTest(block)));
  const test = open(blocks.filter(isTest));
  // A test file chosen on its own is simply the only data there is.
  return {
    kind: variant.kind,
    train: train ?? test!,
    test: train ? test : null,
    triggered: null,
    classes,
    truth: null,
  };
}

function unpack({ name, slice, variant, labels }: Block, classes: string[]): PackedImages {
  const rows = new Rows(slice, 0, variant.labelBytes + IMAGE, labels.length);
  return {
    width: SIDE,
    height: SIDE,
    channels: 3,
    labels: Array.from(labels, (label) => classes[label]!),
    file: name,
    read: async (index) => interleave((await rows.read(index)).subarray(variant.labelBytes), 3),
  };
}

async function classNames(tree: Tree, folder: string, variant: Variant): Promise<string[]> {
  const numbers = Array.from({ length: variant.classes }, (_, i) => String(i));
  const file = joined(folder, variant.names);
  if (!(await tree.list(folder)).files.includes(file)) return numbers;
  const text = (await tree.read(file, 1 << 20)).toString('utf8');
  const names = text
    .split('\n')
    .map((line) => line.trim().normalize('NFC'))
    .filter((line) => line !== '');
  return names.length === variant.classes && new Set(names).size === names.length ? names : numbers;
}
