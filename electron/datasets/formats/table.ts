import { CsvError } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { refusing } from './source.ts';
import type { Tree } from './trees/tree.ts';

/** A line for each of a million images. */
const MAX_TABLE_BYTES = 100 * 1000 * 1000;

export interface TableRow {
  /** 1-based line in the file. */
  line: number;
  cells: string[];
}

/** Lists for spreadsheets, ours too, lead what would be taken for a formula by an apostrophe. It belongs to no name. */
const LED = /^'(?=[=+\-@])/;

/**
 * Reads a table of text: RFC 4180, separated by comma, semicolon or tab (found from the first line), UTF-8
 * with or without byte-order mark. Cells are trimmed, blank lines left out; an apostrophe before a sign that begins a
 * formula (= + - @) is dropped.
 * @throws ExpectedError 'bad-input' naming the file, and the line where there is one
 */
export async function readTable(tree: Tree, name: string): Promise<TableRow[]> {
  const file = tree.describe(name);
  const text = await readText(tree, name);
  const firstLine = /^[^\r\n]*/.exec(text)![0];
  try {
    const records = parse(text, {
      bom: true,
      delimiter: separator(firstLine),
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      info: true,
    }) as unknown as { record: string[]; info: { lines: number } }[];
    return records
      .map(({ record, info }) => ({ line: info.lines, cells: record.map((cell) => cell.replace(LED, '')) }))
      .filter(({ cells }) => cells.some((cell) => cell !== ''));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const reason =
      error.code === 'CSV_QUOTE_NOT_CLOSED'
        ? `a quotation mark that is opened in line ${lineOfOpenQuote(text)} is never closed`
        : `line ${error['lines']} cannot be read as CSV`;
    throw new ExpectedError('bad-input', `${file} is not a valid CSV table: ${reason}.`, undefined, {
      cause: error,
    });
  }
}

/** The parser only knows the line where the text ends. Doubled quotation marks stand for one inside a cell. */
function lineOfOpenQuote(text: string): number {
  let opened = -1;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) {
    if (opened < 0) opened = at;
    else if (text[at + 1] === '"') at++;
    else opened = -1;
  }
  return text.slice(0, opened).split(/\r\n|\n|\r/).length;
}

/** Index of the first of `names` among the header cells; -1 = none. */
export function column(header: string[], names: string[]): number {
  const plain = header.map((cell) => cell.toLowerCase().replace(/[\s_-]+/g, ''));
  for (const name of names) {
    const index = plain.indexOf(name);
    if (index >= 0) return index;
  }
  return -1;
}

/** A whole text. @throws ExpectedError 'bad-input' naming the file when it is too large or not UTF-8 */
export async function readText(tree: Tree, name: string): Promise<string> {
  const file = tree.describe(name);
  const bytes = await refusing(`${file} cannot be read`, () => tree.read(name, MAX_TABLE_BYTES));
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ExpectedError('bad-input', `${file} is not UTF-8 text.`, 'Save it as "CSV UTF-8".');
  }
}

function separator(firstLine: string): string {
  const plain = firstLine.replace(/"[^"]*"/g, '');
  const counts = [',', ';', '\t'].map((mark) => ({ mark, count: plain.split(mark).length }));
  return counts.reduce((best, next) => (next.count > best.count ? next : best)).mark;
}
