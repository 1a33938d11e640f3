import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { packedCollection, type PackedImages, readPacked } from './packed.ts';
import { byCodePoint, type Source } from './source.ts';

const SIDE = 32;
const PLANE = SIDE * SIDE;
const IMAGE = 3 * PLANE;

/** CIFAR-10 records: label, then 3 planes. CIFAR-100 records: coarse label, fine label, then 3 planes. */
const VARIANTS = [
  { kind: 'cifar10-binary', labelBytes: 1, classes: 10, coarse: 0, names: 'batches.meta.txt' },
  { kind: 'cifar100-binary', labelBytes: 2, classes: 100, coarse: 20, names: 'fine_label_names.txt' },
] as const;
type Variant = (typeof VARIANTS)[number];

/** Whether a name is worth a look: `data_batch_1.bin`, `test_batch.bin`, `train.bin`, `test.bin`. */
export function isCifarName(name: string): boolean {
  return /^(data_batch_\d+|test_batch|train|test)\.bin$/i.test(name);
}

/** The variant that the bytes are, by their length and every label in them; null = none. */
function variantOf(bytes: Uint8Array): Variant | null {
  for (const variant of VARIANTS) {
    const record = variant.labelBytes + IMAGE;
    if (bytes.length === 0 || bytes.length % record !== 0) continue;
    let fits = true;
    for (let at = 0; fits && at < bytes.length; at += record) {
      fits = bytes[at + variant.labelBytes - 1]! < variant.classes;
      if (variant.labelBytes === 2) fits &&= bytes[at]! < variant.coarse;
    }
    if (fits) return variant;
  }
  return null;
}

/** Whether a file's content is a CIFAR binary. */
export function isCifarContent(bytes: Uint8Array): boolean {
  return variantOf(bytes) !== null;
}

/**
 * Opens CIFAR-10 or CIFAR-100 binary files of one folder. Class names come from the list beside them, else they
 * are the label numbers.
 * @param names file names in `folder`
 * @throws ExpectedError 'bad-input' naming the file that is cut short or has labels out of range
 */
export async function openCifarBinary(folder: string, names: string[]): Promise<Source> {
  const blocks: { name: string; bytes: Buffer; variant: Variant }[] = [];
  for (const name of [...names].sort(byCodePoint)) {
    const file = path.join(folder, name);
    const bytes = await readPacked(file);
    const variant = variantOf(bytes);
    if (!variant) {
      throw new ExpectedError(
        'bad-input',
        `${file} is not a CIFAR binary file: its length of ${bytes.length} bytes or its labels do not fit.`,
        'The download may have been cut short: fetch it again.',
      );
    }
    if (blocks[0] && blocks[0].variant !== variant) {
      throw new ExpectedError(
        'bad-input',
        `${file} is of another kind (CIFAR-10, CIFAR-100) than ${blocks[0].name}.`,
      );
    }
    blocks.push({ name, bytes, variant });
  }
  const variant = blocks[0]!.variant;
  const classes = await classNames(folder, variant);
  const open = (chosen: typeof blocks) =>
    chosen.length ? packedCollection(chosen.map((b) => unpack(b.name, b.bytes, variant, classes))) : null;
  const isTest = (name: string) => /^test/i.test(name);
  const train = open(blocks.filter((b) => !isTest(b.name)));
  const test = open(blocks.filter((b) => isTest(b.name)));
  if (!train && !test) throw new ExpectedError('bad-input', `${folder} holds no CIFAR binary file.`);
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

function unpack(file: string, bytes: Uint8Array, variant: Variant, classes: string[]): PackedImages {
  const record = variant.labelBytes + IMAGE;
  const count = bytes.length / record;
  const pixels = new Uint8Array(count * IMAGE);
  const labels: string[] = [];
  for (let i = 0; i < count; i++) {
    const at = i * record + variant.labelBytes;
    labels.push(classes[bytes[at - 1]!]!);
    for (let p = 0; p < PLANE; p++) {
      const to = i * IMAGE + 3 * p;
      pixels[to] = bytes[at + p]!;
      pixels[to + 1] = bytes[at + PLANE + p]!;
      pixels[to + 2] = bytes[at + 2 * PLANE + p]!;
    }
  }
  return { width: SIDE, height: SIDE, channels: 3, pixels, labels, file };
}

async function classNames(folder: string, variant: Variant): Promise<string[]> {
  const numbers = Array.from({ length: variant.classes }, (_, i) => String(i));
  const text = await fs.readFile(path.join(folder, variant.names), 'utf8').catch(() => '');
  const names = text
    .split('\n')
    .map((line) => line.trim().normalize('NFC'))
    .filter((line) => line !== '');
  return names.length === variant.classes && new Set(names).size === names.length ? names : numbers;
}
