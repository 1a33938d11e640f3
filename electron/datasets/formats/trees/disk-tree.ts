import * as callbacks from 'node:fs';
import { constants, type Dirent } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { systemCode } from '../../storage-errors.ts';
import { byCodePoint, type SkipLog, UnusableFile } from '../source.ts';
import { type Closers, FileSlice, unreadable } from './file-slice.ts';
import { isHidden, type Listing, type Tree } from './tree.ts';

const MAX_DEPTH = 16;

const open = promisify(callbacks.open);
const read = promisify(callbacks.read);
const close = promisify(callbacks.close);

/** A folder on the disk; all paths in it are checked to stay inside it. */
export class DiskTree implements Tree {
  /** Resolved absolute path of the source. */
  readonly root: string;
  readonly #skips: SkipLog;
  readonly #closers: Closers;

  constructor(root: string, skips: SkipLog, closers: Closers) {
    this.root = root;
    this.#skips = skips;
    this.#closers = closers;
  }

  describe(name: string): string {
    return name === '' ? this.root : path.join(this.root, ...name.split('/'));
  }

  async list(relative: string): Promise<Listing> {
    let entries: Dirent[];
    try {
      entries = await fs.readdir(this.describe(relative), { withFileTypes: true });
    } catch (error) {
      const permitted = !['EACCES', 'EPERM'].includes(systemCode(error) ?? '');
      this.#skips.add(
        relative || '.',
        permitted ? 'the folder cannot be read' : 'reading it is not permitted',
      );
      return { folders: [], files: [] };
    }
    const folders: string[] = [];
    const files: string[] = [];
    for (const entry of entries) {
      const name = relative ? `${relative}/${entry.name}` : entry.name;
      if (isHidden(entry.name)) this.#skips.addHidden(name);
      else if (entry.isDirectory()) folders.push(name);
      else if (entry.isFile()) files.push(name);
      else if (entry.isSymbolicLink()) {
        if (await this.#usableLink(name)) files.push(name);
      } else this.#skips.add(name, 'not a regular file');
    }
    return { folders: folders.sort(byCodePoint), files: files.sort(byCodePoint) };
  }

  async listDeep(relative: string, depth = 0): Promise<string[]> {
    const { folders, files } = await this.list(relative);
    if (depth >= MAX_DEPTH) {
      for (const folder of folders)
        this.#skips.add(folder, `folders nested deeper than ${MAX_DEPTH} are not read`);
      return files;
    }
    const all = files;
    for (const folder of folders) {
      for (const file of await this.listDeep(folder, depth + 1)) all.push(file);
    }
    return all;
  }

  async find(base: string, written: string): Promise<{ name: string } | { reason: string }> {
    const portable = process.platform === 'win32' ? written : written.replaceAll('\\', '/');
    const absolute = path.resolve(this.root, base, portable);
    if (!isInside(this.root, absolute)) return { reason: 'the list names a file outside its own folder' };
    for (const form of [absolute, absolute.normalize('NFC'), absolute.normalize('NFD')]) {
      const real = await fs.realpath(form).catch(() => null);
      if (real === null) continue;
      if (!isInside(this.root, real)) return { reason: 'a link that leaves the source folder' };
      return { name: path.relative(this.root, form).split(path.sep).join('/') };
    }
    return { reason: 'the list names this file, but it does not exist' };
  }

  async size(name: string): Promise<number> {
    try {
      const state = await fs.stat(this.describe(name));
      if (state.isFile()) return state.size;
    } catch (error) {
      throw unreadable(error);
    }
    throw new UnusableFile('not a regular file');
  }

  head(name: string, bytes: number): Promise<Buffer> {
    return this.#bytes(name, bytes);
  }

  async read(name: string, limit: number, size?: number): Promise<Buffer> {
    const expected = size ?? (await this.size(name));
    if (expected > limit) throw tooLarge(expected, limit);
    const bytes = await this.#bytes(name, expected + 1);
    if (bytes.length === expected) return bytes;
    if (size === undefined) throw new UnusableFile('it changed during the import');
    return this.read(name, limit);
  }

  async open(name: string): Promise<FileSlice> {
    await this.size(name);
    return FileSlice.open(this.describe(name), this.#closers);
  }

  /** The first bytes. Callbacks cost half of what file handles do: this is done for each of many thousand files. */
  async #bytes(name: string, length: number): Promise<Buffer> {
    try {
      // A pipe that nobody writes into must not stop everything.
      const file = await open(this.describe(name), constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      try {
        const buffer = Buffer.allocUnsafe(length);
        let got = 0;
        while (got < length) {
          const { bytesRead } = await read(file, buffer, got, Math.min(length - got, 1 << 30), got);
          if (bytesRead === 0) break;
          got += bytesRead;
        }
        return buffer.subarray(0, got);
      } finally {
        await close(file);
      }
    } catch (error) {
      throw systemCode(error) === 'EISDIR' ? new UnusableFile('not a regular file') : unreadable(error);
    }
  }

  async #usableLink(relative: string): Promise<boolean> {
    let target: string;
    try {
      target = await fs.realpath(this.describe(relative));
    } catch {
      this.#skips.add(relative, 'a link that leads nowhere');
      return false;
    }
    if (!isInside(this.root, target)) {
      this.#skips.add(relative, 'a link that leaves the source folder');
      return false;
    }
    if ((await fs.stat(target)).isFile()) return true;
    this.#skips.add(relative, 'a link to a folder (these are not followed)');
    return false;
  }
}

/** Whether a resolved path is the folder itself or lies in it. */
export function isInside(folder: string, target: string): boolean {
  const relative = path.relative(folder, target);
  return (
    relative === '' ||
    (!relative.startsWith(`..${path.sep}`) && relative !== '..' && !path.isAbsolute(relative))
  );
}

/** The reason for a file beyond the limit, in plain words. */
export function tooLarge(size: number, limit: number): UnusableFile {
  return new UnusableFile(
    `too large: ${Math.round(size / 1e6)} MB (the limit is ${Math.round(limit / 1e6)} MB)`,
  );
}
