import { ExpectedError } from '../../../shared/contract/errors.ts';
import { isNpyHead } from './arrays/npy.ts';
import { openNumpyArrays, openTorchFolder } from './arrays/open-arrays.ts';
import { isCifarName, openCifarBinary } from './cifar-binary.ts';
import { isCifarPickleName, openCifarPickle } from './cifar-pickle.ts';
import { openClassFolders } from './class-folders.ts';
import { isIdxHead } from './idx-array.ts';
import { isIdxName, isMnistName, openIdx } from './idx.ts';
import { readJsonTable } from './json-lines.ts';
import { openList } from './list.ts';
import { looksLikeImageName } from './image-type.ts';
import { findGtsrb, openGtsrb } from './gtsrb.ts';
import { openParquet } from './parquet/open-parquet.ts';
import { isPickleHead } from './pickle/interpreter.ts';
import { torchPickle } from './pickle/torch-file.ts';
import { byCodePoint, type Source, type SourceContext } from './source.ts';
import { readTable } from './table.ts';
import { isTinyImageNet, openTinyImageNet } from './tiny-imagenet.ts';
import { archiveKind, looksLikeArchive, openArchive } from './trees/archive.ts';
import { MountedTree } from './trees/mounted-tree.ts';
import { folderOf, lastPart, type Listing, type Tree } from './trees/tree.ts';
import { isWebDataset, openWebDataset } from './webdataset.ts';

const MAX_WRAPPERS = 4;
/** Configurations of a data set; more folders are classes. */
const MAX_PARQUET_FOLDERS = 8;

/**
 * Finds out what a folder or archive holds, and opens it. A folder with nothing but another folder in it is looked
 * into: archives are often packed so.
 * @param nested the tree is made of archives itself: archives in these are not opened
 * @throws ExpectedError 'bad-input' naming what is wrong
 */
export async function openTree(tree: Tree, context: SourceContext, nested = false): Promise<Source> {
  let listing = await tree.list('');
  for (let depth = 0; depth <= MAX_WRAPPERS; depth++) {
    refuseBackdoorBench(tree, listing);
    const source =
      (await openBenchmark(tree, listing, context)) ??
      (nested ? null : await openArchives(tree, listing, context));
    if (source) return source;
    if (listing.folders.length !== 1 || listing.files.length > 0) break;
    listing = await tree.list(listing.folders[0]!);
  }
  return openClassFolders(tree, context);
}

/** BackdoorBench keeps poisoned images only; the others, and all labels, are elsewhere. */
function refuseBackdoorBench(tree: Tree, { folders }: Listing): void {
  if (!folders.some((name) => lastPart(name) === 'bd_train_dataset')) return;
  throw new ExpectedError(
    'bad-input',
    `${tree.root} is a record of BackdoorBench. Its bd_train_dataset holds the poisoned images only, without their ` +
      'labels; the clean ones are in the data set that it was made from.',
    'Save the whole training set from Python as arrays (docs/formats.md shows how) and import that, or import the ' +
      'clean data set and simulate the attack. bd_test_dataset can be given as triggered test images.',
  );
}

