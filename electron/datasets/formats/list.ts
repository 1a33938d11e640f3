import { ExpectedError } from '../../../shared/contract/errors.ts';
import { fileCollection } from './file-collection.ts';
import { NONE } from './mapping.ts';
import type { Collection, Example, Source, SourceContext } from './source.ts';
import { column, type TableRow } from './table.ts';
import { folderOf, type Tree } from './trees/tree.ts';

const PATH = [
  'path',
  'file',
  'filename',
  'filepath',
  'image',
  'imagepath',
  'img',
  'imagefile',
  'imageid',
  'name',
];
const LABEL = ['label', 'class', 'classname', 'classid', 'category', 'target', 'labelid', 'y'];
const SPLIT = ['split', 'set', 'subset', 'partition', 'usage', 'fold'];

type ListSplit = 'train' | 'test' | 'triggered';
const SPLITS: Record<string, ListSplit> = {
  train: 'train',
  training: 'train',
  test: 'test',
  testing: 'test',
  val: 'test',
  valid: 'test',
  validation: 'test',
  triggered: 'triggered',
  test_triggered: 'triggered',
};

interface Columns {
  path: number;
  label: number;
  /** -1 = the list knows no splits. */
  split: number;
  header: boolean;
}

/**
 * Opens a list of images: path and label in each line, optionally a split. Paths are relative to the list's
 * folder and must stay inside the source. A file that is missing or outside is passed over and listed.
 * @param rows the list's lines; of a list without a header the first is an image already
 * @throws ExpectedError 'bad-input' when no line names a file that exists
 */
export async function openList(
  kind: 'csv-list' | 'json-list',
  tree: Tree,
  name: string,
  rows: TableRow[],
  context: SourceContext,
): Promise<Source> {
  const file = tree.describe(name);
  const { skips } = context;
  if (rows.length === 0) throw new ExpectedError('bad-input', `The list ${file} is empty.`);
  const columns = findColumns(file, rows, context);
  const examples: Record<ListSplit, Example[]> = { train: [], test: [], triggered: [] };
  const seen = new Set<string>();
  for (const row of columns.header ? rows.slice(1) : rows) {
    const found = await readRow(row, columns, tree, folderOf(name), context);
    if (!found) continue;
    if (seen.has(found.example.id)) skips.add(`line ${row.line}`, `${found.example.id} is listed twice`);
    else examples[found.split].push(found.example);
    seen.add(found.example.id);
  }
  if (examples.train.length === 0) {
    const why = skips.count > 0 ? `: ${skips.summary()}` : '';
    throw new ExpectedError('bad-input', `The list ${file} names no usable training image${why}.`);
  }
  const optional = (list: Example[]): Collection | null => (list.length ? fileCollection(tree, list) : null);
  return {
    kind,
    train: fileCollection(tree, examples.train),
    test: optional(examples.test),
    triggered: optional(examples.triggered),
    classes: null,
    truth: null,
  };
}

function findColumns(file: string, rows: TableRow[], { mapping }: SourceContext): Columns {
  const first = rows[0]!.cells;
  const byName = { path: column(first, PATH), label: column(first, LABEL), split: column(first, SPLIT) };
  if (first.length < 2) {
    throw new ExpectedError(
      'bad-input',
      `${file} is not a list of labelled images: its first line has only one column.`,
      'Each line needs a path and a label; a header line may name them "path" and "label".',
    );
  }
  // Only a header line has cells that no file or class would be called.
  const header = byName.path >= 0 || byName.label >= 0;
  const splitWords = rows.every(({ cells }) => cells[2] !== undefined && cells[2].toLowerCase() in SPLITS);
  const guess = header
    ? { path: byName.path, label: byName.label, split: byName.split }
    : { path: 0, label: 1, split: splitWords ? 2 : -1 };
  if (guess.path < 0) guess.path = guess.label === 0 ? 1 : 0;
  if (guess.label < 0) guess.label = guess.path === 1 ? 0 : 1;
  const values = first.map((cell, i) => (header ? cell || `column ${i + 1}` : `column ${i + 1}`));
  const example = rows[header ? 1 : 0]?.cells ?? [];
  const choices = values.map((value, i) => ({
    value,
    text: example[i] ? `${value} (${example[i].slice(0, 40)})` : value,
  }));
  const sure = byName.path >= 0 && byName.label >= 0;
  const obvious = sure || (!header && first.length <= (splitWords ? 3 : 2));
  const ask = (key: 'image' | 'label', title: string, at: number) =>
    values.indexOf(mapping.ask(key, title, choices, values[at]!, obvious));
  const path = ask('image', 'Path of the image', guess.path);
  const label = ask('label', 'Label', guess.label);
  const none = { value: NONE, text: 'none' };
  const split = mapping.ask('split', 'Split', [none, ...choices], values[guess.split] ?? NONE, true);
  return { path, label, split: values.indexOf(split), header };
}

async function readRow(
  row: TableRow,
  columns: Columns,
  tree: Tree,
  base: string,
  { skips }: SourceContext,
): Promise<{ split: ListSplit; example: Example } | null> {
  const written = row.cells[columns.path] ?? '';
  const label = (row.cells[columns.label] ?? '').normalize('NFC');
  const where = `line ${row.line}`;
  if (!written || !label) {
    skips.add(where, written ? `no label for ${written}` : 'no path');
    return null;
  }
  const word = columns.split < 0 ? 'train' : (row.cells[columns.split] ?? '').toLowerCase();
  const split = Object.hasOwn(SPLITS, word) ? SPLITS[word] : undefined;
  if (!split) {
    skips.add(where, `unknown split "${word}" for ${written}`);
    return null;
  }
  const found = await tree.find(base, written);
  if ('name' in found) return { split, example: { id: found.name, label } };
  skips.add(written, found.reason);
  return null;
}
