import { isNpyHead } from './arrays/npy.ts';
import { openNumpyArrays } from './arrays/open-arrays.ts';
import { isCifarName, openCifarBinary } from './cifar-binary.ts';
import { isCifarPickleName, openCifarPickle } from './cifar-pickle.ts';
import { openClassFolders } from './class-folders.ts';
import { isIdxHead } from './idx-array.ts';
import { isIdxName, isMnistName, openIdx } from './idx.ts';
import { readJsonTable } from './json-lines.ts';
import { openList } from './list.ts';
import { isPickleHead } from './pickle/interpreter.ts';
import type { Source, SourceContext } from './source.ts';
import { readTable } from './table.ts';
import { lastPart, type Listing, type Tree } from './trees/tree.ts';

const MAX_WRAPPERS = 4;

/**
 * Finds out what a folder or archive holds, and opens it. A folder with nothing but another folder in it is looked
 * into: archives are often packed so.
 * @throws ExpectedError 'bad-input' naming what is wrong
 */
export async function openTree(tree: Tree, context: SourceContext): Promise<Source> {
  let listing = await tree.list('');
  for (let depth = 0; depth <= MAX_WRAPPERS; depth++) {
    const source = await openBenchmark(tree, listing, context);
    if (source) return source;
    if (listing.folders.length !== 1 || listing.files.length > 0) break;
    listing = await tree.list(listing.folders[0]!);
  }
  return openClassFolders(tree, context);
}

/** Anything but class folders; null = none of these. */
async function openBenchmark(
  tree: Tree,
  { folders, files }: Listing,
  context: SourceContext,
): Promise<Source | null> {
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
