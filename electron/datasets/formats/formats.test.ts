import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { pixels, png, refusal, sourceContext, temporaryFolder, writeFiles } from '../test-support.ts';
import { openSource } from './open-source.ts';
import { sortClasses } from './source.ts';

async function opened(folder: string, name = '') {
  const context = sourceContext(folder);
  return { source: await openSource(path.join(folder, name), context), skips: context.skips };
}

function idx(shape: number[], data: Uint8Array | number[]): Buffer {
  const head = Buffer.alloc(4 + 4 * shape.length);
  head[2] = 8;
  head[3] = shape.length;
  shape.forEach((n, i) => head.writeUInt32BE(n, 4 + 4 * i));
  return Buffer.concat([head, Buffer.from(data)]);
}

/** A CIFAR record whose pixel p is (p, p + 1, p + 2) modulo 256. */
function cifarRecord(...labels: number[]): Buffer {
  const planes = [0, 1, 2].flatMap((c) => Array.from({ length: 1024 }, (_, p) => (p + c) % 256));
  return Buffer.from([...labels, ...planes]);
}

describe('CSV lists', () => {
  const images = async () => ({
    'img/a.png': await png(0),
    'img/b c.png': await png(1),
    'img/d.png': await png(2),
  });

  it.each([
    ['with a header, in any order', 'label,path\ncat,img/a.png\ndog,img/b c.png\n'],
    ['without a header', 'img/a.png,cat\nimg/b c.png,dog\n'],
    [
      'with semicolons and a byte-order mark',
      '\ufefffilename;x;ClassId\nimg/a.png;9;cat\nimg/b c.png;9;dog\n',
    ],
    ['with tabs', 'path\tlabel\nimg/a.png\tcat\nimg/b c.png\tdog\n'],
    ['with quotes and Windows lines', '"path","label"\r\n"img/a.png","cat"\r\n"img/b c.png","dog"\r\n'],
    ['with back slashes and blank lines', 'path,label\n\nimg\\a.png,cat\n\n./img/b c.png,dog\n'],
  ])('are read %s', async (_, text) => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, { ...(await images()), 'list.csv': text });
    for (const name of ['list.csv', '']) {
      const { source, skips } = await opened(folder.path, name);
      expect(source.kind).toBe('csv-list');
      expect(source.train.examples).toEqual([
        { id: 'img/a.png', label: 'cat' },
        { id: 'img/b c.png', label: 'dog' },
      ]);
      expect(skips.count).toBe(0);
    }
  });

  it('do not take a spreadsheet’s apostrophe for a part of a name', async () => {
    await using folder = await temporaryFolder();
    const text = "path,label\n'=a.png,'-1\n'@b.png,+1\n-c.png,'+1\n'd.png,'quoted'\n";
    const names = ['=a.png', '@b.png', '-c.png', "'d.png"];
    const files = await Promise.all(names.map(async (name, i) => [name, await png(i)] as const));
    await writeFiles(folder.path, { ...Object.fromEntries(files), 'list.csv': text });
    const { source, skips } = await opened(folder.path, 'list.csv');
    expect(skips.count).toBe(0);
    expect(source.train.examples).toEqual(
      ['-1', '+1', '+1', "'quoted'"].map((label, i) => ({ id: names[i], label })),
    );
  });

  it('may name a split for each image', async () => {
    await using folder = await temporaryFolder();
    const text = 'path,label,split\nimg/a.png,0,train\nimg/b c.png,1,Test\nimg/d.png,1,holdout\n';
    await writeFiles(folder.path, { ...(await images()), 'list.csv': text });
    const { source, skips } = await opened(folder.path, 'list.csv');
    expect(source.train.examples).toEqual([{ id: 'img/a.png', label: '0' }]);
    expect(source.test?.examples).toEqual([{ id: 'img/b c.png', label: '1' }]);
    expect(skips.listed).toEqual([{ path: 'line 4', reason: 'unknown split "holdout" for img/d.png' }]);
  });

  it('list what they cannot use', async () => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, await images());
    const text =
      'path,label\nimg/a.png,cat\nimg/gone.png,cat\n../../etc/passwd,dog\nimg/d.png,\nimg/a.png,dog\n';
    await writeFiles(folder.path, { 'list.csv': text });
    await fs.symlink('/etc/passwd', path.join(folder.path, 'img/link.png'));
    await fs.appendFile(path.join(folder.path, 'list.csv'), 'img/link.png,dog\n');
    const { source, skips } = await opened(folder.path, 'list.csv');
    expect(source.train.examples).toHaveLength(1);
    expect(skips.listed).toEqual([
      { path: 'img/gone.png', reason: 'the list names this file, but it does not exist' },
      { path: '../../etc/passwd', reason: 'the list names a file outside its own folder' },
      { path: 'line 5', reason: 'no label for img/d.png' },
      { path: 'line 6', reason: 'img/a.png is listed twice' },
      { path: 'img/link.png', reason: 'a link that leaves the source folder' },
    ]);
  });

  it.each([
    [
      'img/gone.png,cat\n',
      'names no usable training image: img/gone.png: the list names this file, but it does not exist',
    ],
    ['just some words\n', 'its first line has only one column'],
    ['a,"x\ny"\nb,"c ""d""\ne,f\n', 'a quotation mark that is opened in line 3 is never closed'],
    ['a,b\n"c"d,e\n', 'line 2 cannot be read as CSV'],
    ['\n\n', 'is empty'],
    [Buffer.from([0x61, 0x2c, 0xe9, 0x0a]), 'is not UTF-8 text'],
  ])('are refused when nothing can be made of them (%#)', async (text, message) => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, { 'list.csv': text });
    const error = await refusal(opened(folder.path, 'list.csv'));
    expect([error.code, error.message.includes('list.csv')]).toEqual(['bad-input', true]);
    expect(error.message).toContain(message);
  });
});

