import { createHash, type Hash } from 'node:crypto';
import { type Dirent, readdirSync, statSync } from 'node:fs';
import * as path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Collection } from './formats/source.ts';
import type { Checked } from './import-options.ts';

const MAX_DEPTH = 20;
const YIELD_EVERY = 2000;

/**
 * A hash by which a source is known again: names, sizes and times of change of its files, and names and labels of
 * its examples. Of a file, those beside it and those its examples name count too: lists and parts of a set.
 */
export async function sourceStamp(options: Checked, splits: (Collection | null)[]): Promise<string> {
  const hash = createHash('sha256');
  const seen = { files: 0 };
  const { source, test, triggered, truth } = options;
  const roots: string[] = [];
  for (const location of [source, test, triggered, truth]) {
    if (location === undefined) continue;
    const folder = statSync(location, { throwIfNoEntry: false })?.isDirectory() ?? false;
    roots.push(folder ? location : path.dirname(location));
    await addFolder(hash, folder ? location : path.dirname(location), folder ? MAX_DEPTH : 0, seen);
  }
  const lists = !statSync(source, { throwIfNoEntry: false })?.isDirectory();
  for (const collection of splits) {
    for (const { id, label } of collection?.examples ?? []) {
      hash.update(`${id}\0${label}\0`);
      if (lists) addFile(hash, path.join(roots[0]!, id));
      if (++seen.files % YIELD_EVERY === 0) await setImmediate();
    }
    hash.update('\n');
  }
  return hash.digest('hex');
}

async function addFolder(hash: Hash, folder: string, depth: number, seen: { files: number }): Promise<void> {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    hash.update(`${folder}: unreadable\n`);
    return;
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const full = path.join(folder, entry.name);
    if (!entry.isDirectory()) addFile(hash, full);
    else if (depth > 0) await addFolder(hash, full, depth - 1, seen);
    if (++seen.files % YIELD_EVERY === 0) await setImmediate();
  }
}

function addFile(hash: Hash, file: string): void {
  const state = statSync(file, { throwIfNoEntry: false });
  if (state?.isFile()) hash.update(`${file}\0${state.size}\0${state.mtimeMs}\n`);
}
