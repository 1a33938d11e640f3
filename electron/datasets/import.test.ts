import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { importSource, type ImportOptions } from './import.ts';
import { openDataset } from './store.ts';
import { classFolders, pixels, png, refusal, temporaryFolder, writeFiles } from './test-support.ts';

async function imported(folder: string, options: Partial<ImportOptions> = {}) {
  const into = path.join(folder, 'store');
  const manifest = await importSource({ source: path.join(folder, 'in'), into, ...options });
  const stored = await openDataset(path.join(into, manifest.id));
  await stored.verify();
  return { manifest, stored, into };
}

async function source(folder: string, files: Record<string, Uint8Array | string>): Promise<string> {
  const inside = path.join(folder, 'in');
  await fs.mkdir(inside, { recursive: true });
  await writeFiles(inside, files);
  return inside;
}

describe('class folders', () => {
  it('keep pixels, labels and names; a stratified part becomes the test split', async () => {
    await using folder = await temporaryFolder();
    await source(folder.path, await classFolders({ cat: 10, dog: 10, 'été 2': 1 }));
    const { manifest, stored } = await imported(folder.path);
    expect(manifest).toMatchObject({
      name: 'in',
      sourceKind: 'class-folders',
      classes: ['cat', 'dog', 'été 2'],
      height: 12,
      width: 12,
      channels: 3,
      counts: { train: 17, test: 4, triggered: 0 },
      testOrigin: 'split',
      hasTruth: false,
      target: null,
      skippedCount: 0,
    });
    const numbers: Record<string, number> = { cat: 0, dog: 10, 'été 2': 20 };
    const all = new Set<string>();
    for (const split of ['train', 'test'] as const) {
      const { images, labels } = await stored.read(split);
      (await stored.ids(split)).forEach((id, i) => {
        const [name, file] = id.split('/') as [string, string];
        all.add(id);
        expect(manifest.classes[labels[i]!]).toBe(name);
        expect(images.subarray(i * 432, (i + 1) * 432)).toEqual(pixels(numbers[name]! + parseInt(file)));
      });
    }
    expect(all.size).toBe(21);
    const quality = await stored.quality();
    expect(quality?.balance).toEqual({ train: [8, 8, 1], test: [2, 2, 0], triggered: [0, 0, 0] });
    expect(quality?.warnings).toEqual(['The class "été 2" has only one training image.']);
  });

  it('give the same for the same seed and another split for another', async () => {
    await using folder = await temporaryFolder();
    await source(folder.path, await classFolders({ a: 8, b: 8 }));
    const [first, again, other] = [
      await imported(folder.path, { seed: 7 }),
      await imported(folder.path, { seed: 7 }),
      await imported(folder.path, { seed: 8 }),
    ];
    expect(again.manifest.hash).toBe(first.manifest.hash);
    expect(again.manifest.id).not.toBe(first.manifest.id);
    expect(other.manifest.hash).not.toBe(first.manifest.hash);
  });

  it('are limited in proportion, and not split when no split is wanted', async () => {
    await using folder = await temporaryFolder();
    await source(folder.path, await classFolders({ a: 12, b: 6, c: 2 }));
    const { stored, manifest } = await imported(folder.path, { limit: 10, split: 0 });
    expect(manifest.counts).toEqual({ train: 10, test: 0, triggered: 0 });
    expect(manifest.testOrigin).toBe('none');
    expect((await stored.quality())?.balance.train).toEqual([6, 3, 1]);
    const error = await refusal(imported(folder.path, { limit: 2 }));
    expect([error.code, error.message]).toEqual([
      'usage',
      'A limit of 2 images is less than one for each class.',
    ]);
  });

  it('count numbered classes by value and look into a single wrapping folder', async () => {
    await using folder = await temporaryFolder();
    const files = await classFolders({ '10': 2, '9': 2, '0': 2 });
    await source(folder.path, Object.fromEntries(Object.entries(files).map(([k, v]) => [`wrapper/${k}`, v])));
    const { manifest } = await imported(folder.path);
    expect(manifest.classes).toEqual(['0', '9', '10']);
  });

  it('are resized to 32 when sizes differ, or to the wanted size', async () => {
    await using folder = await temporaryFolder();
    await source(folder.path, { ...(await classFolders({ a: 3, b: 3 })), 'b/wide.png': await png(9, 20) });
    expect((await imported(folder.path)).manifest).toMatchObject({ width: 32, height: 32 });
    expect((await imported(folder.path, { size: 8 })).manifest).toMatchObject({ width: 8, height: 8 });
  });

  it('stay grey when every image is grey', async () => {
    await using folder = await temporaryFolder();
    const { default: sharp } = await import('sharp');
    const grey = (n: number) =>
      sharp(pixels(n, 12, 1), { raw: { width: 12, height: 12, channels: 1 } })
        .png()
        .toBuffer();
    await source(folder.path, {
      'a/0.png': await grey(0),
      'a/1.png': await grey(1),
      'b/2.png': await grey(2),
    });
    const { manifest, stored } = await imported(folder.path, { split: 0 });
    expect(manifest.channels).toBe(1);
    const train = await stored.read('train');
    (await stored.ids('train')).forEach((id, i) => {
      expect(train.images.subarray(i * 144, (i + 1) * 144)).toEqual(pixels(parseInt(id.slice(2)), 12, 1));
    });
  });

  it('tell duplicates, conflicting labels and leaks into the test split', async () => {
    await using folder = await temporaryFolder();
    const same = await png(1);
    await source(folder.path, {
      'train/a/0.png': same,
      'train/a/1.png': same,
      'train/b/2.png': same,
      'train/b/3.png': await png(3),
      'test/b/4.png': await png(3),
    });
    const { stored } = await imported(folder.path);
    const quality = (await stored.quality())!;
    expect(quality.duplicates).toEqual({ train: 2, test: 0, triggered: 0 });
    expect(quality).toMatchObject({ testInTrain: 1, sizes: [{ width: 12, height: 12, count: 5 }] });
    expect(quality.groups.map((g) => [g.split, g.indices.length])).toEqual([['train', 3]]);
    expect(quality.conflicting).toBeGreaterThan(0);
    expect(quality.warnings.join()).toContain('1 test images also occur in the training split');
  });
});

