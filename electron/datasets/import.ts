import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import type { DatasetManifest } from '../../shared/contract/dataset.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { openSource } from './formats/open-source.ts';
import { SkipLog } from './formats/source.ts';
import { type Checked, checkOptions, type ImportHooks, type ImportOptions } from './import-options.ts';
import { ImportRun } from './import-run.ts';
import { matchTruth, rowOf } from './import-truth.ts';
import { inspect, type Opened, Progress, workingSize } from './inspect.ts';
import { SPLITS } from './manifest.ts';
import { QualityCheck } from './quality.ts';
import { writeDataset } from './writer.ts';

export type { ImportHooks, ImportOptions } from './import-options.ts';

/**
 * Imports a source of any known kind as a stored data set: `into/<id>/`. The source is only read.
 *
 * Images of folders and lists are stored in a random order of the seed, so that neither the first images nor
 * images read in order are all of one class; benchmark files with a test split keep theirs. Without a given test
 * set a stratified part of each class is split off.
 * @throws ExpectedError 'bad-input' naming path and reason, 'storage', 'cancelled', 'usage'
 */
export async function importSource(
  options: ImportOptions,
  hooks: ImportHooks = {},
): Promise<DatasetManifest> {
  const checked = checkOptions(options);
  const skips = new SkipLog();
  const opened = await open(checked, skips);
  const progress = new Progress(
    hooks,
    SPLITS.reduce((n, s) => n + (opened.splits[s]?.examples.length ?? 0), 0),
  );
  const quality = new QualityCheck();
  const usable = await inspect(opened, quality, progress, hooks.signal);
  if (usable.candidates.train.length === 0) {
    throw new ExpectedError('bad-input', `No usable image in ${checked.source}: ${skips.summary()}.`);
  }
  for (const { index, id } of usable.candidates.train) if (opened.truth) rowOf(opened.truth, index, id);
  const size = checked.size ? { width: checked.size, height: checked.size } : workingSize(usable.sizes);
  const run = new ImportRun(checked, opened, usable, size, skips, quality, progress, hooks);
  return writeDataset(checked.into, (dataset) => run.fill(dataset));
}

async function open(options: Checked, skips: SkipLog): Promise<Opened> {
  const source = await openSource(options.source, skips);
  const splits = { train: source.train, test: source.test, triggered: source.triggered };
  const logs = { train: skips, test: skips, triggered: skips };
  for (const split of ['test', 'triggered'] as const) {
    const location = options[split];
    if (location === undefined) continue;
    logs[split] = skips.under(`${path.basename(location)}/`);
    const other = await openSource(location, logs[split]);
    splits[split] = other[split] ?? other.train;
  }
  const list = options.truth ?? source.truth;
  const root = await fs.realpath(options.source);
  const truth = list === null ? null : await matchTruth(list, root, splits, skips);
  return { source, splits, truth, skips: logs };
}