describe('CIFAR binary files', () => {
  it('CIFAR-10: planes become pixels, class names come from the list beside them', async () => {
    await using folder = await temporaryFolder();
    const names = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
    await writeFiles(folder.path, {
      'data_batch_1.bin': Buffer.concat([cifarRecord(3), cifarRecord(9)]),
      'data_batch_2.bin': cifarRecord(0),
      'test_batch.bin': cifarRecord(3),
      'batches.meta.txt': `${names.join('\n')}\n\n`,
    });
    const { source } = await opened(folder.path);
    expect(source).toMatchObject({ kind: 'cifar10-binary', classes: names, triggered: null });
    expect(source.train.examples).toEqual([
      { id: 'data_batch_1.bin#0', label: 'cat' },
      { id: 'data_batch_1.bin#1', label: 'truck' },
      { id: 'data_batch_2.bin#0', label: 'airplane' },
    ]);
    expect(source.test?.examples).toHaveLength(1);
    const image = await source.train.read(0, { width: 32, height: 32 });
    expect([...image.subarray(0, 3), ...image.subarray(3 * 300, 3 * 301)]).toEqual([0, 1, 2, 44, 45, 46]);
  });

  it('CIFAR-100: the fine label counts; a single file is enough', async () => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, { 'train.bin': Buffer.concat([cifarRecord(19, 99), cifarRecord(0, 5)]) });
    for (const name of ['', 'train.bin']) {
      const { source } = await opened(folder.path, name);
      expect(source.kind).toBe('cifar100-binary');
      expect(source.train.examples.map(({ label }) => label)).toEqual(['99', '5']);
    }
  });

  it.each([
    ['cut short', cifarRecord(1).subarray(0, 3000), 'its length of 3000 bytes or its labels do not fit'],
    ['has labels out of range', cifarRecord(10), 'its length of 3073 bytes or its labels do not fit'],
    ['is of another kind', cifarRecord(1, 1), 'is of another kind'],
  ])('are refused when one %s', async (_, bytes, message) => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, { 'data_batch_1.bin': cifarRecord(1), 'data_batch_2.bin': bytes });
    const error = await refusal(opened(folder.path));
    expect(error.message).toContain('data_batch_2.bin');
    expect(error.message).toContain(message);
  });
});

