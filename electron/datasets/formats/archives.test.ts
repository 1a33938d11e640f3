import * as path from 'node:path';
import * as fs from 'node:fs/promises';
import { deflateRawSync, gzipSync, crc32 } from 'node:zlib';
import { pack } from 'tar-stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import {
  classFolders,
  pixels,
  png,
  refusal,
  sourceContext,
  temporaryFolder,
  writeFiles,
} from '../test-support.ts';
import { openSource } from './open-source.ts';

interface ZipMember {
  name: string;
  content: Uint8Array;
  packed?: boolean;
  /** Unix mode. */
  mode?: number;
  /** What the directory claims instead of the truth. */
  claims?: { unpacked?: number; crc?: number; flags?: number; method?: number; offset?: number };
}

/** A zip archive by hand (APPNOTE 6.3): local headers, directory, end. */
function zip(members: ZipMember[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, content, packed, mode = 0o100644, claims = {} } of members) {
    const data = packed ? deflateRawSync(content) : Buffer.from(content);
    const written = Buffer.from(name);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(claims.flags ?? 0x800, 2);
    fields.writeUInt16LE(claims.method ?? (packed ? 8 : 0), 4);
    fields.writeUInt32LE(claims.crc ?? crc32(content), 10);
    fields.writeUInt32LE(data.length, 14);
    fields.writeUInt32LE(claims.unpacked ?? content.length, 18);
    fields.writeUInt16LE(written.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, written, data]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(claims.offset ?? at, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x03', 'latin1'), fields, tail, written]));
    parts.push(local);
    at += local.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

async function tar(members: { name: string; content?: Uint8Array; type?: 'symlink' | 'link' | 'file' }[]) {
  const archive = pack();
  for (const { name, content = new Uint8Array(0), type = 'file' } of members) {
    if (type === 'file') archive.entry({ name, type }, Buffer.from(content));
    else archive.entry({ name, type, linkname: '/etc/passwd' });
  }
  archive.finalize();
  return buffer(archive);
}

async function opened(folder: string, name: string) {
  const context = sourceContext(folder);
  return { source: await openSource(path.join(folder, name), context), skips: context.skips };
}

const asMembers = (files: Record<string, Uint8Array>) =>
  Object.entries(files).map(([name, content], i) => ({ name, content, packed: i % 2 === 0 }));
const all = async () => classFolders({ 'données/cat': 2, 'données/dog': 2 });

describe('archives of class folders', () => {
  it.each([
    ['set.zip', async () => zip(asMembers(await all()))],
    ['set.tar', async () => tar(asMembers(await all()))],
    ['set.tar.gz', async () => gzipSync(await tar(asMembers(await all())))],
    ['set-without-ending', async () => gzipSync(await tar(asMembers(await all())))],
  ])('%s is read as the folder would be', async (name, make) => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, { [name]: await make() });
    const { source, skips } = await opened(folder.path, name);
    expect(source.kind).toBe('class-folders');
    expect(source.train.examples).toEqual([
      { id: 'données/cat/0.png', label: 'cat' },
      { id: 'données/cat/1.png', label: 'cat' },
      { id: 'données/dog/0.png', label: 'dog' },
      { id: 'données/dog/1.png', label: 'dog' },
    ]);
    const size = { width: 12, height: 12 };
    expect(await source.train.inspect(2)).toMatchObject(size);
    for (let n = 0; n < 4; n++) expect(new Uint8Array(await source.train.read(n, size))).toEqual(pixels(n));
    expect(skips.count).toBe(0);
  });

  it('names longer than a tar header holds', async () => {
    await using folder = await temporaryFolder();
    const name = `${'long'.repeat(40)}/${'name'.repeat(40)}.png`;
    await writeFiles(folder.path, {
      'x.tar': await tar([
        { name, content: await png(0) },
        { name: 'b/0.png', content: await png(1) },
      ]),
    });
    const { source } = await opened(folder.path, 'x.tar');
    expect(source.train.examples.map(({ id }) => id)).toContain(name);
  });

  it('other formats inside: lists, IDX, CIFAR', async () => {
    await using folder = await temporaryFolder();
    const fixtures = path.join(import.meta.dirname, 'fixtures/cifar10');
    const cifar = await Promise.all(
      (await fs.readdir(fixtures)).map(async (name) => ({
        name: `cifar-10-batches-py/${name}`,
        content: await fs.readFile(path.join(fixtures, name)),
        packed: true,
      })),
    );
    await writeFiles(folder.path, {
      'cifar.tar.gz': gzipSync(await tar(cifar)),
      'cifar.zip': zip(cifar),
      'list.zip': zip([
        {
          name: 'list/labels.jsonl',
          content: Buffer.from(
            '{"file": "img/a.png", "label": 1}\n{"file": "../b.png", "label": 0}\n{"file": "../../c.png", "label": 0}\n',
          ),
        },
        { name: 'list/img/a.png', content: await png(0) },
        { name: 'list/../list/b.png', content: await png(1) },
      ]),
    });
    for (const name of ['cifar.tar.gz', 'cifar.zip']) {
      const { source } = await opened(folder.path, name);
      expect([source.kind, source.train.examples.length]).toEqual(['cifar10-pickle', 7]);
      const read = await source.train.read(1, { width: 32, height: 32 });
      expect([...read.subarray(0, 6)]).toEqual([57, 158, 3, 64, 165, 10]);
    }
    const { source, skips } = await opened(folder.path, 'list.zip');
    expect(source.train.examples).toEqual([{ id: 'list/img/a.png', label: '1' }]);
    expect(skips.listed.map(({ reason }) => reason)).toEqual([
      'its path leads out of the archive',
      'the list names this file, but it does not exist',
      'the list names a file outside its own folder',
    ]);
  });
});

