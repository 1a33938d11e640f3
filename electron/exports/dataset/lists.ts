import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import { refuseCancelled } from '../whole.ts';
import type { CleanedSet } from './cleaned.ts';
import { ImageCounter, partsOf, type ExportHooks, type Part } from './parts.ts';

const COLUMNS = ['path', 'label', 'index'];
/** Rows between two looks at whether the export was cancelled. */
const SLICE = 1000;

/** Writes `train`, `removed` and `test` as lists of paths in the source with their labels; no images. */
export async function writeLists(
  set: CleanedSet,
  folder: string,
  format: 'csv' | 'jsonl',
  hooks: ExportHooks,
): Promise<void> {
  const counter = new ImageCounter(set, hooks);
  for (const part of partsOf(set)) {
    const file = createWriteStream(join(folder, `${part.name}.${format}`), { flags: 'wx' });
    const rows = Readable.from(rowsOf(set, part, counter, hooks));
    if (format === 'jsonl') {
      const lines = async function* (source: AsyncIterable<object>) {
        for await (const row of source) yield `${JSON.stringify(row)}\n`;
      };
      await pipeline(rows, lines, file);
    } else {
      const columns = part.name === 'removed' ? [...COLUMNS, 'rank', 'loss', 'reason'] : COLUMNS;
      // Names come from a source that is not trusted: none is to be a formula in a spreadsheet.
      await pipeline(rows, stringify({ header: true, columns, escape_formulas: true }), file);
    }
  }
}

function* rowsOf(
  set: CleanedSet,
  part: Part,
  counter: ImageCounter,
  { signal }: ExportHooks,
): Generator<object> {
  const { classes } = set.stored.manifest;
  const why = new Map(set.removed.map(({ index, rank, loss, reason }) => [index, { rank, loss, reason }]));
  let since = 0;
  for (const index of part.indices) {
    if (since++ % SLICE === 0) refuseCancelled(signal);
    const label = classes[set.labels[part.split][index]!]!;
    const row = { path: set.ids[part.split][index]!, label, index };
    yield part.name === 'removed' ? { ...row, ...why.get(index) } : row;
    if (since % SLICE === 0) counter.add(SLICE);
  }
  counter.add(since % SLICE);
}