/** Anything but class folders; null = none of these. */
async function openBenchmark(tree: Tree, listing: Listing, context: SourceContext): Promise<Source | null> {
  const { folders, files } = listing;
  const head = (name: string) => tree.head(name, 512);
  const named = (fits: (name: string) => boolean) => files.filter((name) => fits(lastPart(name)));
  const binary = named(isCifarName);
  if (binary.length > 0) return openCifarBinary(tree, binary);
  const pickles: string[] = [];
  for (const name of named(isCifarPickleName)) if (isPickleHead(await head(name))) pickles.push(name);
  if (pickles.length > 0) {
    return openCifarPickle(tree, pickles, named((name) => /^(batches\.)?meta$/i.test(name))[0]);
  }
  const idx: string[] = [];
  for (const name of named(isIdxName)) if (await isIdx(name, head)) idx.push(name);
  if (idx.length > 0) return openIdx(tree, idx, context);
  const arrays: string[] = [];
  for (const name of named((n) => /\.npy$/i.test(n))) if (isNpyHead(await head(name))) arrays.push(name);
  if (arrays.length > 0 && folders.length === 0) {
    return openNumpyArrays(tree, arrays, lastPart(tree.root.replaceAll('\\', '/')), context);
  }
  const torch = await torchFiles(
    tree,
    named((n) => /^(imgs|labels|poison_indices)(\.pth?)?$/i.test(n)),
    context,
  );
  if (torch.length >= 2) return openTorchFolder(tree, torch, folderOf(torch[0]!), context);
  const parquet = await parquetFiles(tree, listing);
  if (parquet.length > 0) return openParquet(tree, parquet, context);
  if (await isTinyImageNet(tree, listing)) return openTinyImageNet(tree, listing, context);
  if (isWebDataset(files)) return openWebDataset(tree, [folderOf(files[0]!)], context);
  const gtsrb = folderOf(files[0] ?? folders[0] ?? '') === '' ? await findGtsrb(tree) : null;
  if (gtsrb) return openGtsrb(tree, gtsrb, context);
  const lists = named(
    (name) => /\.(csv|tsv|jsonl|ndjson)$/i.test(name) && name.toLowerCase() !== 'truth.csv',
  );
  const list = lists[0];
  if (list !== undefined && lists.length === 1 && !(await hasClassFolders(tree, folders))) {
    const json = /json$|jsonl$/i.test(list);
    return json
      ? openList('json-list', tree, list, await readJsonTable(tree, list), context)
      : openList('csv-list', tree, list, await readTable(tree, list), context);
  }
  return null;
}

/** Archives that lie side by side: shards of one set, or its parts. */
async function openArchives(
  tree: Tree,
  { folders, files }: Listing,
  context: SourceContext,
): Promise<Source | null> {
  if (folders.length > 0 || files.some((name) => looksLikeImageName(name))) return null;
  const mounts = new Map<string, Tree>();
  for (const name of files.filter(looksLikeArchive)) {
    const kind = await archiveKind(tree, name);
    const folder = lastPart(name).replace(/\.(zip|tar|tgz|tar\.gz)$/i, '');
    if (!kind || folder === '' || mounts.has(folder)) continue;
    mounts.set(
      folder,
      await openArchive(tree, name, kind, { ...context, skips: context.skips.under(`${name}/`) }),
    );
  }
  if (mounts.size === 0) return null;
  const mounted = new MountedTree(tree.root, mounts);
  const shards = [...mounts.keys()].sort(byCodePoint);
  const first = await mounted.listDeep(shards[0]!);
  if (isWebDataset(first)) return openWebDataset(mounted, shards, context);
  return openTree(mounted, context, true);
}

async function parquetFiles(tree: Tree, { folders, files }: Listing): Promise<string[]> {
  const found = files.filter((name) => /\.parquet$/i.test(name));
  if (found.length > 0 || folders.length > MAX_PARQUET_FOLDERS) return found;
  for (const folder of folders) {
    for (const name of (await tree.list(folder)).files) if (/\.parquet$/i.test(name)) found.push(name);
  }
  return found;
}

async function torchFiles(tree: Tree, names: string[], context: SourceContext): Promise<string[]> {
  const found: string[] = [];
  for (const name of names) {
    if ((await archiveKind(tree, name)) !== 'zip') continue;
    const archive = await openArchive(tree, name, 'zip', context);
    if (torchPickle(await archive.listDeep('')) !== null) found.push(name);
  }
  return found;
}

/** With two or more sub-folders the folders decide; a list beside one folder of images is about those images. */
async function hasClassFolders(tree: Tree, folders: string[]): Promise<boolean> {
  if (folders.length !== 1) return folders.length > 1;
  return (await tree.list(folders[0]!)).folders.length > 0;
}

async function isIdx(name: string, head: (name: string) => Promise<Buffer>): Promise<boolean> {
  // Taken at its word, so that a damaged file is named as the cause.
  if (isMnistName(lastPart(name))) return true;
  const bytes = await head(name);
  return isIdxHead(bytes) || (bytes[0] === 0x1f && bytes[1] === 0x8b);
}
