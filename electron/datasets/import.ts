import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import type { DatasetManifest } from '../../shared/contract/dataset.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { readFlags } from './formats/flag-file.ts';
import { Mapping } from './formats/mapping.ts';
import { type OpenedSource, openSource } from './formats/open-source.ts';
import { SkipLog, type SourceContext } from './formats/source.ts';
import { DiskTree } from './formats/trees/disk-tree.ts';
import { Scratch } from './formats/trees/scratch.ts';
import { folderOf } from './formats/trees/tree.ts';
import { type Checked, checkOptions, type ImportHooks, type ImportOptions } from './import-options.ts';
import { ImportRun } from './import-run.ts';
import { type KnownTruth, matchTruth, rowOf, truthOfFlags } from './import-truth.ts';
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
  await using scratch = new Scratch(checked.into, hooks.signal);
  const skips = new SkipLog();
  const mapping = new Mapping(checked.mapping);
  const opened = await open(checked, { skips, mapping, scratch });
  mapping.checkUsed();
  const progress = new Progress(
    hooks,
    SPLITS.reduce((n, s) => n + (opened.splits[s]?.examples.length ?? 0), 0),
  );
  for (const split of SPLITS) await opened.splits[split]?.prepare?.(progress.preparing);
  const quality = new QualityCheck();
  const usable = await inspect(opened, quality, progress, hooks.signal);
  if (usable.candidates.train.length === 0) {
    throw new ExpectedError('bad-input', `No usable image in ${checked.source}: ${skips.summary()}.`);
  }
  for (const { index, id } of usable.candidates.train) if (opened.truth) rowOf(opened.truth, index, id);
  const size = checked.size ? { width: checked.size, height: checked.size } : workingSize(usable.sizes);
  const run = new ImportRun(checked, opened, usable, size, skips, quality, progress, hooks);
  return await writeDataset(checked.into, (dataset) => run.fill(dataset));
}

async function open(options: Checked, context: SourceContext): Promise<Opened> {
  const { skips } = context;
  const source = await openSource(options.source, context);
  const splits = { train: source.train, test: source.test, triggered: source.triggered };
  const logs = { train: skips, test: skips, triggered: skips };
  for (const split of ['test', 'triggered'] as const) {
    const location = options[split];
    if (location === undefined) continue;
    logs[split] = skips.under(`${path.basename(location)}/`);
    const other = await openSource(location, {
      ...context,
      skips: logs[split],
      mapping: context.mapping.further(),
    });
    splits[split] = other[split] ?? other.train;
  }
  const truth = await findTruth(options, source, splits, context);
  return { source, splits, truth, skips: logs };
}

async function findTruth(
  options: Checked,
  source: OpenedSource,
  splits: Opened['splits'],
  { skips, scratch }: SourceContext,
): Promise<KnownTruth | null> {
  if (options.truth !== undefined) {
    const file = await fs.realpath(options.truth).catch(() => options.truth!);
    const tree = new DiskTree(path.dirname(file), skips, scratch);
    const known = await readFlags(tree, path.basename(file), source.train.examples.length);
    if (known) return truthOfFlags(file, known, source.train);
    const root = await fs.realpath(options.source);
    const base = path.relative(root, path.dirname(file)).split(path.sep).join('/');
    return matchTruth(tree, path.basename(file), base, splits, skips);
  }
  if (source.truth) {
    const { tree, name } = source.truth;
    return matchTruth(tree, name, folderOf(name), splits, skips);
  }
  return source.known ? truthOfFlags(options.source, source.known, source.train) : null;
}
