import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImageSet } from '../../shared/contract/dataset.ts';
import { fromShared } from '../../shared/images.ts';
import { storeTinyDataset } from '../trainer/fixtures/tiny-dataset.ts';
import { refuseTooLarge } from './attack.ts';
import { openDataset, type StoredDataset } from './store.ts';

const SIZE = 64;
let folder: string;
let stored: StoredDataset;
let all: ImageSet;

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(tmpdir(), 'theriac-images-'));
  stored = await openDataset(await storeTinyDataset(folder));
  all = await stored.read('train');
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

const expected = (index: number) => all.images.slice(index * SIZE, (index + 1) * SIZE);

describe('stored images', () => {
  it.each([0, 1, 70, 150, 1000])('are the same whether held or read, %i of 150 held', async (held) => {
    const images = await stored.images('train', held);
    expect(images.held).toBe(Math.min(150, held));
    expect(images.labels).toEqual(all.labels);
    // In any order, without a word before.
    for (const index of [149, 0, 70, 69, 1]) expect(images.image(index).slice()).toEqual(expected(index));
    // Neighbours, repetitions, and both sides of what is held.
    const wanted = Int32Array.of(90, 3, 91, 149, 92, 90, 0, 71);
    await images.prepare(wanted);
    for (const index of wanted) expect(images.image(index).slice()).toEqual(expected(index));
    // Images of an earlier batch are still to be had.
    await images.prepare(Int32Array.of(120));
    expect(images.image(91).slice()).toEqual(expected(91));
    expect(images.image(120).slice()).toEqual(expected(120));
    await images.close();
  });

  it('can be read by another thread where all are held', async () => {
    const part = await stored.images('train', 149);
    expect(part.shared()).toBeNull();
    const images = await stored.images('train', 150);
    const received = new Promise<Uint8Array>((resolve, reject) => {
      const program = `const { parentPort, workerData } = require('node:worker_threads');
        const { pieces, perPiece } = workerData;
        const at = 120 % perPiece;
        parentPort.postMessage(pieces[Math.floor(120 / perPiece)].slice(at * ${SIZE}, (at + 1) * ${SIZE}));`;
      const worker = new Worker(program, { eval: true, workerData: images.shared() });
      worker.once('message', resolve).once('error', reject);
    });
    expect(Uint8Array.from(await received)).toEqual(expected(120));
    const same = fromShared(images.shared()!);
    // Sent as it is, not as a copy.
    expect(images.shared()!.pieces[0]!.buffer).toBeInstanceOf(SharedArrayBuffer);
    for (const index of [149, 0, 70]) expect(Uint8Array.from(same.image(index))).toEqual(expected(index));
    expect(same.labels).toEqual(all.labels);
    await part.close();
    await images.close();
  });

  it('come in the order in which they were prepared, also when nobody waits in between', async () => {
    const images = await stored.images('train', 10);
    void images.prepare(Int32Array.of(20, 21));
    void images.prepare(Int32Array.of(30));
    await images.prepare(Int32Array.of(40, 41, 42));
    expect(images.image(41).slice()).toEqual(expected(41));
    void images.prepare(Int32Array.of(50));
    await images.close();
  });

  it('name the file when it was cut short behind our back', async () => {
    const dir = await storeTinyDataset(folder);
    const images = await (await openDataset(dir)).images('train', 10);
    await fs.truncate(path.join(dir, 'train.images'), 100 * SIZE + 7);
    const damage = { code: 'bad-input', message: expect.stringMatching(/train\.images: it ends too early/) };
    await expect(images.prepare(Int32Array.of(99, 100))).rejects.toMatchObject(damage);
    expect(() => images.image(149)).toThrow(expect.objectContaining(damage));
    await images.prepare(Int32Array.of(99));
    expect(images.image(99).slice()).toEqual(expected(99));
    await images.close();
  });
});

describe('an attack on more images than there is memory for', () => {
  it('is refused before it begins', () => {
    const counts = { train: 900, test: 100, triggered: 0 };
    const set = { name: 'large', counts, height: 100, width: 100, channels: 3 };
    expect(() => refuseTooLarge(set, 60e6)).not.toThrow();
    expect(() => refuseTooLarge(set, 59e6)).toThrow('takes 0.1 GB of memory');
  });
});
