import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ImageSet } from '../../shared/contract/dataset.ts';
import { importSource } from './import.ts';
import { createSample } from './sample.ts';
import { asStorageError } from './storage-errors.ts';
import { openDataset } from './store.ts';
import { canMount, classFolders, refusal, temporaryFolder, writeFiles } from './test-support.ts';
import { appendSet, type Description, writeDataset } from './writer.ts';

const SET: ImageSet = {
  count: 3,
  height: 2,
  width: 1,
  channels: 3,
  images: Uint8Array.from({ length: 18 }, (_, i) => i * 10),
  labels: Int32Array.of(1, 0, 1),
};

const DESCRIPTION: Description = {
  manifest: {
    name: 'Größe 1',
    source: '/somewhere',
    sourceKind: 'class-folders',
    classes: ['no', 'yes'],
    height: 2,
    width: 1,
    channels: 3,
    testOrigin: 'none',
    target: 1,
    attack: null,
    skipped: [],
    skippedCount: 0,
  },
  truth: { poisoned: Uint8Array.of(0, 1, 0), trueLabels: Int32Array.of(1, 1, 1) },
  quality: null,
};

async function stored(folder: string, description = DESCRIPTION) {
  const manifest = await writeDataset(folder, async (dataset) => {
    await appendSet(dataset, 'train', SET, ['a', 'b\n"c"', 'ü']);
    return description;
  });
  return { manifest, dir: path.join(folder, manifest.id) };
}

describe('a stored data set', () => {
  it('gives back what was put in', async () => {
    await using folder = await temporaryFolder();
    const { dir, manifest } = await stored(folder.path);
    expect(manifest.id).toMatch(/^gro-e-1-[0-9a-f]{8}$/);
    const dataset = await openDataset(dir);
    expect(dataset.manifest).toEqual(manifest);
    expect(await dataset.read('train')).toEqual(SET);
    expect(await dataset.read('test')).toMatchObject({ count: 0, images: new Uint8Array(0) });
    expect(await dataset.ids('train')).toEqual(['a', 'b\n"c"', 'ü']);
    expect(await dataset.ids('test')).toEqual([]);
    expect(await dataset.truth()).toEqual(DESCRIPTION.truth);
    expect(await dataset.quality()).toBeNull();
    const middle = await dataset.readRange('train', 1, 1);
    expect([...middle.images, ...middle.labels]).toEqual([60, 70, 80, 90, 100, 110, 0]);
    await expect(dataset.readRange('train', 2, 2)).rejects.toThrow(RangeError);
    await dataset.verify();
    expect(await fs.readdir(folder.path)).toEqual([manifest.id]);
  });

  it('has little-endian labels and raw images on the disk', async () => {
    await using folder = await temporaryFolder();
    const { dir } = await stored(folder.path);
    expect([...(await fs.readFile(path.join(dir, 'train.labels')))]).toEqual([
      1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0,
    ]);
    expect(new Uint8Array(await fs.readFile(path.join(dir, 'train.images')))).toEqual(SET.images);
  });

  it('has a hash of its content only', async () => {
    await using folder = await temporaryFolder();
    const named = { ...DESCRIPTION, manifest: { ...DESCRIPTION.manifest, name: 'other', source: '' } };
    const classed = { ...DESCRIPTION, manifest: { ...DESCRIPTION.manifest, classes: ['no', 'maybe'] } };
    const first = (await stored(folder.path)).manifest.hash;
    expect((await stored(folder.path, named)).manifest.hash).toBe(first);
    expect((await stored(folder.path, classed)).manifest.hash).not.toBe(first);
  });

  it.each<[string, string, (file: string) => Promise<void>, string]>([
    ['cut short', 'train.images', (f) => fs.truncate(f, 17), 'it has 17 bytes instead of 18'],
    ['missing', 'train.labels', (f) => fs.rm(f), 'it is missing'],
    ['too long', 'truth.poisoned', (f) => fs.appendFile(f, 'x'), 'it has 4 bytes instead of 3'],
    ['not JSON', 'dataset.json', (f) => fs.truncate(f, 20), 'it is not valid JSON'],
    ['lacking a field', 'dataset.json', (f) => fs.writeFile(f, '{"format":1}'), 'id: '],
  ])('is refused when a file is %s', async (_, name, damage, message) => {
    await using folder = await temporaryFolder();
    const { dir } = await stored(folder.path);
    await damage(path.join(dir, name));
    const error = await refusal(openDataset(dir));
    expect(error.code).toBe('bad-input');
    expect(error.message).toContain(path.join(dir, name));
    expect(error.message).toContain(message);
  });

  it('is refused when it is not there, or from a newer version', async () => {
    await using folder = await temporaryFolder();
    expect((await refusal(openDataset(path.join(folder.path, 'x')))).code).toBe('not-found');
    await writeFiles(folder.path, { 'dataset.json': '{"format":2}' });
    expect((await refusal(openDataset(folder.path))).message).toContain('newer version');
  });

  it('notices changed pixels when verified, and impossible labels when read', async () => {
    await using folder = await temporaryFolder();
    const { dir } = await stored(folder.path);
    await fs.writeFile(
      path.join(dir, 'train.images'),
      SET.images.map((v) => v ^ 1),
    );
    const dataset = await openDataset(dir);
    expect((await refusal(dataset.verify())).message).toContain('the content hash does not match');
    await fs.writeFile(path.join(dir, 'train.labels'), new Uint8Array(12).fill(1));
    expect((await refusal(dataset.read('train'))).message).toContain('there are 2 classes');
    await fs.writeFile(path.join(dir, 'train.ids'), '["a"]');
    expect((await refusal(dataset.ids('train'))).message).toContain('not a list of 3 names');
  });
});