describe('a folder with train, test, test_triggered and truth.csv', () => {
  const truth = [
    'path,true_label,label,poisoned',
    'train/a/0.png,a,a,0',
    'train/a/1.png,b,a,1',
    'train/b/0.png,b,b,0',
    'test/a/0.png,a,a,0',
    'test/b/0.png,b,b,0',
    'test_triggered/b/0.png,b,b,1',
  ];

  async function whole(lines: string[], more: Record<string, Uint8Array | string> = {}) {
    return {
      'train/a/0.png': await png(0),
      'train/a/1.png': await png(1),
      'train/b/0.png': await png(2),
      'test/a/0.png': await png(3),
      'test/b/0.png': await png(4),
      'test_triggered/b/0.png': await png(5),
      'truth.csv': lines.join('\n'),
      'meta.json': '{}',
      ...more,
    };
  }

  it('is recognised whole', async () => {
    await using folder = await temporaryFolder();
    await source(folder.path, await whole(truth));
    const { manifest, stored } = await imported(folder.path);
    expect(manifest).toMatchObject({
      counts: { train: 3, test: 2, triggered: 1 },
      testOrigin: 'given',
      hasTruth: true,
      target: 0,
      skippedCount: 0,
    });
    const ids = await stored.ids('train');
    const { poisoned, trueLabels } = (await stored.truth())!;
    expect([poisoned[ids.indexOf('train/a/1.png')], poisoned[ids.indexOf('train/a/0.png')]]).toEqual([1, 0]);
    expect(Array.from(ids, (_, i) => trueLabels[i])).toEqual(
      ids.map((id) => (id === 'train/a/0.png' ? 0 : 1)),
    );
  });

  it('knows the target of a clean set from the class without triggered images', async () => {
    await using folder = await temporaryFolder();
    const clean = truth.map((line) => line.replace('a/1.png,b,a,1', 'a/1.png,a,a,0'));
    await source(folder.path, await whole(clean));
    expect((await imported(folder.path)).manifest).toMatchObject({ hasTruth: true, target: 0 });
  });

  it('takes its parts from separate places as well', async () => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, await whole(truth, { 'test/a/1.png': '', 'train/a/9.txt': 'x' }));
    const at = (name: string) => path.join(folder.path, name);
    const { manifest } = await imported(folder.path, {
      source: at('train'),
      test: at('test'),
      triggered: at('test_triggered'),
      truth: at('truth.csv'),
      name: 'parts',
    });
    expect(manifest.skipped).toEqual([
      { path: 'a/9.txt', reason: 'not an image (unsupported type)' },
      { path: 'test/a/1.png', reason: 'empty file (zero bytes)' },
    ]);
    expect(manifest).toMatchObject({ name: 'parts', counts: { train: 3, test: 2, triggered: 1 }, target: 0 });
  });

  it('allows rows about files that had to be skipped', async () => {
    await using folder = await temporaryFolder();
    await source(
      folder.path,
      await whole([...truth, 'train/b/broken.png,b,b,0'], { 'train/b/broken.png': '' }),
    );
    const { manifest } = await imported(folder.path);
    expect(manifest.skipped).toEqual([{ path: 'train/b/broken.png', reason: 'empty file (zero bytes)' }]);
    expect(manifest.counts.train).toBe(3);
  });

  it.each([
    [
      'a missing file',
      [...truth, 'train/b/9.png,b,b,0'],
      'line 8 names train/b/9.png, but the source has no such file',
    ],
    [
      'another label',
      truth.map((l) => l.replace('train/b/0.png,b,b', 'train/b/0.png,b,a')),
      'the label of train/b/0.png is "a" there, but "b" in the source',
    ],
    ['no row for a file', truth.filter((l) => !l.startsWith('train/b/0')), 'has no row for train/b/0.png'],
    [
      'an unknown true label',
      truth.map((l) => l.replace('1.png,b,a,1', '1.png,x,a,1')),
      'the true label "x" is not one of the classes',
    ],
    [
      'a strange flag',
      truth.map((l) => l.replace('a,1', 'a,maybe')),
      'line 3: path, labels or poisoned (0 or 1) are missing',
    ],
    ['a path twice', [...truth, truth[1]!], 'train/a/0.png is listed twice'],
    ['no header', truth.slice(1), 'needs a first line with the columns path,true_label,label,poisoned'],
  ])('is refused when truth.csv has %s', async (_, lines, message) => {
    await using folder = await temporaryFolder();
    await source(folder.path, await whole(lines));
    const error = await refusal(imported(folder.path));
    expect(error.code).toBe('bad-input');
    expect(error.message).toContain('truth.csv');
    expect(error.message).toContain(message);
    expect(await fs.readdir(path.join(folder.path, 'store')).catch(() => [])).toEqual([]);
  });

  it('is refused when the test split has a class that training lacks', async () => {
    await using folder = await temporaryFolder();
    const files = await whole(truth, { 'test/zebra/0.png': await png(8) });
    await source(folder.path, files);
    const error = await refusal(imported(folder.path));
    expect(error.message).toContain('class "zebra" (test/zebra/0.png)');
  });
});

