import * as path from 'node:path';
import { ExpectedError } from '../../../../shared/contract/errors.ts';
import { byCodePoint, type SkipLog } from '../source.ts';
import type { FileSlice } from './file-slice.ts';
import { folderOf, isHidden, joined, lastPart, type Listing, type Tree } from './tree.ts';

/** An archive with more members is refused: the list of their names alone would fill the memory. */
const MAX_MEMBERS = 4_000_000;

/** The folders and files of an archive, by the names of its members. */
export abstract class MemberTree<Member> implements Tree {
  readonly root: string;
  readonly #members = new Map<string, Member>();
  readonly #folders = new Map<string, { folders: Set<string>; files: string[] }>([
    ['', { folders: new Set(), files: [] }],
  ]);
  readonly #skips: SkipLog;
  #sorted = false;

  constructor(root: string, skips: SkipLog) {
    this.root = root;
    this.#skips = skips;
  }

  abstract size(name: string): Promise<number>;
  abstract head(name: string, bytes: number): Promise<Buffer>;
  abstract read(name: string, limit: number): Promise<Buffer>;
  abstract open(name: string): Promise<FileSlice>;

  describe(name: string): string {
    return name === '' ? this.root : `${this.root}, ${name}`;
  }

  list(relative: string): Promise<Listing> {
    if (!this.#sorted) this.#sort();
    const { folders, files } = this.#folders.get(relative) ?? { folders: new Set<string>(), files: [] };
    return Promise.resolve({ folders: [...folders], files: [...files] });
  }

  async listDeep(relative: string): Promise<string[]> {
    const { folders, files } = await this.list(relative);
    for (const folder of folders) {
      for (const file of await this.listDeep(folder)) files.push(file);
    }
    return files;
  }

  find(base: string, written: string): Promise<{ name: string } | { reason: string }> {
    const portable = written.replaceAll('\\', '/');
    const name = path.posix.normalize(joined(base, portable));
    if (portable.startsWith('/') || name.startsWith('../') || name === '..') {
      return Promise.resolve({ reason: 'the list names a file outside its own folder' });
    }
    for (const form of [name, name.normalize('NFC'), name.normalize('NFD')]) {
      if (this.#members.has(form)) return Promise.resolve({ name: form });
    }
    return Promise.resolve({ reason: 'the list names this file, but it does not exist' });
  }

  protected get count(): number {
    return this.#members.size;
  }

  /** @throws Error: names come from `list` and `find` only */
  protected member(name: string): Member {
    const found = this.#members.get(name);
    if (found === undefined) throw new Error(`no member ${name} in ${this.root}`);
    return found;
  }

  /** Takes a member in under its written name; one that leads out of the archive or comes twice is passed over. */
  protected add(written: string, member: Member): void {
    const name = safeName(written);
    if (name === null) this.#skips.add(printable(written), 'its path leads out of the archive');
    else if (name.split('/').some(isHidden)) this.#skips.addHidden(name);
    else if (this.#members.has(name)) this.#skips.add(`${name} (again)`, 'the archive holds this name twice');
    else if (name.split('/').length > 64) this.#skips.add(name, 'folders nested deeper than 64 are not read');
    else {
      if (this.#members.size >= MAX_MEMBERS) {
        throw new ExpectedError('bad-input', `${this.root} has more than ${MAX_MEMBERS} members.`);
      }
      this.#members.set(name, member);
      this.#folder(folderOf(name)).files.push(name);
    }
  }

  /** Notes a member that cannot be used. */
  protected pass(written: string, reason: string): void {
    if (isHidden(lastPart(written))) this.#skips.addHidden(printable(written));
    else this.#skips.add(printable(written), reason);
  }

  #folder(name: string): { folders: Set<string>; files: string[] } {
    const known = this.#folders.get(name);
    if (known) return known;
    const fresh = { folders: new Set<string>(), files: [] };
    this.#folders.set(name, fresh);
    this.#folder(folderOf(name)).folders.add(name);
    return fresh;
  }

  #sort(): void {
    for (const folder of this.#folders.values()) {
      folder.files.sort(byCodePoint);
      folder.folders = new Set([...folder.folders].sort(byCodePoint));
    }
    this.#sorted = true;
  }
}

/** A member's name in plain form; null when it is absolute, empty or leads out of the archive. */
export function safeName(written: string): string | null {
  const portable = written.replaceAll('\\', '/');
  if (portable.startsWith('/') || /^[a-zA-Z]:/.test(portable) || portable.includes('\0')) return null;
  const parts = portable.split('/').filter((part) => part !== '' && part !== '.');
  return parts.length === 0 || parts.includes('..') ? null : parts.join('/');
}

function printable(written: string): string {
  return written.replace(/[\u0000-\u001f\u007f]/g, '?').slice(0, 300) || '(no name)';
}
