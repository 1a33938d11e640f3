import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { attackByName } from '../../shared/attacks/registry.ts';
import type { DatasetManifest, ImageSet } from '../../shared/contract/dataset.ts';
import type { FromTrainer, Job } from '../../shared/contract/trainer.ts';
import type { Settings } from '../../shared/abl/settings.ts';
import { drawSample } from '../../shared/sample/draw.ts';
import { appendSet, writeDataset } from '../datasets/writer.ts';
import { only, outcome, tinyJob } from './fixtures/jobs.ts';
import { storeTinyDataset } from './fixtures/tiny-dataset.ts';
import { divideMemory, IMAGE_MEMORY, imageBudget } from './image-memory.ts';
import { runJob } from './job.ts';

let folder: string;
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(tmpdir(), 'theriac-memory-'));
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

function threeClasses({ labels, images, ...shape }: ImageSet): ImageSet {
  const chosen = [...labels.keys()].filter((i) => labels[i]! < 3);
  const size = images.length / labels.length;
  const pixels = chosen.flatMap((i) => [...images.subarray(i * size, (i + 1) * size)]);
  const kept = { images: Uint8Array.from(pixels), labels: Int32Array.from(chosen, (i) => labels[i]!) };
  return { ...shape, ...kept, count: chosen.length };
}

/** Everything that a job reports and writes. @param megabytes for images */
async function results(job: Job, megabytes: string) {
  vi.stubEnv(IMAGE_MEMORY, megabytes);
  const messages: FromTrainer[] = [];
  const outputDir = await fs.mkdtemp(path.join(folder, 'out-'));
  await runJob({ ...job, outputDir }, { send: (m) => messages.push(m), stopRequested: () => false });
  const names = (await fs.readdir(outputDir)).filter((name) => !name.startsWith('checkpoint')).sort();
  const files = await Promise.all(names.map((name) => fs.readFile(path.join(outputDir, name), 'base64')));
  const notes = only(messages, 'warning').map(({ message }) => message);
  const examination = only(messages, 'examination');
  return { figures: { ...outcome(messages), examination }, names, files, notes };
}

describe('a job with less memory than its images take', () => {
  it.each([
    ['stages apart', { fineTuneEpochs: 1 }],
    [
      'the joint stage and every change to images',
      { unlearning: 'joint', jointEpochs: 2, flip: true, cutout: 2 },
    ],
  ] as [string, Partial<Settings>][])('gives the same figures and files: %s', async (_, changes) => {
    const job = tinyJob(await storeTinyDataset(folder), folder, changes);
    const held = await results(job, '100');
    const read = await results(job, '0.002');
    expect(held.notes.filter((note) => note.includes('memory'))).toEqual([]);
    expect(read.notes[0]).toMatch(/held in memory, the others are read/);
    expect(read.figures).toEqual(held.figures);
    expect(read.names).toEqual(held.names);
    expect(read.files).toEqual(held.files);
    expect(read.names).toContain('abl.safetensors');
  });

  it('examines a poisoned set alike, groups and triggers included', { timeout: 300_000 }, async () => {
    const request = { rate: 0.1, target: 1, classes: 3, seed: 3, parameters: {} };
    const drawn = threeClasses(drawSample({ seed: 5, part: 'train', perClass: 40, size: 16 }));
    const { train } = attackByName('badnets').poison(drawn, request);
    const manifest = await writeDataset(folder, async (dataset) => {
      await appendSet(
        dataset,
        'train',
        train,
        Array.from(train.labels, (_, i) => `${i}`),
      );
      return {
        manifest: {
          ...{ name: 'signs', source: 'test', sourceKind: 'generated', classes: ['a', 'b', 'c'] },
          ...{ height: 16, width: 16, channels: 3, testOrigin: 'none', target: null, attack: null },
          ...{ skipped: [], skippedCount: 0 },
        },
        truth: null,
        quality: null,
      };
    });
    const careful = { isolation: 'careful', unlearning: 'none', fineTuneEpochs: 0, naiveEpochs: 1 } as const;
    const job = { ...tinyJob(path.join(folder, manifest.id), folder, careful), methods: ['abl' as const] };
    const held = await results(job, '100');
    const read = await results(job, '0.01');
    expect(read.figures.examination).toHaveLength(1);
    expect(read.figures).toEqual(held.figures);
    expect(read.files).toEqual(held.files);
  });

  it('leaves no tensors behind', async () => {
    const small = tinyJob(await storeTinyDataset(folder, { count: 40 }), folder, { naiveEpochs: 1 });
    const job = { ...small, engine: 'cpu' as const, methods: ['naive' as const] };
    await results(job, '0.001');
    const before = tf.memory().numTensors;
    await results(job, '0.001');
    await results(job, '100');
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('the memory for images', () => {
  it('is what the environment says, else half of what is free', () => {
    expect(imageBudget({ [IMAGE_MEMORY]: '250' }, 1e9)).toBe(250e6);
    for (const none of ['0', '', 'much', '-5']) expect(imageBudget({ [IMAGE_MEMORY]: none }, 1e9)).toBe(5e8);
    expect(imageBudget({}, 8e9)).toBe(4e9);
  });

  it('goes to training images first', () => {
    const counts = { train: 100, test: 50, triggered: 40 };
    const manifest = { height: 10, width: 10, channels: 1, counts } as DatasetManifest;
    const held = (budget: number) => Object.values(divideMemory(manifest, budget).held);
    expect(held(99)).toEqual([0, 0, 0]);
    expect(held(9_999)).toEqual([99, 0, 0]);
    expect(held(12_050)).toEqual([100, 20, 0]);
    expect(held(1e9)).toEqual([100, 50, 40]);
    expect(divideMemory(manifest, 12_050)).toMatchObject({ bytes: 19_000, heldBytes: 12_000 });
  });
});
