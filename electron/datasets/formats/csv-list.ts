import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { fileCollection } from './class-folders.ts';
import { isInside, SourceFolder } from './folder-scan.ts';
import type { Collection, Example, SkipLog, Source } from './source.ts';
import { column, readTable, type TableRow } from './table.ts';

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
 * folder and must stay inside it. A file that is missing or outside is passed over and listed.
 * @throws ExpectedError 'bad-input' when no line names a file that exists
 */
export async function openCsvList(file: string, skips: SkipLog): Promise<Source> {
  const rows = await readTable(file);
  if (rows.length === 0) throw new ExpectedError('bad-input', `The list ${file} is empty.`);
  const folder = new SourceFolder(await fs.realpath(path.dirname(file)), skips);
  const columns = findColumns(file, rows);
  const examples: Record<ListSplit, Example[]> = { train: [], test: [], triggered: [] };
  const seen = new Set<string>();
  for (const row of columns.header ? rows.slice(1) : rows) {
    const found = await readRow(row, columns, folder, skips);
    if (!found) continue;
    if (seen.has(found.example.id)) skips.add(`line ${row.line}`, `${found.example.id} is listed twice`);
    else examples[found.split].push(found.example);
    seen.add(found.example.id);
  }
  if (examples.train.length === 0) {
    const why = skips.count > 0 ? `: ${skips.summary()}` : '';
    throw new ExpectedError('bad-input', `The list ${file} names no usable training image${why}.`);
  }
  const optional = (list: Example[]): Collection | null =>
    list.length ? fileCollection(folder, list) : null;
  return {
    kind: 'csv-list',
    train: fileCollection(folder, examples.train),
    test: optional(examples.test),
    triggered: optional(examples.triggered),
    classes: null,
    truth: null,
  };
}

function findColumns(file: string, rows: TableRow[]): Columns {
  const first = rows[0]!.cells;
  const byName = { path: column(first, PATH), label: column(first, LABEL), split: column(first, SPLIT) };
  if (byName.path >= 0 && byName.label >= 0) return { ...byName, header: true };
  if (first.length < 2) {
    throw new ExpectedError(
      'bad-input',
      `${file} is not a list of labelled images: its first line has only one column.`,
      'Each line needs a path and a label; a header line may name them "path" and "label".',
    );
  }
  const splits = rows.every(({ cells }) => cells[2] !== undefined && cells[2].toLowerCase() in SPLITS);
  return { path: 0, label: 1, split: splits ? 2 : -1, header: false };
}

async function readRow(
  row: TableRow,
  columns: Columns,
  folder: SourceFolder,
  skips: SkipLog,
): Promise<{ split: ListSplit; example: Example } | null> {
  const name = row.cells[columns.path] ?? '';
  const label = (row.cells[columns.label] ?? '').normalize('NFC');
  const where = `line ${row.line}`;
  if (!name || !label) {
    skips.add(where, name ? `no label for ${name}` : 'no path');
    return null;
  }
  const word = columns.split < 0 ? 'train' : (row.cells[columns.split] ?? '').toLowerCase();
  const split = Object.hasOwn(SPLITS, word) ? SPLITS[word] : undefined;
  if (!split) {
    skips.add(where, `unknown split "${word}" for ${name}`);
    return null;
  }
  const id = await locate(name, folder, skips);
  return id === null ? null : { split, example: { id, label } };
}

/** The listed path relative to the list's folder, with '/'; null when there is no such file inside it. */
async function locate(name: string, folder: SourceFolder, skips: SkipLog): Promise<string | null> {
  const portable = process.platform === 'win32' ? name : name.replaceAll('\\', '/');
  const absolute = path.resolve(folder.root, portable);
  if (!isInside(folder.root, absolute)) {
    skips.add(name, 'the list names a file outside its own folder');
    return null;
  }
  for (const form of [absolute, absolute.normalize('NFC'), absolute.normalize('NFD')]) {
    const real = await fs.realpath(form).catch(() => null);
    if (real === null) continue;
    if (isInside(folder.root, real)) return path.relative(folder.root, form).split(path.sep).join('/');
    skips.add(name, 'a link that leaves the source folder');
    return null;
  }
  skips.add(name, 'the list names this file, but it does not exist');
  return null;
}
