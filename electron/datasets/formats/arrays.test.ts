import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { MappingKey } from '../../../shared/contract/api.ts';
import { refusal, sourceContext, temporaryFolder, writeFiles } from '../test-support.ts';
import { openSource } from './open-source.ts';

const FIXTURES = path.join(import.meta.dirname, 'fixtures');

/** Pixel of image n of fixtures/make.py. */
function pixel(n: number, y: number, x: number, c: number): number {
  return (57 * n + 31 * y + 7 * x + 101 * c) % 256;
}

function image(n: number, height: number, width: number): Uint8Array {
  return Uint8Array.from({ length: height * width * 3 }, (_, i) =>
    pixel(n, Math.floor(i / 3 / width), Math.floor(i / 3) % width, i % 3),
  );
}

async function fixture(folder: string, name: string, answers: Partial<Record<MappingKey, string>> = {}) {
  const context = sourceContext(folder, answers);
  return {
    ...(await openSource(path.join(FIXTURES, name), context)),
    fields: context.mapping.fields,
    context,
  };
}

/** A .npy file by hand (version 1). */
function npy(descr: string, shape: string, data: Uint8Array): Buffer {
  const header = `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }`;
  const head = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${header.padEnd(117)}\n`, 'latin1');
  head.writeUInt16LE(118, 8);
  return Buffer.concat([head, data]);
}

describe('CIFAR Python files', () => {
  it('of Python 2 and of protocols 2 to 5 give pixels, labels and names', async () => {
    await using folder = await temporaryFolder();
    const source = await fixture(folder.path, 'cifar10');
    expect(source.kind).toBe('cifar10-pickle');
    expect(source.train.examples).toEqual([
      { id: 'data_batch_1#0', label: 'frog' },
      { id: 'data_batch_1#1', label: 'truck' },
      { id: 'data_batch_1#2', label: 'airplane' },
      { id: 'data_batch_2#0', label: 'bird' },
      { id: 'data_batch_3#0', label: 'cat' },
      { id: 'data_batch_4#0', label: 'deer' },
      { id: 'data_batch_5#0', label: 'dog' },
    ]);
    const size = { width: 32, height: 32 };
    for (const [index, n] of [0, 1, 2, 2, 3, 4, 5].entries()) {
      expect(Buffer.from(await source.train.read(index, size)).equals(image(n, 32, 32))).toBe(true);
    }
    expect(source.test?.examples).toEqual([{ id: 'test_batch#0', label: 'automobile' }]);
    expect(source.classes?.[9]).toBe('truck');
  });

  it('CIFAR-100 has fine labels; one file is enough', async () => {
    await using folder = await temporaryFolder();
    for (const name of ['cifar100', 'cifar100/train']) {
      const source = await fixture(folder.path, name);
      expect(source.kind).toBe('cifar100-pickle');
      expect(source.train.examples.map(({ label }) => label)).toEqual(['99', '5']);
    }
  });
});

describe('pickles that are refused', () => {
  const short = (text: string) => Buffer.concat([Buffer.from([0x8c, text.length]), Buffer.from(text)]);
  it.each<[string, Buffer, string]>([
    [
      'calls os.system',
      Buffer.from('\x80\x02cposix\nsystem\nX\x02\x00\x00\x00id\x85R.', 'latin1'),
      'calls "posix.system"',
    ],
    [
      'calls eval by the stack',
      Buffer.concat([Buffer.from([0x80, 4]), short('builtins'), short('eval'), Buffer.from([0x93, 0x2e])]),
      'calls "builtins.eval"',
    ],
    [
      'names a property of objects',
      Buffer.from('\x80\x02cObject\nconstructor\n.', 'latin1'),
      'calls "Object.constructor"',
    ],
    ['makes an instance', Buffer.from('\x80\x02(ios\nsystem\n.', 'latin1'), 'makes objects of a program'],
    ['calls an extension', Buffer.from('\x80\x02\x82\x01.', 'latin1'), 'registered extensions'],
    ['refers outside', Buffer.from('\x80\x02K\x01Q.', 'latin1'), 'refers to something outside'],
    ['ends early', Buffer.from('\x80\x02}', 'latin1'), 'cut short'],
    ['lies about a length', Buffer.from('\x80\x02T\xff\xff\xff\x7fab.', 'latin1'), 'cut short'],
    ['recalls what it never wrote', Buffer.from('\x80\x02h\x09.', 'latin1'), 'cannot be read'],
    ['closes what it never opened', Buffer.from('\x80\x02t.', 'latin1'), 'cannot be read'],
  ])('one that %s', async (_, bytes, message) => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, { data_batch_1: bytes, 'some.pkl': bytes });
    for (const name of ['', 'data_batch_1', 'some.pkl']) {
      const error = await refusal(openSource(path.join(folder.path, name), sourceContext(folder.path)));
      expect(error.code).toBe('bad-input');
      expect(error.message).toContain(name || 'data_batch_1');
      expect(error.message).toContain(message);
    }
  });

  it.each<[string, string, string]>([
    ['a label out of range', 'K\x06K\x09', 'K\x06K\x0a'],
    ['a label that is no number', 'K\x09K\x00e', 'K\x09Ne'],
  ])('a CIFAR batch with %s', async (_, from, to) => {
    await using folder = await temporaryFolder();
    const good = await fs.readFile(path.join(FIXTURES, 'cifar10/data_batch_1'), 'latin1');
    expect(good).toContain(from);
    await writeFiles(folder.path, { data_batch_1: Buffer.from(good.replace(from, to), 'latin1') });
    const error = await refusal(openSource(folder.path, sourceContext(folder.path)));
    expect(error.message).toMatch(
      /data_batch_1 cannot be imported: the label of image \d is not a number from 0 to 9/,
    );
  });
});

describe('NumPy archives', () => {
  it('as of Keras: names tell what is what', async () => {
    await using folder = await temporaryFolder();
    const source = await fixture(folder.path, 'keras.npz');
    expect(source.kind).toBe('arrays');
    expect(source.train.examples.map(({ id, label }) => `${id} ${label}`)).toEqual([
      'keras.npz/x_train#0 2',
      'keras.npz/x_train#1 0',
      'keras.npz/x_train#2 1',
      'keras.npz/x_train#3 2',
    ]);
    expect(await source.train.inspect(0)).toEqual({ width: 10, height: 8 });
    expect(Buffer.from(await source.train.read(3, { width: 10, height: 8 }))).toEqual(
      Buffer.from(image(3, 8, 10)),
    );
    expect(source.test?.examples.map(({ label }) => label)).toEqual(['0', '1']);
    expect(source.fields.map(({ key, value, sure }) => [key, value, sure])).toEqual([
      ['image', 'x_train', true],
      ['label', 'y_train', true],
      ['testImage', 'x_test', true],
      ['testLabel', 'y_test', true],
      ['names', '', true],
      ['trueLabel', '', true],
      ['axes', 'NHWC', true],
    ]);
  });

  it('in Fortran order, planes first, big-endian, 0 to 1, one-hot: the same images', async () => {
    await using folder = await temporaryFolder();
    const source = await fixture(folder.path, 'fortran.npz');
    expect(source.train.examples.map(({ label }) => label)).toEqual(['2', '0', '1', '2']);
    for (let n = 0; n < 4; n++) {
      expect(Buffer.from(await source.train.read(n, { width: 10, height: 8 }))).toEqual(
        Buffer.from(image(n, 8, 10)),
      );
    }
  });

  it.each(['u1', 'i2', 'big-u2', 'i8', 'u4', 'f2', 'f4', 'big-f8', 'b1'])('of type %s', async (type) => {
    await using folder = await temporaryFolder();
    const { train } = await fixture(folder.path, `types/${type}.npz`);
    const got = await train.read(1, { width: 8, height: 8 });
    const wanted = image(1, 8, 8).map((value) => (type === 'b1' ? (value > 127 ? 255 : 0) : value));
    expect(Buffer.from(got)).toEqual(Buffer.from(wanted));
  });

  it('that say which images are poisoned', async () => {
    await using folder = await temporaryFolder();
    const source = await fixture(folder.path, 'poisoned.npz');
    expect(source.classes).toEqual(['cat', 'dog', 'früh']);
    expect(source.train.examples.map(({ label }) => label)).toEqual(['früh', 'dog', 'cat', 'früh']);
    expect(source.known).toEqual({
      poisoned: Uint8Array.from([0, 1, 0, 0]),
      trueLabels: ['früh', 'cat', 'cat', 'früh'],
    });
  });

  it('a dictionary of a pickle is read alike', async () => {
    await using folder = await temporaryFolder();
    const source = await fixture(folder.path, 'dictionary.pkl');
    expect(source.kind).toBe('pickled-arrays');
    expect(source.train.examples.map(({ id }) => id)[0]).toBe('dictionary.pkl/train.x#0');
    expect(Buffer.from(await source.train.read(2, { width: 10, height: 8 }))).toEqual(
      Buffer.from(image(2, 8, 10)),
    );
  });

  it('can be mapped; a wrong answer names the possible ones', async () => {
    await using folder = await temporaryFolder();
    const { train, fields } = await fixture(folder.path, 'keras.npz', { image: 'x_test', label: 'y_test' });
    expect(train.examples).toHaveLength(2);
    expect(fields.find(({ key }) => key === 'axes')?.choices.map(({ value }) => value)).toContain('NCHW');
    const error = await refusal(fixture(folder.path, 'keras.npz', { label: 'z' }));
    expect([error.code, error.message]).toEqual(['usage', 'The source has no "z" for "label".']);
    expect(error.remedy).toContain('"y_train"');
  });

  it('flat rows are asked about: planes or pixels', async () => {
    await using folder = await temporaryFolder();
    const planes = Uint8Array.from({ length: 2 * 192 }, (_, i) => i % 192);
    await writeFiles(folder.path, {
      'x.npy': npy("'|u1'", '(2, 192)', planes),
      'y.npy': npy("'|u1'", '(2,)', Uint8Array.from([0, 1])),
    });
    const size = { width: 8, height: 8 };
    const context = sourceContext(folder.path);
    const first = await openSource(folder.path, context);
    expect(context.mapping.fields.find(({ key }) => key === 'axes')).toMatchObject({
      value: 'N(CHW)',
      sure: false,
    });
    expect([...(await first.train.read(1, size)).subarray(0, 6)]).toEqual([0, 64, 128, 1, 65, 129]);
    const other = await openSource(
      path.join(folder.path, 'x.npy'),
      sourceContext(folder.path, { axes: 'N(HWC)' }),
    );
    expect([...(await other.train.read(1, size)).subarray(0, 6)]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it.each<[string, Record<string, Buffer>, string]>([
    ['a file cut short', { 'x.npy': npy("'|u1'", '(2, 8, 8)', new Uint8Array(100)) }, 'cut short'],
    [
      'a shape beyond all measure',
      { 'x.npy': npy("'|u1'", '(99999999999, 8, 8)', new Uint8Array(10)) },
      'cut short',
    ],
    ['records', { 'x.npy': npy("[('a', '<i4')]", '(2,)', new Uint8Array(8)) }, 'a table of records'],
    [
      'numbers of a strange kind',
      { 'x.npy': npy("'<c16'", '(1,)', new Uint8Array(16)) },
      '(<c16) is not supported',
    ],
    [
      'no images',
      { 'x.npy': npy("'|u1'", '(4,)', new Uint8Array(4)) },
      'no array in it holds images ("x": 4',
    ],
    [
      'labels for other images',
      {
        'x.npy': npy("'|u1'", '(2, 8, 8)', new Uint8Array(128)),
        'y.npy': npy("'|u1'", '(3,)', new Uint8Array(3)),
      },
      '"y" has 3 labels for the 2 images of "x"',
    ],
    [
      'labels that are no classes',
      {
        'x.npy': npy("'|u1'", '(2, 8, 8)', new Uint8Array(128)),
        'y.npy': npy("'|i1'", '(2,)', Uint8Array.from([0, 255])),
      },
      '"y": label 1 is -1: labels must be whole numbers from 0',
    ],
    [
      'normalised pixels',
      {
        'x.npy': npy("'<f4'", '(2, 8, 8)', new Uint8Array(new Float32Array(128).fill(-2.5).buffer)),
        'y.npy': npy("'|u1'", '(2,)', new Uint8Array(2)),
      },
      'its values reach from -2.5 to -2.5',
    ],
  ])('are refused with %s', async (_, files, message) => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, { 'y.npy': npy("'|u1'", '(2,)', Uint8Array.from([0, 1])), ...files });
    const error = await refusal(openSource(folder.path, sourceContext(folder.path)));
    expect(error.code).toBe('bad-input');
    expect(error.message).toContain(message);
  });

  it('are refused with Python objects', async () => {
    await using folder = await temporaryFolder();
    const error = await refusal(fixture(folder.path, 'objects.npz'));
    expect(error.message).toContain('x.npy cannot be imported: it holds Python objects other than pairs');
    expect(error.message).toContain('numpy.savez');
  });

  it.each([
    ['pairs.npy', ['3', '1', '0', '3']],
    ['tuples.npy', ['2', '0', '1', '2']],
    ['tuples.pkl', ['a', 'b', 'c', 'a']],
  ])('are read from (image, label) objects, as ABL saves its sets: %s', async (name, labels) => {
    await using folder = await temporaryFolder();
    const { kind, train } = await fixture(folder.path, name);
    expect(kind).toBe('arrays');
    expect(train.examples).toEqual(labels.map((label, i) => ({ id: `${name}#${i}`, label })));
    const size = { width: 10, height: 8 };
    expect(await train.inspect(3)).toEqual(size);
    for (const n of [2, 0, 1, 3]) {
      expect(Buffer.from(await train.read(n, size)).equals(image(n, 8, 10))).toBe(true);
    }
  });

  it('may have texts that are Python objects as labels', async () => {
    await using folder = await temporaryFolder();
    const { train } = await fixture(folder.path, 'texts.npz');
    expect(train.examples.map(({ label }) => label)).toEqual(['cat', 'dog', 'cat', 'cow']);
  });

  it('of objects are refused where the shape lies, and images of mixed sizes', async () => {
    await using folder = await temporaryFolder();
    const whole = await fs.readFile(path.join(FIXTURES, 'pairs.npy'));
    // The shape in the pickle, (4, 2), becomes (5, 2).
    const at = whole.indexOf(Buffer.from('K\x04K\x02\x86', 'latin1'));
    const lying = Buffer.from(whole);
    lying[at + 1] = 5;
    await writeFiles(folder.path, { 'lying.npy': lying, 'cut.npy': whole.subarray(0, -40) });
    const open = (name: string) =>
      refusal(openSource(path.join(folder.path, name), sourceContext(folder.path)));
    expect((await open('lying.npy')).message).toContain('8 objects for an array of shape 5 x 2');
    expect((await open('cut.npy')).message).toContain('cut short');
    const mixed = await refusal(fixture(folder.path, 'mixed.pkl'));
    expect(mixed.message).toContain('different shapes (8 x 10 x 3 and 4 x 10 x 3)');
  });
});
