import * as path from 'node:path';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { column, readTable } from './table.ts';
import type { Tree } from './trees/tree.ts';

export interface TruthRow {
  trueLabel: string;
  label: string;
  poisoned: boolean;
  /** The row's path as written. */
  path: string;
  line: number;
}

/**
 * Reads a truth list: columns path, true_label, label, poisoned (0 or 1).
 * @returns rows by path with '/' in normal form C, without a leading './'
 * @throws ExpectedError 'bad-input' naming file, line and reason
 */
export async function readTruthList(tree: Tree, name: string): Promise<Map<string, TruthRow>> {
  const file = tree.describe(name);
  const [header, ...rows] = await readTable(tree, name);
  const at = {
    path: column(header?.cells ?? [], ['path', 'file', 'filename']),
    trueLabel: column(header?.cells ?? [], ['truelabel']),
    label: column(header?.cells ?? [], ['label']),
    poisoned: column(header?.cells ?? [], ['poisoned']),
  };
  if (Object.values(at).includes(-1)) {
    throw new ExpectedError(
      'bad-input',
      `${file} needs a first line with the columns path,true_label,label,poisoned.`,
    );
  }
  const found = new Map<string, TruthRow>();
  for (const { line, cells } of rows) {
    const cell = (index: number) => (cells[index] ?? '').normalize('NFC');
    const flag = poisonFlag(cell(at.poisoned));
    const name = cell(at.path);
    if (!name || !cell(at.trueLabel) || !cell(at.label) || flag === null) {
      throw new ExpectedError(
        'bad-input',
        `${file}, line ${line}: path, labels or poisoned (0 or 1) are missing.`,
      );
    }
    const key = truthKey(name);
    if (found.has(key))
      throw new ExpectedError('bad-input', `${file}, line ${line}: ${name} is listed twice.`);
    found.set(key, {
      path: name,
      line,
      trueLabel: cell(at.trueLabel),
      label: cell(at.label),
      poisoned: flag,
    });
  }
  return found;
}

/** The form in which paths of truth lists and ids of examples are compared. */
export function truthKey(name: string): string {
  return path.posix.normalize(name.replaceAll('\\', '/')).normalize('NFC');
}

function poisonFlag(text: string): boolean | null {
  const word = text.toLowerCase();
  if (['1', 'true', 'yes'].includes(word)) return true;
  return ['0', 'false', 'no'].includes(word) ? false : null;
}
