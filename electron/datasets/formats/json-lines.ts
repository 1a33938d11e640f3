import { ExpectedError } from '../../../shared/contract/errors.ts';
import { readText, type TableRow } from './table.ts';
import type { Tree } from './trees/tree.ts';

const MAX_KEYS = 200;

/** Whether a text begins as one JSON object per line, or as a list of objects. */
export function looksLikeJson(head: Buffer): boolean {
  return /^\ufeff?\s*(\[\s*)?\{/.test(head.toString('utf8'));
}

/**
 * Reads JSON objects, one per line or in one list, as a table whose first row are the keys. Nested objects and
 * lists are left out.
 * @throws ExpectedError 'bad-input' naming the file and the line
 */
export async function readJsonTable(tree: Tree, name: string): Promise<TableRow[]> {
  const file = tree.describe(name);
  const text = (await readText(tree, name)).replace(/^\ufeff/, '');
  const keys = new Map<string, number>();
  const rows: TableRow[] = [];
  for (const { line, value } of text.trimStart().startsWith('[') ? whole(file, text) : lines(file, text)) {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      throw new ExpectedError('bad-input', `${file}, line ${line}: each line must be an object in braces.`);
    }
    const cells: string[] = [];
    for (const [key, cell] of Object.entries(value)) {
      if (typeof cell === 'object' || cell === undefined) continue;
      if (!keys.has(key)) {
        if (keys.size >= MAX_KEYS)
          throw new ExpectedError('bad-input', `${file} has more than ${MAX_KEYS} keys.`);
        keys.set(key, keys.size);
      }
      cells[keys.get(key)!] = String(cell).trim();
    }
    rows.push({ line, cells: Array.from(cells, (cell) => cell ?? '') });
  }
  return rows.length === 0 ? [] : [{ line: 0, cells: [...keys.keys()] }, ...rows];
}

function* lines(file: string, text: string): Generator<{ line: number; value: unknown }> {
  let line = 0;
  for (const row of text.split('\n')) {
    line++;
    if (row.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(row);
    } catch (error) {
      throw new ExpectedError('bad-input', `${file}, line ${line} is not valid JSON.`, undefined, {
        cause: error,
      });
    }
    yield { line, value };
  }
}

function* whole(file: string, text: string): Generator<{ line: number; value: unknown }> {
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch (error) {
    throw new ExpectedError('bad-input', `${file} is not valid JSON.`, undefined, { cause: error });
  }
  let line = 0;
  for (const value of values as unknown[]) yield { line: ++line, value };
}
