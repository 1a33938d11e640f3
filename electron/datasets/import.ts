import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import type { DatasetManifest } from '../../shared/contract/dataset.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { readFlags } from './formats/flag-file.ts';
import { Mapping } from './formats/mapping.ts';
import { type OpenedSource, openSource } from './formats/open-source.ts';
import { type Size, SkipLog, type SourceContext } from './formats/source.ts';
import { DiskTree } from './formats/trees/disk-tree.ts';
import { Scratch } from './formats/trees/scratch.ts';
import { folderOf } from './formats/trees/tree.ts';
import { type Checked, checkOptions, type ImportHooks, type ImportOptions } from './import-options.ts';
import { ImportDraft } from './import-draft.ts';
import { ImportRun } from './import-run.ts';
import { type KnownTruth, matchTruth, rowOf, truthOfFlags } from './import-truth.ts';
import { inspect, type Opened, Progress, recall, RESUMED, workingSize } from './inspect.ts';
import { SPLITS } from './manifest.ts';
import { QualityCheck } from './quality.ts';
import { sourceStamp } from './source-stamp.ts';
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
  const draft = checked.resume ? await claimDraft(checked, opened, hooks) : null;
  try {
    return await store(checked, opened, { skips, quality, progress, draft, hooks });
  } catch (error) {
    await draft?.end(error);
    throw error;
  }
}

interface Work {
  skips: SkipLog;
  quality: QualityCheck;
  progress: Progress;
  draft: ImportDraft | null;
  hooks: ImportHooks;
}

async function store(checked: Checked, opened: Opened, work: Work): Promise<DatasetManifest> {
  const { skips, quality, progress, draft, hooks } = work;
  const usable = draft?.plan
    ? recall(opened, quality, draft.plan, progress)
    : await inspect(opened, quality, progress, hooks.signal);
  if (usable.candidates.train.length === 0) {
    throw new ExpectedError('bad-input', `No usable image in ${checked.source}: ${skips.summary()}.`);
  }
  for (const { index, id } of usable.candidates.train) if (opened.truth) rowOf(opened.truth, index, id);
  const size = sizeOf(checked, usable.sizes);
  if (draft && !draft.plan) {
    await draft.begin({
      format: 1,
      request: { ...checked, into: undefined, resume: undefined },
      stamp: draft.stamp,
      total: SPLITS.reduce((n, s) => n + (opened.splits[s]?.examples.length ?? 0), 0),
      names: usable.names,
      sizes: quality.sizes,
      unusable: usable.unusable,
    });
  }
  const run = new ImportRun(checked, opened, usable, size, skips, quality, progress, hooks, draft);
  return await writeDataset(checked.into, (dataset) => run.fill(dataset), draft);
}

/** The draft to work in; null where another process is at the same import. */
async function claimDraft(checked: Checked, opened: Opened, hooks: ImportHooks): Promise<ImportDraft | null> {
  const draft = await ImportDraft.claim(checked, checked.resume === 'fresh');
  if (!draft) return null;
  draft.stamp = await sourceStamp(checked, Object.values(opened.splits));
  if (!draft.plan) return draft;
  const { width, height } = sizeOf(checked, draft.plan.sizes);
  if (draft.plan.stamp !== draft.stamp) {
    hooks.onResume?.('The source has changed since the earlier import stopped: it begins anew.');
    await draft.clear();
  } else if (!(await draft.isWhole(3 * width * height))) {
    hooks.onResume?.('What the earlier import left is damaged: it begins anew.');
    await draft.clear();
  } else hooks.onResume?.(`${RESUMED}.`);
  return draft;
}

function sizeOf({ size }: Checked, sizes: Size[]): Size {
  return size ? { width: size, height: size } : workingSize(sizes);
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
