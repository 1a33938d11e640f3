import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDataset, type StoredDataset } from '../datasets/store.ts';
import { storeTinyDataset } from './fixtures/tiny-dataset.ts';
import { readTrusted } from './trusted.ts';

let folder: string;
let stored: StoredDataset;

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(tmpdir(), 'theriac-trusted-'));
  stored = await openDataset(await storeTinyDataset(folder));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

it('takes training and test images by the names of their classes', async () => {
  // The other way round, and with a class that the trusted images lack.
  const manifest = { ...stored.manifest, classes: ['none of these', 'lower', 'upper'] };
  const trusted = await readTrusted(stored.dir, manifest);
  const [train, test] = [await stored.read('train'), await stored.read('test')];
  expect(trusted.count).toBe(train.count + test.count);
  expect([...trusted.labels.subarray(0, train.count)]).toEqual([...train.labels].map((label) => 2 - label));
  expect(Buffer.from(trusted.image(train.count + 1))).toEqual(Buffer.from(test.images.subarray(64, 128)));
});

it('leaves out classes that the data set lacks', async () => {
  const trusted = await readTrusted(stored.dir, { ...stored.manifest, classes: ['lower'] });
  const lower = [...(await stored.labels('train')), ...(await stored.labels('test'))].filter((l) => l === 1);
  expect([...trusted.labels]).toEqual(lower.map(() => 0));
});
