import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { parse } from 'csv-parse/sync';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPromise } from 'yauzl';
import type { ImageSet } from '../../shared/contract/dataset.ts';
import { importSource } from '../datasets/import.ts';
import { openDataset, type StoredDataset } from '../datasets/store.ts';
import type { CleanedManifest } from '../exports/dataset/cleaned.ts';
import { DATASET_FORMATS } from '../exports/dataset/write.ts';
import { exportCleaned, exportMetrics, exportSuspects } from './exports.ts';
import { TrainedBench } from './fixtures/trained.ts';

let bench: TrainedBench;
let stored: StoredDataset;
let train: ImageSet;
let test_: ImageSet;
let ids: string[];
let gone: number[];

beforeAll(async () => {
  bench = await TrainedBench.create();
  const { datasetId } = bench.ws.history.experiments.get(bench.id)!;
  stored = await openDataset(join(bench.ws.folder.datasets, datasetId));
  [train, test_, ids] = [await stored.read('train'), await stored.read('test'), await stored.ids('train')];
  gone = bench.ws.history.isolations.examples(bench.id).map(({ example }) => example);
}, 120_000);

afterAll(() => bench.dispose());

const size = () => train.height * train.width * train.channels;
const image = (index: number) => train.images.subarray(index * size(), (index + 1) * size());
const kept = () => Array.from(train.labels.keys()).filter((index) => !gone.includes(index));
const rising = (numbers: number[]) => numbers.toSorted((a, b) => a - b);

function manifestIn(folder: string): CleanedManifest {
  return JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as CleanedManifest;
}

