import {
  byCodePoint,
  type Collection,
  type Source,
  type SourceContext,
  refusing,
  UnusableFile,
} from '../source.ts';
import { folderOf, lastPart, type Tree } from '../trees/tree.ts';
import { ParquetFile, type ParquetValue } from './parquet-file.ts';
import { parquetCollection, type LabelledRows } from './parquet-images.ts';

const IMAGE = /^(img|image|images|jpg|jpeg|png|picture|pixel_values)$/i;
const LABEL = /^(label|labels|fine_label|class|target|y|class_label|category)$/i;

/** Whether a file begins as Parquet. */
export function isParquetHead(head: Buffer): boolean {
  return head.toString('latin1', 0, 4) === 'PAR1';
}

/**
 * Opens Parquet files as Hugging Face data sets have them: a column with encoded images, one with labels; class names
 * in the file's notes. Files are training or test images by the beginning of their name.
 * @throws ExpectedError 'bad-input' naming the file and what is wrong with it
 */
export async function openParquet(tree: Tree, names: string[], context: SourceContext): Promise<Source> {
  const chosen = withoutRemoved(oneFolder(names, context), context);
  const split = (pattern: RegExp) => chosen.filter((name) => pattern.test(lastPart(name)));
  const tests = split(/^test/i);
  const validation = split(/^val/i);
  const test = tests.length > 0 ? tests : validation;
  const train = chosen.filter((name) => !tests.includes(name) && !validation.includes(name));
  if (train.length > 0 && tests.length > 0) {
    for (const name of validation)
      context.skips.add(name, 'validation images are left out beside test images');
  }
  const open = (files: string[]): Promise<Opened | null> =>
    files.length === 0 ? Promise.resolve(null) : openFiles(tree, files, context);
  const first = (await open(train.length > 0 ? train : test))!;
  const second = train.length > 0 ? await open(test) : null;
  return {
    kind: 'parquet',
    train: first.collection,
    test: second?.collection ?? null,
    triggered: null,
    classes: first.names,
    truth: null,
  };
}

interface Opened {
  collection: Collection;
  names: string[] | null;
}

async function openFiles(tree: Tree, files: string[], context: SourceContext): Promise<Opened> {
  const parts: LabelledRows[] = [];
  let names: string[] | null = null;
  for (const name of [...files].sort(byCodePoint)) {
    await refusing(`${tree.describe(name)} cannot be imported`, async () => {
      const file = await ParquetFile.open(await tree.open(name));
      const columns = askColumns(file, context);
      names ??= classNames(file, columns.label);
      parts.push({ file, name, column: columns.image, labels: await readLabels(file, columns.label, names) });
    });
  }
  return { collection: parquetCollection(parts, context), names };
}

function askColumns(file: ParquetFile, { mapping }: SourceContext): { image: string; label: string } {
  const ask = (role: 'image' | 'label', title: string, pattern: RegExp) => {
    const all = file.columns.filter((column) => column.role === role).map(({ name }) => name);
    const named = all.filter((name) => pattern.test(name));
    const guess = named[0] ?? all[0];
    if (guess === undefined) {
      const listed = file.columns.map(({ name }) => `"${name}"`).join(', ');
      const what = role === 'image' ? 'encoded images' : 'labels';
      throw new UnusableFile(`none of its columns holds ${what} (${listed || 'it has none'})`);
    }
    const choices = all.map((name) => ({ value: name, text: name }));
    const sure = all.length === 1 || named.length === 1;
    const answer = mapping.ask(role, title, choices, guess, sure);
    if (!all.includes(answer)) throw new UnusableFile(`it has no column "${answer}" as the first file has`);
    return answer;
  };
  return { image: ask('image', 'Column of images', IMAGE), label: ask('label', 'Column of labels', LABEL) };
}

/** Names of a ClassLabel in the notes of the `datasets` library. */
function classNames(file: ParquetFile, label: string): string[] | null {
  let notes: unknown;
  try {
    notes = JSON.parse(file.note('huggingface') ?? 'null');
  } catch {
    return null;
  }
  const features = (notes as { info?: { features?: Record<string, { names?: unknown }> } } | null)?.info
    ?.features;
  const names = features && Object.hasOwn(features, label) ? features[label]?.names : null;
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string' && name.trim() !== ''))
    return null;
  const plain = (names as string[]).map((name) => name.normalize('NFC').trim());
  return new Set(plain).size === plain.length ? plain : null;
}

/** A class name for each row; null = the row has no label that could be used. */
async function readLabels(
  file: ParquetFile,
  column: string,
  names: string[] | null,
): Promise<({ label: string } | { reason: string })[]> {
  const labels: ({ label: string } | { reason: string })[] = [];
  const known = new Map<unknown, { label: string } | { reason: string }>();
  for (let group = 0; group < file.groups.length; group++) {
    for (const value of await file.read(column, group)) {
      let label = known.get(value);
      if (!label) {
        label = classOf(value, names);
        // Texts come as bytes, each with an identity of its own.
        if (typeof value !== 'object') known.set(value, label);
      }
      labels.push(label);
    }
  }
  return labels;
}

function classOf(value: ParquetValue, names: string[] | null): { label: string } | { reason: string } {
  if (value === null || value === undefined) return { reason: 'it has no label' };
  if (typeof value === 'boolean') return { label: String(value) };
  if (typeof value === 'string' || value instanceof Uint8Array) {
    const text = (typeof value === 'string' ? value : Buffer.from(value).toString('utf8'))
      .normalize('NFC')
      .trim();
    return text === '' ? { reason: 'it has no label' } : { label: text };
  }
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) return { reason: `its label is ${String(value)}` };
  if (!names) return { label: String(number) };
  const name = names[number];
  return name === undefined
    ? { reason: `its label is ${number}, but there are ${names.length} classes` }
    : { label: name };
}

/** What was taken out of a cleaned data set lies beside what was kept, so that it can be undone: it is not training data. */
function withoutRemoved(names: string[], { skips }: SourceContext): string[] {
  const removed = names.filter((name) => /^removed\b/i.test(lastPart(name)));
  if (removed.length === names.length) return names;
  for (const name of removed) skips.add(name, 'what was removed from a cleaned data set is left out');
  return names.filter((name) => !removed.includes(name));
}

/** Several configurations of a data set lie in folders of their own: one is taken. */
function oneFolder(names: string[], { skips }: SourceContext): string[] {
  const folders = new Map<string, string[]>();
  for (const name of names) folders.set(folderOf(name), [...(folders.get(folderOf(name)) ?? []), name]);
  const [first, ...others] = [...folders].sort(([, a], [, b]) => b.length - a.length);
  for (const [folder] of others)
    skips.add(folder || '.', `another configuration than ${first![0] || 'the first'}`);
  return first![1];
}
