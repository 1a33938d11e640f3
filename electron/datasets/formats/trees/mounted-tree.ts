import { byCodePoint } from '../source.ts';
import type { FileSlice } from './file-slice.ts';
import { joined, type Listing, type Tree } from './tree.ts';

/** Archives that lie side by side, each as a folder of its own name. */
export class MountedTree implements Tree {
  readonly root: string;
  readonly #mounts: Map<string, Tree>;

  /** @param mounts trees by the name of their folder, without '/' */
  constructor(root: string, mounts: Map<string, Tree>) {
    this.root = root;
    this.#mounts = mounts;
  }

  describe(name: string): string {
    const at = this.#at(name);
    return at ? at.tree.describe(at.inner) : this.root;
  }

  async list(relative: string): Promise<Listing> {
    if (relative === '') return { folders: [...this.#mounts.keys()].sort(byCodePoint), files: [] };
    const at = this.#at(relative);
    if (!at) return { folders: [], files: [] };
    const { folders, files } = await at.tree.list(at.inner);
    return { folders: folders.map((n) => joined(at.mount, n)), files: files.map((n) => joined(at.mount, n)) };
  }

  async listDeep(relative: string): Promise<string[]> {
    const mounts = relative === '' ? (await this.list('')).folders : [relative];
    const all: string[] = [];
    for (const name of mounts) {
      const at = this.#at(name)!;
      for (const file of await at.tree.listDeep(at.inner)) all.push(joined(at.mount, file));
    }
    return all;
  }

  async find(base: string, written: string): Promise<{ name: string } | { reason: string }> {
    const at = this.#at(base);
    if (!at) return { reason: 'the list names a file outside its own folder' };
    const found = await at.tree.find(at.inner, written);
    return 'name' in found ? { name: joined(at.mount, found.name) } : found;
  }

  size(name: string): Promise<number> {
    const { tree, inner } = this.#at(name)!;
    return tree.size(inner);
  }

  head(name: string, bytes: number): Promise<Buffer> {
    const { tree, inner } = this.#at(name)!;
    return tree.head(inner, bytes);
  }

  read(name: string, limit: number, size?: number): Promise<Buffer> {
    const { tree, inner } = this.#at(name)!;
    return tree.read(inner, limit, size);
  }

  open(name: string): Promise<FileSlice> {
    const { tree, inner } = this.#at(name)!;
    return tree.open(inner);
  }

  #at(name: string): { tree: Tree; mount: string; inner: string } | null {
    const end = name.indexOf('/');
    const mount = end < 0 ? name : name.slice(0, end);
    const tree = this.#mounts.get(mount);
    return tree ? { tree, mount, inner: end < 0 ? '' : name.slice(end + 1) } : null;
  }
}