describe('archives that mean harm', () => {
  const good = async () => asMembers(await classFolders({ a: 1, b: 1 }));

  it('members that lead out, come twice, are links, encrypted or of unknown method are passed over', async () => {
    await using folder = await temporaryFolder();
    const content = await png(9);
    const bad: ZipMember[] = [
      { name: '../outside.png', content },
      { name: '/etc/absolute.png', content },
      { name: 'C:\\windows.png', content },
      { name: 'a\\..\\..\\back.png', content },
      { name: 'a/0.png', content },
      { name: 'a/link.png', content: Buffer.from('/etc/passwd'), mode: 0o120777 },
      { name: 'a/secret.png', content, claims: { flags: 0x801 } },
      { name: 'a/strange.png', content, claims: { method: 93 } },
      { name: '__MACOSX/a/._0.png', content },
    ];
    await writeFiles(folder.path, { 'x.zip': zip([...(await good()), ...bad]) });
    const { source, skips } = await opened(folder.path, 'x.zip');
    expect(source.train.examples.map(({ id }) => id)).toEqual(['a/0.png', 'b/0.png']);
    expect(skips.listed).toEqual([
      { path: '../outside.png', reason: 'its path leads out of the archive' },
      { path: '/etc/absolute.png', reason: 'its path leads out of the archive' },
      { path: 'C:/windows.png', reason: 'its path leads out of the archive' },
      { path: 'a/../../back.png', reason: 'its path leads out of the archive' },
      { path: 'a/0.png (again)', reason: 'the archive holds this name twice' },
      { path: 'a/link.png', reason: 'a link inside an archive' },
      { path: 'a/secret.png', reason: 'it is encrypted' },
      { path: 'a/strange.png', reason: 'packed in a way that is not supported (method 93)' },
    ]);
    expect(skips.hidden).toBe(1);
    expect((await fs.readdir(folder.path)).filter((name) => name !== '.scratch')).toEqual(['x.zip']);
  });

  it('of a tar archive too', async () => {
    await using folder = await temporaryFolder();
    const content = await png(9);
    await writeFiles(folder.path, {
      'x.tar': await tar([
        ...(await good()),
        { name: '../outside.png', content },
        { name: '/etc/absolute.png', content },
        { name: 'a/link.png', type: 'symlink' },
        { name: 'a/hard.png', type: 'link' },
      ]),
    });
    const { source, skips } = await opened(folder.path, 'x.tar');
    expect(source.train.examples).toHaveLength(2);
    expect(skips.listed.map(({ path: name, reason }) => `${name}: ${reason}`)).toEqual([
      '../outside.png: its path leads out of the archive',
      '/etc/absolute.png: its path leads out of the archive',
      'a/link.png: a link inside an archive',
      'a/hard.png: a link inside an archive',
    ]);
  });

  it('a member that is larger than it says, damaged, or elsewhere has its reason', async () => {
    await using folder = await temporaryFolder();
    const bomb = Buffer.alloc(1 << 20);
    const content = await png(9);
    await writeFiles(folder.path, {
      'x.zip': zip([
        { name: 'a/bomb.png', content: bomb, packed: true, claims: { unpacked: 1000 } },
        { name: 'a/wrong.png', content, packed: true, claims: { crc: 1 } },
        { name: 'a/gone.png', content, claims: { offset: 5 } },
        { name: 'b/huge.png', content, packed: true, claims: { unpacked: 0xfffffff0 } },
      ]),
    });
    const { source } = await opened(folder.path, 'x.zip');
    const reasons = await Promise.all(
      source.train.examples.map((_, i) =>
        source.train.inspect(i).then(
          () => 'fine',
          (e: Error) => e.message,
        ),
      ),
    );
    expect(reasons).toEqual([
      'damaged or cut short',
      'damaged: the archive has no such member where its directory says',
      'damaged: its checksum does not match',
      'too large: 4295 MB (the limit is 200 MB)',
    ]);
  });

  it('a zip whose members share their bytes is refused', async () => {
    await using folder = await temporaryFolder();
    const content = await png(1, 40);
    const members = Array.from({ length: 9 }, (_, i) => ({
      name: `a/${i}.png`,
      content,
      claims: { offset: 0 },
    }));
    const whole = zip(members);
    const directory = whole.subarray(whole.indexOf('PK\x01\x02', 0, 'latin1'));
    const first = zip([members[0]!]);
    const local = first.subarray(0, first.indexOf('PK\x01\x02', 0, 'latin1'));
    const shared = Buffer.concat([local, directory]);
    shared.writeUInt32LE(local.length, shared.length - 6);
    await writeFiles(folder.path, { 'x.zip': shared });
    expect((await refusal(opened(folder.path, 'x.zip'))).message).toContain('its members overlap');
  });

  it('a tar.gz that unpacks to hundreds of times its size is refused, and nothing stays', async () => {
    await using folder = await temporaryFolder();
    const header = (await tar([{ name: 'a/0.png', content: new Uint8Array(512) }])).subarray(0, 512);
    const zeros = gzipSync(Buffer.alloc(64 << 20));
    // gzip streams may follow each other: 320 MB of zeros after a header.
    await writeFiles(folder.path, {
      'x.tar.gz': Buffer.concat([gzipSync(header), ...Array<Buffer>(5).fill(zeros)]),
    });
    const error = await refusal(opened(folder.path, 'x.tar.gz'));
    expect(error.message).toContain('unpacks to more than 200 times its size');
  });

  it.each<[string, () => Promise<Buffer>, string]>([
    ['zip', async () => zip(await good()).subarray(0, -30), 'cannot be read as a zip archive'],
    [
      'tar',
      async () => (await tar(await good())).subarray(0, 700),
      'cannot be read as a tar archive: it is cut short',
    ],
    ['tar.gz', async () => gzipSync(await tar(await good())).subarray(0, -20), 'damaged or cut short'],
    [
      'tar',
      async () => {
        const bytes = await tar(await good());
        bytes[1024 + 512] = 7;
        bytes.write('7777', 1024 + 124);
        return bytes;
      },
      'damaged at byte',
    ],
  ])('a %s cut short or damaged is refused whole', async (name, make, message) => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, { [`x.${name}`]: await make() });
    const error = await refusal(opened(folder.path, `x.${name}`));
    expect(error.code).toBe('bad-input');
    expect(error.message).toContain(`x.${name}`);
    expect(error.message).toContain(message);
  });
});
