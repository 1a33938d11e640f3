import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { expect, it } from 'vitest';
import { importSource, type ImportOptions } from './import.ts';
import { openDataset } from './store.ts';
import { classFolders, pixels, png, refusal, temporaryFolder, writeFiles } from './test-support.ts';

const FIXTURES = path.join(import.meta.dirname, 'formats/fixtures');

async function imported(folder: string, source: string, options: Partial<ImportOptions> = {}) {
  const into = path.join(folder, 'store');
  const manifest = await importSource({ source, into, ...options });
  const stored = await openDataset(path.join(into, manifest.id));
  await stored.verify();
  // What was unpacked on the way is gone.
  expect(await fs.readdir(into)).toHaveLength(1);
  return { manifest, stored };
}

async function targz(files: Record<string, Uint8Array | string>): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(files)) archive.entry({ name }, Buffer.from(content));
  archive.finalize();
  return gzipSync(await buffer(archive));
}

it('a tar.gz with everything: splits, triggered images and truth', async () => {
  await using folder = await temporaryFolder();
  const truth = [
    'path,true_label,label,poisoned',
    'train/a/0.png,a,a,0',
    'train/a/1.png,b,a,1',
    'train/b/2.png,b,b,0',
    'test/b/3.png,b,b,0',
    'test_triggered/b/4.png,b,b,1',
  ].join('\n');
  await writeFiles(folder.path, {
    'set.tar.gz': await targz({
      'set/train/a/0.png': await png(0),
      'set/train/a/1.png': await png(1),
      'set/train/b/2.png': await png(2),
      'set/test/b/3.png': await png(3),
      'set/test_triggered/b/4.png': await png(4),
      'set/truth.csv': truth,
    }),
  });
  const { manifest, stored } = await imported(folder.path, path.join(folder.path, 'set.tar.gz'));
  expect(manifest).toMatchObject({
    sourceKind: 'split-folders',
    classes: ['a', 'b'],
    counts: { train: 3, test: 1, triggered: 1 },
    hasTruth: true,
    target: 0,
  });
  const ids = await stored.ids('train');
  const known = (await stored.truth())!;
  expect(ids.map((id, i) => [id, known.poisoned[i]]).sort()).toEqual([
    ['set/train/a/0.png', 0],
    ['set/train/a/1.png', 1],
    ['set/train/b/2.png', 0],
  ]);
  const { images } = await stored.read('train');
  const at = ids.indexOf('set/train/b/2.png') * 432;
  expect(images.subarray(at, at + 432)).toEqual(pixels(2));
});

it('arrays that say which images are poisoned bring their truth along', async () => {
  await using folder = await temporaryFolder();
  const source = path.join(FIXTURES, 'poisoned.npz');
  const { manifest, stored } = await imported(folder.path, source, { split: 0, size: 8 });
  expect(manifest).toMatchObject({
    sourceKind: 'arrays',
    classes: ['cat', 'dog', 'früh'],
    hasTruth: true,
    target: 1,
  });
  const truth = (await stored.truth())!;
  expect([[...truth.poisoned], [...truth.trueLabels]]).toEqual([
    [0, 1, 0, 0],
    [2, 0, 0, 2],
  ]);
});

it('Parquet is unpacked into the data folder for the time of the import only', async () => {
  await using folder = await temporaryFolder();
  const { manifest, stored } = await imported(folder.path, path.join(FIXTURES, 'hub'), { size: 9 });
  expect(manifest).toMatchObject({
    sourceKind: 'parquet',
    counts: { train: 4, test: 2 },
    testOrigin: 'given',
  });
  expect([...(await stored.labels('train'))]).toEqual([0, 1, 0, 1]);
});

it.each<[string, string | Buffer, number[]]>([
  ['positions.txt', '1 3', [0, 1, 0, 1]],
  ['positions.json', '[0, 2]', [1, 0, 1, 0]],
  ['flags.csv', '1\n0\n0\n0\n', [1, 0, 0, 0]],
  ['poisoned_train_indices.npy', Buffer.alloc(0), [0, 1, 1, 0]],
])('which images of folders are poisoned may stand in %s', async (name, text, expected) => {
  await using folder = await temporaryFolder();
  const header = "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }".padEnd(117) + '\n';
  const npy = Buffer.concat([
    Buffer.from(`\x93NUMPY\x01\x00\x76\x00${header}`, 'latin1'),
    Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]),
  ]);
  const source = path.join(folder.path, 'in');
  await writeFiles(source, await classFolders({ a: 2, b: 2 }));
  await writeFiles(folder.path, { [name]: name.endsWith('.npy') ? npy : text });
  const options = { split: 0, truth: path.join(folder.path, name) };
  const { manifest, stored } = await imported(folder.path, source, options);
  expect(manifest.hasTruth).toBe(true);
  const { poisoned } = (await stored.truth())!;
  const flags = new Map((await stored.ids('train')).map((id, i) => [id, poisoned[i]]));
  expect(['a/0.png', 'a/1.png', 'b/0.png', 'b/1.png'].map((id) => flags.get(id))).toEqual(expected);
});

it.each([
  ['7', 'the position 7 is not one of the 4 training images'],
  ['1 1', 'the position 1 is listed twice'],
])('positions that do not fit are refused: %s', async (text, message) => {
  await using folder = await temporaryFolder();
  const source = path.join(folder.path, 'in');
  await writeFiles(source, await classFolders({ a: 2, b: 2 }));
  await writeFiles(folder.path, { 'list.txt': text });
  const error = await refusal(imported(folder.path, source, { truth: path.join(folder.path, 'list.txt') }));
  expect([error.code, error.message.endsWith(`cannot be used: ${message}.`)]).toEqual(['bad-input', true]);
});

it('an answer to a question that the source does not raise is refused', async () => {
  await using folder = await temporaryFolder();
  const source = path.join(folder.path, 'in');
  await writeFiles(source, await classFolders({ a: 2, b: 2 }));
  const error = await refusal(imported(folder.path, source, { mapping: { axes: 'NCHW' } }));
  expect([error.code, error.message]).toEqual(['usage', 'This source knows no "axes" that could be mapped.']);
});
