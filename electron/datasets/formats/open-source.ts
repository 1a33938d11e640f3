import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { systemCode } from '../storage-errors.ts';
import { isNpyHead, isObjectNpyHead } from './arrays/npy.ts';
import { openNumpyArrays, openPickledArrays, openTorchFile } from './arrays/open-arrays.ts';
import { isCifarContent, openCifarBinary } from './cifar-binary.ts';
import { isCifarPickleName, openCifarPickle } from './cifar-pickle.ts';
import { isIdxHead } from './idx-array.ts';
import { isIdxName, isMnistName, openIdx } from './idx.ts';
import { imageType } from './image-type.ts';
import { looksLikeJson, readJsonTable } from './json-lines.ts';
import { openList } from './list.ts';
import { openTree } from './open-tree.ts';
import { isParquetHead, openParquet } from './parquet/open-parquet.ts';
import { isPickleHead } from './pickle/interpreter.ts';
import { torchPickle } from './pickle/torch-file.ts';
import { type Source, type SourceContext, refusing, UnusableFile } from './source.ts';
import { readTable } from './table.ts';
import { archiveKind, openArchive } from './trees/archive.ts';
import { DiskTree } from './trees/disk-tree.ts';
import { lastPart, type Tree } from './trees/tree.ts';

/** What a source is besides its images: its files, for lists that name them. */
export interface OpenedSource extends Source {
  tree: Tree;
}

/**
 * Finds out from its content what a source is, and opens it. Nothing is decoded yet.
 * @param location absolute path of a folder or file
 * @throws ExpectedError 'bad-input' naming the source and the reason
 */
export async function openSource(location: string, context: SourceContext): Promise<OpenedSource> {
  let root: string;
  let folder: boolean;
  try {
    root = await fs.realpath(location);
    const state = await fs.stat(root);
    folder = state.isDirectory();
    if (!folder && !state.isFile())
      throw new ExpectedError('bad-input', `${location} is neither a folder nor a file.`);
    if (folder) await fs.readdir(root);
  } catch (error) {
    if (error instanceof ExpectedError) throw error;
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new ExpectedError('bad-input', `${location} does not exist.`);
    throw new ExpectedError(
      'bad-input',
      `${location} cannot be read (${code ?? String(error)}).`,
      undefined,
      {
        cause: error,
      },
    );
  }
  return refusing(`${location} cannot be imported`, async () => {
    const tree = new DiskTree(folder ? root : path.dirname(root), context.skips, context.scratch);
    if (folder) return { ...(await openTree(tree, context)), tree };
    return await openFile(tree, path.basename(root), context);
  });
}

async function openFile(tree: DiskTree, name: string, context: SourceContext): Promise<OpenedSource> {
  const file = tree.describe(name);
  const head = await tree.head(name, 1024);
  if (head.length === 0) throw new ExpectedError('bad-input', `${file} is empty (zero bytes).`);
  if (isMnistName(name) || isIdxHead(head) || (isGzip(head) && isIdxName(name))) {
    const siblings = (await tree.list('')).files.filter((other) => /images|labels/i.test(other));
    return { ...(await openIdx(tree, siblings, context, name)), tree };
  }
  const kind = await archiveKind(tree, name);
  if (kind) return openArchiveFile(tree, name, kind, context);
  return { ...(await openPlainFile(tree, name, head, context)), tree };
}

async function openArchiveFile(
  outer: DiskTree,
  name: string,
  kind: NonNullable<Awaited<ReturnType<typeof archiveKind>>>,
  context: SourceContext,
): Promise<OpenedSource> {
  const tree = await openArchive(outer, name, kind, context);
  if (kind === 'zip') {
    const files = await tree.listDeep('');
    if (files.length > 0 && files.every((member) => /\.npy$/i.test(member))) {
      return { ...(await openNumpyArrays(tree, files, name, context)), tree };
    }
    const pickle = torchPickle(files);
    if (pickle !== null) return { ...(await openTorchFile(tree, pickle, name, context)), tree };
  }
  return { ...(await openTree(tree, context)), tree };
}

async function openPlainFile(
  tree: DiskTree,
  name: string,
  head: Buffer,
  context: SourceContext,
): Promise<Source> {
  const file = tree.describe(name);
  if (isObjectNpyHead(head)) return openNumpyArrays(tree, [name], name, context);
  if (isNpyHead(head)) {
    // An array of images alone has no labels: they are looked for beside it.
    const { files } = await tree.list('');
    return openNumpyArrays(
      tree,
      files.filter((other) => /\.npy$/i.test(other)),
      lastPart(tree.root),
      context,
    );
  }
  if (isParquetHead(head)) return openParquet(tree, [name], context);
  if (isPickleHead(head)) {
    const { files } = await tree.list('');
    const meta = files.find((other) => /^(batches\.)?meta$/i.test(other));
    return isCifarPickleName(name)
      ? openCifarPickle(tree, [name], meta)
      : openPickledArrays(tree, name, context);
  }
  if (/\.bin$/i.test(name) && (await isCifarContent(await tree.open(name))))
    return openCifarBinary(tree, [name]);
  if (isImage(head, name)) {
    throw new ExpectedError(
      'bad-input',
      `${file} is a single image.`,
      'Choose a folder or a list of labelled images.',
    );
  }
  const packer = unsupportedArchive(head);
  if (packer) {
    throw new ExpectedError('bad-input', `${file} is ${packer}.`, 'Unpack it and choose the folder.');
  }
  if (head.includes(0)) {
    throw new ExpectedError(
      'bad-input',
      `${file} is of a kind that is not recognised.`,
      'Choose a folder with one sub-folder per class, a list, an archive of these, or files of a benchmark.',
    );
  }
  if (looksLikeJson(head)) return openList('json-list', tree, name, await readJsonTable(tree, name), context);
  return openList('csv-list', tree, name, await readTable(tree, name), context);
}

function isGzip(head: Buffer): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

function unsupportedArchive(head: Buffer): string | null {
  if (isGzip(head)) return 'packed with gzip, but neither a tar archive nor an IDX file';
  if (head.subarray(0, 6).equals(Buffer.from("7z\xbc\xaf'\x1c", 'latin1'))) return 'a 7z archive';
  if (head.subarray(0, 4).toString('latin1') === 'Rar!') return 'a RAR archive';
  if (head.subarray(0, 6).equals(Buffer.from('\xfd7zXZ\0', 'latin1'))) return 'packed with xz';
  if (head.subarray(0, 3).toString('latin1') === 'BZh') return 'packed with bzip2';
  return head.subarray(0, 4).equals(Buffer.from([0x28, 0xb5, 0x2f, 0xfd])) ? 'packed with zstd' : null;
}

function isImage(head: Buffer, name: string): boolean {
  try {
    imageType(head, name);
    return true;
  } catch (error) {
    if (error instanceof UnusableFile) return false;
    throw error;
  }
}
