import { ExpectedError } from '../../../shared/contract/errors.ts';
import { fileCollection } from './file-collection.ts';
import { looksLikeImageName } from './image-type.ts';
import type { Collection, Example, SkipLog, Source, SourceContext } from './source.ts';
import { lastPart, type Tree } from './trees/tree.ts';

const TRAIN = ['train', 'training'];
const TEST = ['test', 'testing', 'val', 'valid', 'validation'];
const TRIGGERED = ['test_triggered', 'triggered'];

/**
 * Opens a folder whose sub-folders are named after the classes, or one that holds `train/` with such
 * sub-folders beside `test/`, `test_triggered/` and `truth.csv`. A single wrapping folder is looked into.
 * @throws ExpectedError 'bad-input' when there are no class folders
 */
export async function openClassFolders(folder: Tree, { skips }: SourceContext): Promise<Source> {
  let base = '';
  let { folders, files } = await folder.list(base);
  if (folders.length === 0 && files.length === 0 && skips.count === 0) {
    throw new ExpectedError('bad-input', `The folder ${folder.root} is empty.`);
  }
  while (folders.length === 1 && files.length === 0) {
    const inner = await folder.list(folders[0]!);
    if (inner.folders.length < 2 && !findFolder(inner.folders, TRAIN)) break;
    base = folders[0]!;
    ({ folders, files } = inner);
  }
  const train = findFolder(folders, TRAIN);
  if (train && (await folder.list(train)).folders.length > 0) {
    return openSplitFolders(folder, skips, { base, folders, files, train });
  }
  const examples = await classExamples(folder, folders);
  reportLooseImages(files, skips);
  if (examples.length === 0) throw noImages(folder, files, skips);
  return {
    kind: 'class-folders',
    train: fileCollection(folder, examples),
    test: null,
    triggered: null,
    classes: null,
    truth: findTruth(folder, files),
  };
}

async function openSplitFolders(
  folder: Tree,
  skips: SkipLog,
  found: { base: string; folders: string[]; files: string[]; train: string },
): Promise<Source> {
  const test = findFolder(found.folders, TEST);
  const triggered = findFolder(found.folders, TRIGGERED);
  for (const other of found.folders) {
    if (![found.train, test, triggered].includes(other)) {
      skips.add(other, 'this folder is not used: the source has a train folder beside it');
    }
  }
  const open = async (split: string | undefined): Promise<Collection | null> => {
    if (!split) return null;
    const { folders, files } = await folder.list(split);
    const examples = await classExamples(folder, folders);
    reportLooseImages(files, skips);
    return examples.length > 0 ? fileCollection(folder, examples) : null;
  };
  const collection = await open(found.train);
  if (!collection) throw noImages(folder, [], skips);
  return {
    kind: 'split-folders',
    train: collection,
    test: await open(test),
    triggered: await open(triggered),
    classes: null,
    truth: findTruth(folder, found.files),
  };
}

async function classExamples(folder: Tree, folders: string[]): Promise<Example[]> {
  const examples: Example[] = [];
  for (const name of folders) {
    // The same name may be composed differently on different systems (é as one or two code points).
    const label = lastPart(name).normalize('NFC');
    for (const id of await folder.listDeep(name)) examples.push({ id, label });
  }
  return examples;
}

function findFolder(folders: string[], names: string[]): string | undefined {
  for (const name of names) {
    const found = folders.find((f) => lastPart(f).toLowerCase() === name);
    if (found) return found;
  }
  return undefined;
}

function findTruth(folder: Tree, files: string[]): Source['truth'] {
  const file = files.find((f) => lastPart(f).toLowerCase() === 'truth.csv');
  return file === undefined ? null : { tree: folder, name: file };
}

function reportLooseImages(files: string[], skips: SkipLog): void {
  for (const file of files) {
    if (looksLikeImageName(file)) skips.add(file, 'not inside a class folder');
  }
}

function noImages(folder: Tree, files: string[], skips: SkipLog): ExpectedError {
  const remedy = 'Put the images of each class into a folder of its own, named after the class.';
  if (files.some(looksLikeImageName)) {
    return new ExpectedError('bad-input', `${folder.root} holds images, but no class folders.`, remedy);
  }
  const why = skips.count > 0 ? ` (${skips.summary()})` : '';
  return new ExpectedError('bad-input', `There are no images in ${folder.root}${why}.`, remedy);
}
