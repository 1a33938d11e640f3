import type { FileSlice } from './file-slice.ts';

export interface Listing {
  folders: string[];
  files: string[];
}

/**
 * Files in folders, wherever they lie: on the disk or in an archive. All names are relative to the root, with '/',
 * and none leads out of it.
 */
export interface Tree {
  /** Path of the folder or archive, for messages. */
  readonly root: string;
  /** Visible folders and files directly in `relative` ('' = the root), each sorted by code point. */
  list(relative: string): Promise<Listing>;
  /** All visible files under `relative`, at any depth. */
  listDeep(relative: string): Promise<string[]>;
  /** The file that a list means. @param base the list's folder, from which its paths count */
  find(base: string, written: string): Promise<{ name: string } | { reason: string }>;
  /** Bytes, unpacked. @throws UnusableFile */
  size(name: string): Promise<number>;
  /** The first bytes. @throws UnusableFile */
  head(name: string, bytes: number): Promise<Buffer>;
  /**
   * A whole file. @param size its length, where it was asked before: that saves asking again
   * @throws UnusableFile when it is longer than `limit`, damaged or cannot be read
   */
  read(name: string, limit: number, size?: number): Promise<Buffer>;
  /** For reading by position; a packed member is unpacked into the scratch folder first. @throws UnusableFile */
  open(name: string): Promise<FileSlice>;
  /** The file's full name for messages. */
  describe(name: string): string;
}

/** The folder part of a name; '' at the root. */
export function folderOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('/')));
}

/** The last part of a name. */
export function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** Folder and name as one name. */
export function joined(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

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
