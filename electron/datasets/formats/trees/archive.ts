import { createGunzip } from 'node:zlib';
import type { SourceContext } from '../source.ts';
import { isTarHeader, TarTree } from './tar-tree.ts';
import type { Tree } from './tree.ts';
import { ZipTree } from './zip-tree.ts';

export type ArchiveKind = 'zip' | 'tar' | 'tar.gz';

/** Whether a name promises an archive: inside of folders only these are looked into. */
export function looksLikeArchive(name: string): boolean {
  return /\.(zip|tar|tgz|tar\.gz)$/i.test(name);
}

/** What archive a file is, by its content; null = none. */
export async function archiveKind(tree: Tree, name: string): Promise<ArchiveKind | null> {
  const head = await tree.head(name, 64 << 10);
  const magic = head.subarray(0, 4).toString('latin1');
  if (magic === 'PK\x03\x04' || magic === 'PK\x05\x06') return 'zip';
  if (isTarHeader(head.subarray(0, 512))) return 'tar';
  if (head[0] !== 0x1f || head[1] !== 0x8b) return null;
  return isTarHeader(await gunzipped(head, 512)) ? 'tar.gz' : null;
}

/** Opens an archive as a tree of its own. @throws ExpectedError 'bad-input' when it is damaged, or a bomb */
export async function openArchive(
  tree: Tree,
  name: string,
  kind: ArchiveKind,
  { skips, scratch }: SourceContext,
): Promise<Tree> {
  const file = await tree.open(name);
  const slice = file.part(tree.describe(name), 0, file.length);
  if (kind === 'zip') return ZipTree.open(slice, skips, scratch);
  return TarTree.open(kind === 'tar' ? slice : await scratch.gunzip(slice), skips, scratch);
}

/** The first bytes of what a file's beginning unpacks to; fewer when it is damaged. */
function gunzipped(head: Buffer, bytes: number): Promise<Buffer> {
  return new Promise((resolve) => {
    const gunzip = createGunzip();
    const chunks: Buffer[] = [];
    let got = 0;
    const finish = () => {
      gunzip.destroy();
      resolve(Buffer.concat(chunks).subarray(0, bytes));
    };
    gunzip.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      got += chunk.length;
      if (got >= bytes) finish();
    });
    gunzip.on('end', finish);
    gunzip.on('error', finish);
    gunzip.end(head);
  });
}