describe('a cleaned data set', () => {
  test('as class folders can be imported again, and its originals are untouched', async () => {
    const sum = () =>
      readdirSync(stored.dir).map((name) =>
        createHash('sha256')
          .update(readFileSync(join(stored.dir, name)))
          .digest('hex'),
      );
    const before = sum();
    const to = bench.free('folders');
    const progress: number[] = [];
    const { manifest } = await exportCleaned(
      bench.ws,
      bench.id,
      { to, format: 'folders' },
      { onProgress: ({ done, total }) => progress.push(done / total) },
    );
    expect(sum()).toEqual(before);
    expect(progress.at(-1)).toBe(1);
    expect(manifest.counts).toEqual({ kept: kept().length, removed: gone.length, test: test_.count });
    expect(manifestIn(to)).toEqual(manifest);
    const other = await bench.empty();
    const again = await importSource({ source: to, into: other.folder.datasets, size: train.width });
    expect(again).toMatchObject({ counts: { train: kept().length, test: test_.count } });
    expect(again.skipped.filter(({ path }) => path.endsWith('.png'))).toEqual([]);
    const back = await openDataset(join(other.folder.datasets, again.id));
    const images = (await back.read('train')).images;
    const found = (await back.ids('train')).map((id) => Number(/(\d{6})-[^/]*\.png$/.exec(id)![1]));
    expect(rising(found)).toEqual(kept());
    found.forEach((index, i) => {
      expect(Buffer.from(images.subarray(i * size(), (i + 1) * size())).equals(image(index))).toBe(true);
    });
    const removed = readdirSync(join(to, 'removed'), { recursive: true, encoding: 'utf8' });
    expect(
      rising(
        removed.filter((name) => name.endsWith('.png')).map((name) => Number(/(\d{6})-/.exec(name)![1])),
      ),
    ).toEqual(rising(gone));
  });

  test('as lists names what is kept, and what is not with its reason', async () => {
    for (const format of ['csv', 'jsonl'] as const) {
      const to = bench.free(format);
      await exportCleaned(bench.ws, bench.id, { to, format });
      const read = (name: string): Record<string, string | number>[] => {
        const text = readFileSync(join(to, `${name}.${format}`), 'utf8');
        if (format === 'csv') return parse(text, { columns: true });
        return text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as Record<string, string>);
      };
      expect(read('train').map(({ path }) => path)).toEqual(kept().map((index) => ids[index]));
      const removed = read('removed');
      expect(removed.map(({ index }) => Number(index))).toEqual(rising(gone));
      expect(removed[0]!['reason']).toMatch(/lowest loss/);
      expect(read('test')).toHaveLength(test_.count);
    }
  });

  test('as NumPy arrays holds every image once', async () => {
    const to = bench.free('npz');
    await exportCleaned(bench.ws, bench.id, { to, format: 'npz' });
    const zip = await openPromise(join(to, 'dataset.npz'), { autoClose: false });
    const arrays = new Map<string, { header: string; data: Buffer }>();
    for await (const entry of zip.eachEntry()) {
      const bytes = await buffer(await zip.openReadStreamPromise(entry));
      const end = 10 + bytes.readUInt16LE(8);
      expect([bytes.toString('latin1', 1, 6), end % 64]).toEqual(['NUMPY', 0]);
      arrays.set(entry.fileName, { header: bytes.toString('latin1', 10, end), data: bytes.subarray(end) });
    }
    zip.close();
    const { height, width, channels } = train;
    expect(arrays.get('x_train.npy')!.header).toContain(
      `(${kept().length}, ${height}, ${width}, ${channels})`,
    );
    expect(arrays.get('x_train.npy')!.data.equals(Buffer.concat(kept().map(image)))).toBe(true);
    expect(arrays.get('x_removed.npy')!.data.equals(Buffer.concat(rising(gone).map(image)))).toBe(true);
    const numbers = (name: string) => {
      const { data } = arrays.get(name)!;
      return Array.from({ length: data.length / 8 }, (_, i) => Number(data.readBigInt64LE(i * 8)));
    };
    expect(numbers('index_train.npy')).toEqual(kept());
    expect(numbers('y_train.npy')).toEqual(kept().map((index) => train.labels[index]));
    expect(numbers('y_test.npy')).toEqual(Array.from(test_.labels));
    const { header, data } = arrays.get('classes.npy')!;
    const letters = Number(/<U(\d+)/.exec(header)![1]);
    const names = stored.manifest.classes.map((_, i) =>
      String.fromCodePoint(
        ...Array.from({ length: letters }, (__, k) => data.readUInt32LE((i * letters + k) * 4)).filter(
          Boolean,
        ),
      ),
    );
    expect(names).toEqual(stored.manifest.classes);
  });

  test('as parquet is what Hugging Face’s readers take for images', async () => {
    const to = bench.free('parquet');
    await exportCleaned(bench.ws, bench.id, { to, format: 'parquet' });
    const file = await asyncBufferFromFile(join(to, 'train.parquet'));
    const rows = (await parquetReadObjects({ file, utf8: false })) as {
      image: { bytes: Uint8Array; path: string };
      label: bigint;
      index: bigint;
    }[];
    expect(rows.map(({ index }) => Number(index))).toEqual(kept());
    expect(rows.map(({ label }) => Number(label))).toEqual(kept().map((index) => train.labels[index]));
    for (const [at, { image: png }] of rows.entries()) {
      const pixels = await sharp(png.bytes).raw().toBuffer();
      expect(pixels.equals(image(kept()[at]!))).toBe(true);
    }
    expect(readdirSync(to).sort()).toEqual([
      'manifest.json',
      'removed.parquet',
      'test.parquet',
      'train.parquet',
    ]);
  });

  test('is the same each time', async () => {
    const sums = async (format: (typeof DATASET_FORMATS)[number]) => {
      const to = bench.free(format);
      await exportCleaned(bench.ws, bench.id, { to, format });
      return readdirSync(to, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name)).toString('base64'));
    };
    for (const format of DATASET_FORMATS) expect(await sums(format)).toEqual(await sums(format));
  });

  test('says in plain words what it does not mean', async () => {
    const to = bench.free('notes');
    const { manifest } = await exportCleaned(bench.ws, bench.id, { to, format: 'csv' });
    const notes = manifest.notes.join('\n');
    expect(notes).toContain('most of the poison is STILL IN IT');
    expect(notes).toContain('The source was not touched');
    expect(manifest.removed).toHaveLength(gone.length);
  });

  test('is refused where something is, and where there is no isolation; an empty folder is filled', async () => {
    const full = bench.free('full');
    mkdirSync(full);
    const take = (to: string, id = bench.id) => exportCleaned(bench.ws, id, { to, format: 'csv' });
    writeFileSync(join(full, 'mine.txt'), 'mine');
    await expect(take(full)).rejects.toMatchObject({ code: 'usage' });
    expect(readdirSync(full)).toEqual(['mine.txt']);
    await expect(take(join(bench.ws.folder.path, 'out'))).rejects.toMatchObject({ code: 'usage' });
    const waiting = bench.experiment();
    await expect(take(bench.free('none'), waiting.id)).rejects.toMatchObject({ code: 'bad-input' });
    const empty = bench.free('empty');
    mkdirSync(empty);
    await take(empty);
    expect(existsSync(join(empty, 'manifest.json'))).toBe(true);
  });

  test.each(DATASET_FORMATS)('leaves nothing when it is cancelled (%s)', async (format) => {
    const stop = new AbortController();
    const to = bench.free('cancelled');
    stop.abort();
    const run = exportCleaned(bench.ws, bench.id, { to, format }, { signal: stop.signal });
    await expect(run).rejects.toMatchObject({ code: 'cancelled' });
    expect(existsSync(to)).toBe(false);
    expect(readdirSync(bench.root).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

describe('suspects and figures', () => {
  test('suspects come with loss, standing and decision', async () => {
    const csv = bench.free('suspects.csv');
    expect(await exportSuspects(bench.ws, bench.id, { to: csv, format: 'csv' })).toEqual({
      file: csv,
      count: gone.length,
    });
    const rows = parse<Record<string, string>>(readFileSync(csv, 'utf8'), { columns: true });
    expect(rows.map(({ index }) => Number(index))).toEqual(gone);
    expect(Object.keys(rows[0]!).join()).toBe('rank,index,path,label,loss,shareBelow,decision,mark');
    expect(rows[0]).toMatchObject({ rank: '1', shareBelow: '0', decision: 'unlearned', path: ids[gone[0]!] });
    expect(Number(rows.at(-1)!['shareBelow'])).toBeCloseTo((gone.length - 1) / train.count, 5);
    const json = bench.free('suspects.json');
    await exportSuspects(bench.ws, bench.id, { to: json, format: 'json' });
    const document = JSON.parse(readFileSync(json, 'utf8')) as {
      suspects: { loss: number }[];
      experiment: object;
    };
    expect(document.experiment).toMatchObject({ id: bench.id });
    expect(document.suspects.map(({ loss }) => loss)).toEqual(rows.map(({ loss }) => Number(loss)));
    await expect(exportSuspects(bench.ws, bench.id, { to: json, format: 'json' })).rejects.toMatchObject({
      code: 'usage',
    });
  });

  test('suspects come with the analyst’s marks and the reconstructed triggers', async () => {
    const { history } = bench.ws;
    const [first, second] = [gone[0]!, gone[1]!];
    const keptByMark = kept()[0]!;
    history.marks.set(bench.id, [first], 'poison');
    history.marks.give(bench.id, [
      { example: second, mark: 'poison' },
      { example: keptByMark, mark: 'clean' },
    ]);
    const label = train.labels[first]!;
    history.outcomes.setExamination(bench.id, {
      verdict: { kind: 'poisoned', class: label, confidence: 0.9, estimatedAsr: null, reasons: [] },
      classes: [label],
      poisonShare: 0.1,
      estimatedAsr: null,
      evidence: [],
      triggers: [{ class: label, images: 3, height: 1, width: 2, channels: 3, pixels: 'gICA////' }],
    });
    const [csv, json] = [bench.free('marked.csv'), bench.free('marked.json')];
    try {
      await exportSuspects(bench.ws, bench.id, { to: csv, format: 'csv' });
      await exportSuspects(bench.ws, bench.id, { to: json, format: 'json' });
    } finally {
      for (const table of ['marks', 'examinations'])
        history.db.prepare(`DELETE FROM ${table} WHERE experiment_id = ?`).run(bench.id);
    }
    const rows = parse<Record<string, string>>(readFileSync(csv, 'utf8'), { columns: true });
    expect(rows.slice(0, 3).map(({ mark }) => mark)).toEqual(['poison', 'poison', '']);
    expect(rows[0]).toMatchObject({ triggerFound: '1', decision: 'left out' });
    expect(rows.map(({ triggerFound }) => triggerFound)).toEqual(
      gone.map((index) => (train.labels[index] === label ? '1' : '0')),
    );
    const document = JSON.parse(readFileSync(json, 'utf8'));
    expect(document.marks).toEqual({
      made: [expect.objectContaining({ index: first, path: ids[first], mark: 'poison' })],
      given: [
        expect.objectContaining({ index: Math.min(second, keptByMark) }),
        expect.objectContaining({ index: Math.max(second, keptByMark) }),
      ],
    });
    expect(document.triggers).toEqual([
      expect.objectContaining({ class: stored.manifest.classes[label], images: 3 }),
    ]);
    const picture = await sharp(Buffer.from(document.triggers[0].png, 'base64')).raw().toBuffer();
    expect([...picture]).toEqual([128, 128, 128, 255, 255, 255]);
  });

  test('figures come as a table of epochs, or all of them', async () => {
    const csv = bench.free('metrics.csv');
    const epochs = bench.ws.history.metrics.epochs(bench.id);
    await exportMetrics(bench.ws, bench.id, { to: csv, format: 'csv' });
    const rows = parse<Record<string, string>>(readFileSync(csv, 'utf8'), { columns: true });
    expect(rows.map(({ loss }) => Number(loss))).toEqual(epochs.map(({ loss }) => loss));
    const json = bench.free('metrics.json');
    await exportMetrics(bench.ws, bench.id, { to: json, format: 'json' });
    expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({ experiment: bench.id, epochs });
  });
});
