import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { MappingKey } from '../../../shared/contract/api.ts';
import { refusal, sourceContext, temporaryFolder, writeFiles } from '../test-support.ts';
import { openSource } from './open-source.ts';

const FIXTURES = path.join(import.meta.dirname, 'fixtures');
const SIZE = { width: 7, height: 9 };

/** Image n of fixtures/make.py, 9 x 7. */
function image(n: number): Buffer {
  return Buffer.from(
    Uint8Array.from({ length: 9 * 7 * 3 }, (_, i) => {
      const [y, x, c] = [Math.floor(i / 21), Math.floor(i / 3) % 7, i % 3];
      return (57 * n + 31 * y + 7 * x + 101 * c) % 256;
    }),
  );
}

async function fixture(folder: string, name: string, answers: Partial<Record<MappingKey, string>> = {}) {
  const context = sourceContext(folder, answers);
  return { source: await openSource(path.join(FIXTURES, name), context), context };
}

describe('Parquet files', () => {
  it('as of Hugging Face: shards in a folder, splits by name, class names in the notes', async () => {
    await using folder = await temporaryFolder();
    const { source, context } = await fixture(folder.path, 'hub');
    expect(source.kind).toBe('parquet');
    expect(source.classes).toEqual(['cat', 'dög']);
    expect(source.train.examples.map(({ id, label }) => [path.basename(id), label])).toEqual([
      ['train-00000-of-00002.parquet#0', 'cat'],
      ['train-00000-of-00002.parquet#1', 'dög'],
      ['train-00000-of-00002.parquet#2', 'cat'],
      ['train-00001-of-00002.parquet#0', 'dög'],
    ]);
    expect(source.test?.examples.map(({ label }) => label)).toEqual(['dög', 'cat']);
    const inAnyOrder = [3, 0, 2, 1];
    for (const n of inAnyOrder) {
      expect(await source.train.inspect(n)).toMatchObject(SIZE);
      expect(Buffer.from(await source.train.read(n, SIZE))).toEqual(image(n));
    }
    // Before an import all images are laid side by side: nothing changes but the speed.
    const told: number[] = [];
    await source.train.prepare?.((done) => told.push(done));
    expect(told).toEqual([0]);
    for (const n of inAnyOrder) expect(Buffer.from(await source.train.read(n, SIZE))).toEqual(image(n));
    expect(context.mapping.fields.map(({ key, value, sure }) => [key, value, sure])).toEqual([
      ['image', 'img', true],
      ['label', 'label', true],
    ]);
  });

  it.each(['none', 'snappy', 'gzip', 'zstd', 'brotli'].flatMap((codec) => [`${codec}-v1`, `${codec}-v2`]))(
    'packed with %s',
    async (name) => {
      await using folder = await temporaryFolder();
      const { source } = await fixture(folder.path, `codecs/${name}.parquet`);
      expect(source.train.examples).toHaveLength(6);
      for (let n = 0; n < 6; n++) expect(Buffer.from(await source.train.read(n, SIZE))).toEqual(image(n));
    },
  );

  it('packed with LZ4 are refused, saying so', async () => {
    await using folder = await temporaryFolder();
    const error = await refusal(fixture(folder.path, 'codecs/lz4-v1.parquet'));
    expect(error.message).toContain('its data are packed with LZ4_RAW, which is not supported');
  });

  it('with columns of other names; a label that is missing has its reason', async () => {
    await using folder = await temporaryFolder();
    const { source, context } = await fixture(folder.path, 'odd.parquet');
    expect(source.train.examples.map(({ label }) => label)).toEqual(['a', 'b', 'a']);
    expect(context.skips.listed).toEqual([{ path: 'odd.parquet#3', reason: 'it has no label' }]);
    const error = await refusal(fixture(folder.path, 'odd.parquet', { label: 'x' }));
    expect([error.code, error.remedy]).toEqual(['usage', 'Possible: "name".']);
  });

  it('with labels out of range: these rows are passed over', async () => {
    await using folder = await temporaryFolder();
    const { source, context } = await fixture(folder.path, 'labels.parquet');
    expect(source.train.examples).toEqual([{ id: 'labels.parquet#0', label: 'cat' }]);
    expect(context.skips.listed.map(({ reason }) => reason)).toEqual([
      'its label is 7, but there are 2 classes',
      'its label is -1',
    ]);
  });

  it('without images are refused, naming the columns', async () => {
    await using folder = await temporaryFolder();
    const error = await refusal(fixture(folder.path, 'no-images.parquet'));
    expect(error.message).toContain('none of its columns holds encoded images ("x", "label")');
  });

  it.each<[string, (bytes: Buffer) => Buffer, RegExp]>([
    ['cut short', (bytes) => bytes.subarray(0, bytes.length - 5), /cut short or damaged/],
    [
      'without its middle',
      (bytes) => Buffer.concat([bytes.subarray(0, 100), bytes.subarray(700)]),
      /cut short|damaged/,
    ],
    [
      'with a footer of impossible length',
      (bytes) => {
        bytes.writeUInt32LE(0x7fffffff, bytes.length - 8);
        return bytes;
      },
      /damaged/,
    ],
  ])('%s are refused', async (_, change, message) => {
    await using folder = await temporaryFolder();
    const good = await fs.readFile(path.join(FIXTURES, 'codecs/none-v1.parquet'));
    await writeFiles(folder.path, { 'x.parquet': change(good) });
    const error = await refusal(openSource(path.join(folder.path, 'x.parquet'), sourceContext(folder.path)));
    expect(error.message).toContain('x.parquet cannot be imported');
    expect(error.message).toMatch(message);
  });

  it('a page that claims billions of values is refused before room is made for them', async () => {
    await using folder = await temporaryFolder();
    const good = await fs.readFile(path.join(FIXTURES, 'codecs/none-v1.parquet'));
    // Page header in Thrift: num_values 2 is 0x15 0x04; 0x15 with five bytes of varint is 2^31 - 1 in zigzag.
    const at = good.indexOf(Buffer.from([0x15, 0x04, 0x15]), 4);
    expect(at).toBeGreaterThan(0);
    for (let i = at; i < Math.min(good.length - 400, at + 40); i++) {
      const bad = Buffer.from(good);
      Buffer.from([0x15, 0xfe, 0xff, 0xff, 0xff, 0x0f]).copy(bad, i);
      await writeFiles(folder.path, { 'x.parquet': bad });
      const context = sourceContext(folder.path);
      const outcome = await openSource(path.join(folder.path, 'x.parquet'), context)
        .then(({ train }) => train.read(0, SIZE))
        .then(
          () => 'read',
          (error: Error) => error.name,
        );
      expect(['read', 'ExpectedError', 'UnusableFile']).toContain(outcome);
    }
  });
});

describe('PyTorch files', () => {
  it.each(['tensors.pt', 'toolbox'])('%s: tensors of floats, planes first', async (name) => {
    await using folder = await temporaryFolder();
    const { source } = await fixture(folder.path, name);
    expect(source.kind).toBe('torch');
    expect(source.train.examples.map(({ label }) => label)).toEqual(['1', '0', '1']);
    const got = await source.train.read(2, { width: 8, height: 8 });
    expect([...got.subarray(0, 6)]).toEqual([114, 215, 60, 121, 222, 67]);
    if (name === 'toolbox') expect(source.known?.poisoned).toEqual(Uint8Array.from([1, 0, 1]));
  });
});