describe('IDX files', () => {
  const images = idx([3, 2, 4], pixels(1).subarray(0, 24));
  const labels = idx([3], [7, 0, 7]);

  it('pairs named as MNIST, packed or not; t10k is the test split', async () => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, {
      'train-images-idx3-ubyte.gz': gzipSync(images),
      'train-labels-idx1-ubyte.gz': gzipSync(labels),
      't10k-images.idx3-ubyte': idx([1, 2, 4], new Uint8Array(8)),
      't10k-labels.idx1-ubyte': idx([1], [0]),
    });
    const { source } = await opened(folder.path);
    expect(source.kind).toBe('idx');
    expect(source.train.examples.map(({ id, label }) => [id, label])).toEqual([
      ['train-images-idx3-ubyte.gz#0', '7'],
      ['train-images-idx3-ubyte.gz#1', '0'],
      ['train-images-idx3-ubyte.gz#2', '7'],
    ]);
    expect(source.test?.examples).toHaveLength(1);
    expect(await source.train.inspect(0)).toEqual({ width: 4, height: 2 });
    const grey = pixels(1)[8];
    expect([...(await source.train.read(1, { width: 4, height: 2 })).subarray(0, 3)]).toEqual([
      grey,
      grey,
      grey,
    ]);
  });

  it('a chosen images file finds its labels', async () => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, { 'x-images-idx3-ubyte': images, 'x-labels-idx1-ubyte': labels });
    const { source } = await opened(folder.path, 'x-images-idx3-ubyte');
    expect(source.train.examples).toHaveLength(3);
    expect(source.test).toBeNull();
  });

  it.each<[string, Record<string, Uint8Array>, string]>([
    ['labels of another number', { 'train-labels-idx1-ubyte': idx([2], [7, 0]) }, '2 labels for 3 images'],
    ['no labels', {}, 'has no labels file beside it'],
    [
      'labels cut short',
      { 'train-labels-idx1-ubyte': labels.subarray(0, 9) },
      'is cut short: it has 1 bytes of data instead of 3',
    ],
    [
      'too many labels',
      { 'train-labels-idx1-ubyte': Buffer.concat([labels, Buffer.alloc(1)]) },
      'holds more than the 3 bytes its header announces',
    ],
    [
      'labels that unpack to much more',
      { 'train-labels-idx1-ubyte.gz': gzipSync(Buffer.concat([labels, Buffer.alloc(1e7)])) },
      'holds more than the 3 bytes its header announces',
    ],
    [
      'images of another header',
      {
        'train-images-idx3-ubyte': Buffer.from([0, 0, 9, ...images.subarray(3)]),
        'train-labels-idx1-ubyte': labels,
      },
      'train-images-idx3-ubyte has not the header of an IDX file of bytes',
    ],
    [
      'labels of 4 GB by their header',
      { 'train-labels-idx1-ubyte': Buffer.from([0, 0, 8, 1, 255, 255, 255, 255, 0]) },
      'is cut short: it has 1 bytes of data instead of 4294967295',
    ],
    ['a header cut short', { 'train-labels-idx1-ubyte': labels.subarray(0, 6) }, 'its header is incomplete'],
    [
      'a broken archive',
      { 'train-labels-idx1-ubyte.gz': gzipSync(labels).subarray(0, 12) },
      'damaged or cut short',
    ],
  ])('are refused with %s', async (_, files, message) => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, { 'train-images-idx3-ubyte': images, ...files });
    const error = await refusal(opened(folder.path));
    expect(error.code).toBe('bad-input');
    expect(error.message).toContain('train-');
    expect(error.message).toContain(message);
  });
});

describe('class names', () => {
  it('are sorted alike everywhere: numbers by value, others by code point', () => {
    expect(sortClasses(['10', '9', '00', '1'])).toEqual(['00', '1', '9', '10']);
    expect(sortClasses(['b', 'a', 'B', 'ä', '10', '\u{1F600}', '\uffee'])).toEqual([
      '10',
      'B',
      'a',
      'b',
      'ä',
      '\uffee',
      '\u{1F600}',
    ]);
  });
});
