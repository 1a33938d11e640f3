import { ExpectedError } from '../../shared/contract/errors.ts';
import type { SplitName } from '../../shared/contract/dataset.ts';
import type { Collection, KnownPoison, SkipLog } from './formats/source.ts';
import type { Tree } from './formats/trees/tree.ts';
import { readTruthList, truthKey, type TruthRow } from './formats/truth-list.ts';

/** What is known about the training candidates, by their position in the collection. */
export interface KnownTruth {
  file: string;
  rows: (TruthRow | undefined)[];
}

/** Names of a split in truth lists' paths. */
const FOLDERS: Record<SplitName, string[]> = {
  train: ['train'],
  test: ['test'],
  triggered: ['test_triggered', 'triggered'],
};

/**
 * Reads a truth list and ties it to the examples. Paths count from the source, from the list's own folder, or
 * from above the split folders.
 * @param base the list's folder as seen from the source
 * @throws ExpectedError 'bad-input' when a row names a missing file or a label does not match
 */
export async function matchTruth(
  tree: Tree,
  name: string,
  base: string,
  splits: Record<SplitName, Collection | null>,
  skips: SkipLog,
): Promise<KnownTruth> {
  const file = tree.describe(name);
  const rows = await readTruthList(tree, name);
  const known: (TruthRow | undefined)[] = [];
  const used = new Set<TruthRow>();
  for (const split of ['train', 'test', 'triggered'] as const) {
    for (const example of splits[split]?.examples ?? []) {
      const row = keysOf(example.id, base, split)
        .map((key) => rows.get(key))
        .find((found) => found && !used.has(found));
      if (row) checkLabel(file, row, example.label, split);
      if (split === 'train') known.push(row);
      if (row) used.add(row);
    }
  }
  for (const row of rows.values()) {
    if (used.has(row) || wasSkipped(row.path, base, skips)) continue;
    throw new ExpectedError(
      'bad-input',
      `${file}, line ${row.line} names ${row.path}, but the source has no such file.`,
      'Check that the list belongs to this data set and that its paths count from the source folder.',
    );
  }
  return { file, rows: known };
}

/**
 * What flags say of the training examples. Where true labels are not known, poisoned examples keep their label:
 * nothing that is measured depends on it.
 */
export function truthOfFlags(
  file: string,
  { poisoned, trueLabels }: KnownPoison,
  { examples }: Collection,
): KnownTruth {
  const rows = examples.map(({ id, label }, i) => ({
    path: id,
    line: i + 1,
    label,
    trueLabel: trueLabels?.[i] ?? label,
    poisoned: poisoned[i] === 1,
  }));
  return { file, rows };
}

/**
 * The row of a training example. @throws ExpectedError 'bad-input' when there is none: that is of no matter for
 * files that are no images, so it is asked for usable ones only
 */
export function rowOf(truth: KnownTruth, index: number, id: string): TruthRow {
  const row = truth.rows[index];
  if (row) return row;
  throw new ExpectedError('bad-input', `${truth.file} has no row for ${id}.`);
}

function keysOf(id: string, base: string, split: SplitName): string[] {
  const keys = [id, ...FOLDERS[split].map((folder) => `${folder}/${id}`)];
  if (base && !base.startsWith('..') && id.startsWith(`${base}/`)) keys.push(id.slice(base.length + 1));
  return keys.map(truthKey);
}

function wasSkipped(name: string, base: string, skips: SkipLog): boolean {
  const key = truthKey(name);
  return skips.has(name) || skips.has(key) || skips.has(`${base}/${key}`);
}

function checkLabel(file: string, row: TruthRow, label: string, split: SplitName): void {
  // Triggered images are filed under their true class, whatever the list calls their label.
  const fits = row.label === label || (split !== 'train' && row.trueLabel === label);
  if (fits) return;
  throw new ExpectedError(
    'bad-input',
    `${file}, line ${row.line}: the label of ${row.path} is "${row.label}" there, but "${label}" in the source.`,
  );
}
