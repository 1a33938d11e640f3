import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { systemCode } from '../storage-errors.ts';
import { isCifarContent, isCifarName, openCifarBinary } from './cifar-binary.ts';
import { openClassFolders } from './class-folders.ts';
import { openCsvList } from './csv-list.ts';
import { isHidden, SourceFolder } from './folder-scan.ts';
import { isIdxName, isMnistName, openIdx } from './idx.ts';
import { isIdxHead } from './idx-array.ts';
import { imageType } from './image-type.ts';
import { readPacked } from './packed.ts';
import { type SkipLog, type Source, UnusableFile } from './source.ts';

/**
 * Finds out from its content what a source is, and opens it. Nothing is decoded yet.
 * @param location absolute path of a folder or file
 * @throws ExpectedError 'bad-input' naming the source and the reason
 */
export async function openSource(location: string, skips: SkipLog): Promise<Source> {
  let root: string;
  let folder: boolean;
  try {
    root = await fs.realpath(location);
    const state = await fs.stat(root);
    folder = state.isDirectory();
    if (!folder && !state.isFile())
      throw new ExpectedError('bad-input', `${location} is neither a folder nor a file.`);
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
  return folder ? openFolder(root, skips) : openFile(root, skips);
}

async function openFolder(root: string, skips: SkipLog): Promise<Source> {
  let entries;
  try {
    entries = await fs.readdir(root, { withFileTypes: true });
  } catch (error) {
    const reason = systemCode(error) ?? String(error);
    throw new ExpectedError('bad-input', `The folder ${root} cannot be read (${reason}).`, undefined, {
      cause: error,
    });
  }
  const visible = entries.filter((entry) => !isHidden(entry.name));
  const files = visible.filter((entry) => entry.isFile()).map((entry) => entry.name);
  const cifar = files.filter(isCifarName);
  if (cifar.length > 0) return openCifarBinary(root, cifar);
  const idx: string[] = [];
  for (const name of files) if (isIdxName(name) && (await isIdx(path.join(root, name)))) idx.push(name);
  if (idx.length > 0) return openIdx(root, idx);
  const lists = files.filter((name) => /\.(csv|tsv)$/i.test(name) && name.toLowerCase() !== 'truth.csv');
  if (lists.length === 1 && !(await hasClassFolders(root, visible))) {
    return openCsvList(path.join(root, lists[0]!), skips);
  }
  return openClassFolders(new SourceFolder(root, skips), skips);
}

/** With two or more sub-folders the folders decide; a list beside one folder of images is about those images. */
function hasClassFolders(
  root: string,
  visible: { name: string; isDirectory(): boolean }[],
): Promise<boolean> {
  const folders = visible.filter((entry) => entry.isDirectory());
  if (folders.length !== 1) return Promise.resolve(folders.length > 1);
  return fs
    .readdir(path.join(root, folders[0]!.name), { withFileTypes: true })
    .then((inner) => inner.some((entry) => entry.isDirectory()))
    .catch(() => false);
}

async function openFile(file: string, skips: SkipLog): Promise<Source> {
  const head = await readHead(file);
  if (head.length === 0) throw new ExpectedError('bad-input', `${file} is empty (zero bytes).`);
  const folder = path.dirname(file);
  const name = path.basename(file);
  if (await isIdx(file)) {
    const siblings = (await fs.readdir(folder)).filter((other) => /images|labels/i.test(other));
    return openIdx(folder, siblings, name);
  }
  if (/\.bin$/i.test(name) && isCifarContent(await readPacked(file))) return openCifarBinary(folder, [name]);
  const archive = archiveName(head);
  if (archive) {
    throw new ExpectedError(
      'bad-input',
      `${file} is a ${archive} archive.`,
      'Unpack it and choose the folder.',
    );
  }
  if (isImage(head, name)) {
    throw new ExpectedError(
      'bad-input',
      `${file} is a single image.`,
      'Choose a folder or a list of labelled images.',
    );
  }
  if (head.includes(0)) {
    throw new ExpectedError(
      'bad-input',
      `${file} is of a kind that is not recognised.`,
      'Choose a folder with one sub-folder per class, a CSV list, or CIFAR binary or IDX files.',
    );
  }
  return openCsvList(file, skips);
}

async function isIdx(file: string): Promise<boolean> {
  const name = path.basename(file);
  // Taken at its word, so that a damaged file is named as the cause.
  if (isMnistName(name)) return true;
  const head = await readHead(file);
  return isIdxHead(head) || (head[0] === 0x1f && head[1] === 0x8b && isIdxName(name));
}

async function readHead(file: string): Promise<Buffer> {
  const handle = await fs.open(file, 'r').catch((error: unknown) => {
    const reason = systemCode(error) ?? String(error);
    throw new ExpectedError('bad-input', `${file} cannot be read (${reason}).`, undefined, { cause: error });
  });
  try {
    const buffer = Buffer.alloc(512);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function archiveName(head: Buffer): string | null {
  if (head.subarray(0, 4).equals(Buffer.from('PK\x03\x04', 'latin1'))) return 'zip';
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (head.subarray(257, 262).toString('latin1') === 'ustar') return 'tar';
  if (head.subarray(0, 6).equals(Buffer.from("7z\xbc\xaf'\x1c", 'latin1'))) return '7z';
  if (head.subarray(0, 4).toString('latin1') === 'Rar!') return 'RAR';
  return null;
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
