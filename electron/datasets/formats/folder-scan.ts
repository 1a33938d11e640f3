import type { Dirent } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { systemCode } from '../storage-errors.ts';
import { byCodePoint, type SkipLog } from './source.ts';

const MAX_DEPTH = 16;
const SYSTEM_FILES = new Set([
  'thumbs.db',
  'ehthumbs.db',
  'desktop.ini',
  '$recycle.bin',
  '__macosx',
  '@eadir',
]);

/** Files that operating systems and tools leave behind. */
export function isHidden(name: string): boolean {
  return name.startsWith('.') || SYSTEM_FILES.has(name.toLowerCase());
}

/** A folder of the source; all paths in it are checked to stay inside the source. */
export class SourceFolder {
  /** Resolved absolute path of the source. */
  readonly root: string;
  readonly #skips: SkipLog;

  constructor(root: string, skips: SkipLog) {
    this.root = root;
    this.#skips = skips;
  }

  /** Absolute path of a path relative to the source. */
  resolve(relative: string): string {
    return path.join(this.root, ...relative.split('/'));
  }

  /** Visible folders and files directly in `relative` ('' = the source), each sorted by code point. */
  async list(relative: string): Promise<{ folders: string[]; files: string[] }> {
    let entries: Dirent[];
    try {
      entries = await fs.readdir(this.resolve(relative), { withFileTypes: true });
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
      if (isHidden(entry.name)) this.#skips.addHidden();
      else if (entry.isDirectory()) folders.push(name);
      else if (entry.isFile()) files.push(name);
      else if (entry.isSymbolicLink()) {
        if (await this.#usableLink(name)) files.push(name);
      } else this.#skips.add(name, 'not a regular file');
    }
    return { folders: folders.sort(byCodePoint), files: files.sort(byCodePoint) };
  }

  /** All visible files under `relative`, at any depth, sorted by code point within each folder. */
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

  async #usableLink(relative: string): Promise<boolean> {
    let target: string;
    try {
      target = await fs.realpath(this.resolve(relative));
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