describe('sources that cannot be used', () => {
  it.each<[string, Record<string, Uint8Array | string>, string]>([
    ['an empty folder', {}, 'is empty'],
    ['a folder without images', { 'readme.txt': 'hello' }, 'There are no images in'],
    ['images outside class folders', { 'a.png': 'x' }, 'holds images, but no class folders'],
    ['broken images only', { 'a/1.png': '', 'b/2.png': 'text' }, 'No usable image'],
  ])('%s', async (_, files, message) => {
    await using folder = await temporaryFolder();
    const inside = await source(folder.path, files);
    const error = await refusal(imported(folder.path));
    expect([error.code, error.message.includes(inside)]).toEqual(['bad-input', true]);
    expect(error.message).toContain(message);
  });

  it('a missing folder, one class, archives, single images, strange files', async () => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, {
      'one/only/0.png': await png(0),
      'one/only/1.png': await png(1),
      'x.zip': 'PK\x03\x04rest',
      'x.png': await png(0),
      'x.dat': Buffer.from([1, 0, 2, 0, 3, 0]),
      'empty.csv': '',
    });
    const message = async (name: string) =>
      (await refusal(imported(folder.path, { source: path.join(folder.path, name) }))).message;
    expect(await message('nowhere')).toContain('nowhere does not exist');
    expect(await message('one')).toContain('has only one class, "only"');
    expect(await message('x.zip')).toContain(
      'x.zip cannot be read as a zip archive: it is damaged or cut short',
    );
    expect(await message('x.png')).toContain('x.png is a single image');
    expect(await message('x.dat')).toContain('x.dat is of a kind that is not recognised');
    expect(await message('empty.csv')).toContain('empty.csv is empty');
  });

  it('says what else there was when only one class is usable', async () => {
    await using folder = await temporaryFolder();
    await source(folder.path, { 'a/0.png': await png(0), 'b/bad.png': 'text' });
    const { message } = await refusal(imported(folder.path));
    expect(message).toContain(
      'only one class, "a" (passed over: b/bad.png: not an image in spite of its name)',
    );
  });
});