describe('writing', () => {
  it('leaves nothing behind when it fails', async () => {
    await using folder = await temporaryFolder();
    const failing = writeDataset(folder.path, async (dataset) => {
      await appendSet(dataset, 'train', SET, ['a', 'b', 'c']);
      throw new TypeError('a bug');
    });
    await expect(failing).rejects.toThrow(TypeError);
    expect(await fs.readdir(folder.path)).toEqual([]);
  });

  it('removes what a killed import left a day ago, not what another is writing', async () => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, { '.new-old/train.images': 'x', '.new-busy/train.images': 'x' });
    const longAgo = new Date(Date.now() - 48 * 3600 * 1000);
    await fs.utimes(path.join(folder.path, '.new-old'), longAgo, longAgo);
    const { manifest } = await stored(folder.path);
    expect((await fs.readdir(folder.path)).sort()).toEqual(['.new-busy', manifest.id]);
  });

  it('removes at once what a process left that was killed on this computer', async () => {
    await using folder = await temporaryFolder();
    const code = `
      import { writeDataset } from ${JSON.stringify(new URL('./writer.ts', import.meta.url).href)};
      await writeDataset(process.argv[1], async (dataset) => {
        console.log(dataset.folder);
        await new Promise((resolve) => setInterval(resolve, 2 ** 30));
      });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code, folder.path]);
    const ended = once(child, 'close');
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const left = path.basename(String(line).trim());
    const { manifest: first } = await stored(folder.path);
    expect((await fs.readdir(folder.path)).sort()).toEqual([left, first.id]);
    child.kill('SIGKILL');
    await ended;
    const { manifest: second } = await stored(folder.path);
    expect((await fs.readdir(folder.path)).sort()).toEqual([first.id, second.id].sort());
  });

  it('says in plain words that the target is a file', async () => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, { file: 'x' });
    const error = await refusal(stored(path.join(folder.path, 'file', 'inner')));
    expect(error.code).toBe('storage');
    expect(error.message).toContain('part of the path is a file');
  });

  it('knows a full disk from a bug', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    expect(asStorageError(full, '/data')).toMatchObject({
      code: 'storage',
      message: 'The data set could not be stored in /data: the disk is full.',
    });
    const bug = new TypeError('x');
    expect(asStorageError(bug, '/data')).toBe(bug);
  });
});

describe.skipIf(!canMount())('a full disk (a real one of 256 KiB)', () => {
  it('gives a clear error and stays as it was', async () => {
    await using folder = await temporaryFolder();
    const disk = path.join(folder.path, 'disk');
    await fs.mkdir(disk);
    await writeFiles(path.join(folder.path, 'in'), await classFolders({ a: 60, b: 60 }));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk]);
    try {
      const attempts = [
        () => importSource({ source: path.join(folder.path, 'in'), into: disk, size: 64 }),
        () => createSample({ into: disk, seed: 1, trainPerClass: 30, testPerClass: 1, size: 32 }),
      ];
      for (const attempt of attempts) {
        const error = await refusal(attempt());
        expect(error.code).toBe('storage');
        expect(error.message).toBe(`The data set could not be stored in ${disk}: the disk is full.`);
      }
      expect(await fs.readdir(disk)).toEqual([]);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});
