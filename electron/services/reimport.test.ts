import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writePictures } from '../../tests/desktop/pictures.ts';
import { importSource } from '../datasets/import.ts';
import { openDataset, type StoredDataset } from '../datasets/store.ts';
import { DATASET_FORMATS, type DatasetFormat } from '../exports/dataset/write.ts';
import { createExperiment } from './experiments.ts';
import { exportCleaned } from './exports.ts';
import { TrainedBench, TINY } from './fixtures/trained.ts';
import { runExperiment } from './run.ts';

/** What was exported as cleaned comes back through the application's own readers, image by image. */
let bench: TrainedBench;
let source: string;
let stored: StoredDataset;
let id: string;

beforeAll(async () => {
  bench = await TrainedBench.untrained();
  source = await writePictures(bench.free('pictures'), 12);
  const { id: datasetId } = await importSource({
    source,
    into: bench.ws.folder.datasets,
    name: 'Pictures',
    size: 16,
  });
  stored = await openDataset(join(bench.ws.folder.datasets, datasetId));
  bench.ws.history.datasets.add(stored.manifest);
  id = createExperiment(bench.ws, {
    dataset: datasetId,
    preset: 'quick',
    set: TINY,
    methods: ['abl'],
    engine: 'auto',
    seed: 3,
    tags: [],
  }).id;
  await runExperiment(bench.ws, id);
}, 120_000);

afterAll(() => bench.dispose());

/** Label and pixels of each image, in an order that does not depend on how they lie in files. */
async function contents(from: StoredDataset, split: 'train' | 'test', only?: Set<number>): Promise<string[]> {
  const { images, labels, count, height, width, channels } = await from.read(split);
  const size = height * width * channels;
  return Array.from({ length: count }, (_, i) => i)
    .filter((i) => !only || only.has(i))
    .map((i) => {
      const sum = createHash('sha256').update(images.subarray(i * size, (i + 1) * size));
      return `${from.manifest.classes[labels[i]!]} ${sum.digest('hex')}`;
    })
    .sort();
}

/** What is to be imported, and where the test images are, if they are apart. Lists stand beside their images. */
function sourceOf(format: DatasetFormat, folder: string): { source: string; test?: string } {
  if (format === 'npz') return { source: join(folder, 'dataset.npz') };
  if (format !== 'csv' && format !== 'jsonl') return { source: folder };
  for (const part of ['train', 'test']) {
    copyFileSync(join(folder, `${part}.${format}`), join(source, `cleaned-${part}.${format}`));
  }
  return { source: join(source, `cleaned-train.${format}`), test: join(source, `cleaned-test.${format}`) };
}

test.each(DATASET_FORMATS)('as %s', async (format) => {
  const to = bench.free(format);
  const { manifest } = await exportCleaned(bench.ws, id, { to, format });
  const gone = new Set(manifest.removed.map(({ index }) => index));
  expect(gone.size).toBeGreaterThan(0);
  const kept = new Set(
    Array.from({ length: stored.manifest.counts.train }, (_, i) => i).filter((i) => !gone.has(i)),
  );
  const other = await bench.empty();
  const again = await importSource({ ...sourceOf(format, to), into: other.folder.datasets, size: 16 });
  const back = await openDataset(join(other.folder.datasets, again.id));
  expect(back.manifest.classes.toSorted()).toEqual(stored.manifest.classes.toSorted());
  expect(await contents(back, 'train')).toEqual(await contents(stored, 'train', kept));
  expect(await contents(back, 'test')).toEqual(await contents(stored, 'test'));
  const said = JSON.parse(readFileSync(join(to, 'manifest.json'), 'utf8'));
  expect(said.removed).toHaveLength(gone.size);
  for (const one of said.removed)
    expect(one).toMatchObject({ path: expect.any(String), reason: expect.any(String) });
});

test.each(['folders', 'parquet'] as const)('what was removed can be put back (%s)', async (format) => {
  const to = bench.free(`undone-${format}`);
  await exportCleaned(bench.ws, id, { to, format });
  if (format === 'folders') cpSync(join(to, 'removed'), join(to, 'train'), { recursive: true });
  else renameSync(join(to, 'removed.parquet'), join(to, 'train-2.parquet'));
  const other = await bench.empty();
  const again = await importSource({ source: to, into: other.folder.datasets, size: 16 });
  const back = await openDataset(join(other.folder.datasets, again.id));
  expect(await contents(back, 'train')).toEqual(await contents(stored, 'train'));
});