describe('single files that cannot be used', () => {
  it('are listed with their reasons; system files are only counted', async () => {
    await using folder = await temporaryFolder();
    const whole = await png(50, 40);
    const inside = await source(folder.path, {
      ...(await classFolders({ a: 4, b: 4 })),
      'a/zero.png': '',
      'a/cut.png': whole.subarray(0, whole.length / 2),
      'a/text.png': 'this is not a picture',
      'a/notes.txt': 'notes',
      'a/drawing.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
      'a/.DS_Store': 'x',
      'b/Thumbs.db': 'x',
      'loose.jpg': 'x',
    });
    await fs.symlink('/etc/passwd', path.join(inside, 'b/link.png'));
    await fs.symlink('0.png', path.join(inside, 'b/inner.png'));
    await fs.symlink(inside, path.join(inside, 'b/loop'));
    await fs.symlink('nowhere', path.join(inside, 'b/dead.png'));
    await promisify(execFile)('mkfifo', [path.join(inside, 'b/pipe.png')]);
    const { manifest, stored } = await imported(folder.path);
    const reasons = Object.fromEntries(manifest.skipped.map((s) => [s.path, s.reason]));
    expect(reasons).toMatchObject({
      'a/zero.png': 'empty file (zero bytes)',
      'a/cut.png': 'damaged or cut short',
      'a/text.png': 'not an image in spite of its name',
      'a/notes.txt': 'not an image (unsupported type)',
      'a/drawing.svg': 'drawings (SVG) and XML files are not supported',
      'loose.jpg': 'not inside a class folder',
      'b/link.png': 'a link that leaves the source folder',
      'b/loop': 'a link to a folder (these are not followed)',
      'b/dead.png': 'a link that leads nowhere',
      'b/pipe.png': 'not a regular file',
    });
    expect(manifest.skippedCount).toBe(10);
    expect(manifest.counts.train + manifest.counts.test).toBe(9);
    expect((await stored.quality())?.hiddenFiles).toBe(2);
  });

  it('work with spaces and with names composed in two ways', async () => {
    await using folder = await temporaryFolder();
    const composed = 'caf\u00e9 au lait';
    await source(folder.path, {
      [`train/${composed}/\u00fc 1.png`]: await png(0),
      'train/b/1.png': await png(1),
      [`test/${composed.normalize('NFD')}/2.png`]: await png(2),
      'truth.csv': `path,true_label,label,poisoned\ntrain/${composed}/u\u0308 1.png,${composed},${composed.normalize('NFD')},0\ntrain/b/1.png,b,b,0\n`,
    });
    const { manifest } = await imported(folder.path);
    expect(manifest).toMatchObject({
      classes: ['b', composed],
      counts: { train: 2, test: 1 },
      hasTruth: true,
    });
  });
});

describe('the import as a whole', () => {
  it('reports progress, and leaves nothing behind when it is cancelled', async () => {
    await using folder = await temporaryFolder();
    const inside = await source(folder.path, await classFolders({ a: 40, b: 40 }));
    const into = path.join(folder.path, 'store');
    const seen: number[] = [];
    const abort = new AbortController();
    const onProgress = ({ done, total }: { done: number; total: number }) => {
      seen.push(done / total);
      abort.abort();
    };
    const error = await refusal(importSource({ source: inside, into }, { onProgress, signal: abort.signal }));
    expect(error.code).toBe('cancelled');
    expect(seen).toHaveLength(1);
    expect(await fs.readdir(into).catch(() => [])).toEqual([]);
    const notes: number[] = [];
    await importSource(
      { source: inside, into },
      { onProgress: ({ done, total }) => notes.push(done / total) },
    );
    expect(notes).toEqual([...notes].sort((a, b) => a - b));
    expect(notes.at(-1)).toBe(1);
  });

  it('works twice at once in one folder', async () => {
    await using folder = await temporaryFolder();
    await source(folder.path, await classFolders({ a: 6, b: 6 }));
    const script = [
      `import { importSource } from ${JSON.stringify(path.resolve(import.meta.dirname, 'import.ts'))};`,
      `const m = await importSource({ source: ${JSON.stringify(path.join(folder.path, 'in'))}, into: ${JSON.stringify(path.join(folder.path, 'store'))} });`,
      'console.log(m.id);',
    ].join('\n');
    const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    const ids = (await Promise.all([run(), run()])).map(({ stdout }) => stdout.trim());
    expect(new Set(ids).size).toBe(2);
    expect((await fs.readdir(path.join(folder.path, 'store'))).sort()).toEqual(ids.sort());
    for (const id of ids) await (await openDataset(path.join(folder.path, 'store', id))).verify();
  });

  it('refuses options that make no sense', async () => {
    const refused = (options: Partial<ImportOptions>) =>
      refusal(importSource({ source: 'x', into: 'y', ...options }));
    for (const options of [{ size: 7 }, { split: 1 }, { limit: 0 }, { seed: 0.5 }, { name: ' ' }]) {
      expect((await refused(options)).code).toBe('usage');
    }
    // An empty path would otherwise be the current folder.
    for (const option of ['source', 'test', 'triggered', 'truth']) {
      for (const nothing of ['', '  ']) {
        const error = await refused({ [option]: nothing });
        expect([error.code, error.message]).toEqual(['usage', expect.stringContaining('is empty')]);
      }
    }
  });
});
