import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completeParameters } from '../../shared/attacks/parameters.ts';
import { attackByName } from '../../shared/attacks/registry.ts';
import { MATERIAL } from '../../shared/attacks/surrogate.ts';
import type { AttackRequest, Material } from '../../shared/attacks/types.ts';
import type { ImageSet } from '../../shared/contract/dataset.ts';
import type { DifferentiableModel, Engine } from '../../shared/contract/engine.ts';
import { featureLayer } from '../../shared/networks/shapes.ts';
import { stream } from '../../shared/random.ts';
import { attackDataset } from '../datasets/attack.ts';
import { createSample } from '../datasets/sample.ts';
import { openDataset } from '../datasets/store.ts';
import { EagerEngine } from '../engine/eager/eager-engine.ts';
import { craft } from './craft.ts';
import { featuresOf, gather, meanFeatures } from './patches.ts';
import { trainedSurrogate } from './surrogate.ts';

const CLASSES = 3;
const folder = mkdtempSync(join(tmpdir(), 'theriac-craft-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** 12 x 12 noise; each class is brighter in one channel. */
function images(count: number, seed: number): ImageSet {
  const random = stream(seed, 'test', 'images');
  const size = 12 * 12 * 3;
  const labels = Int32Array.from({ length: count }, (_, i) => i % CLASSES);
  const pixels = Uint8Array.from({ length: count * size }, (_, i) => {
    const own = i % 3 === labels[Math.floor(i / size)];
    return random.integer(120) + (own ? 100 : 30);
  });
  return { count, height: 12, width: 12, channels: 3, images: pixels, labels };
}

const train = images(90, 1);
const test = images(30, 2);
let engine: Engine;
let model: DifferentiableModel;
const quick = { 'surrogate-epochs': 2 };

function surrogate(): Promise<DifferentiableModel> {
  const request = { engine, train, classes: CLASSES, network: 'small-cnn', epochs: 2, seed: 1, cache: null };
  return trainedSurrogate(request, { progress: () => {} });
}

beforeAll(async () => {
  engine = await EagerEngine.create('wasm', 'test');
  model = await surrogate();
});

async function made(name: string, parameters: AttackRequest['parameters'], rate = 0.2) {
  const attack = attackByName(name);
  const request: AttackRequest = {
    rate,
    target: 0,
    classes: CLASSES,
    seed: 1,
    parameters: { ...quick, ...parameters },
  };
  const values = completeParameters(name, attack.parameters, request.parameters);
  const input = { engine, train, test, request, values, cache: null };
  const material: Material = await craft(attack, input, { progress: () => {} });
  return { attack, request: { ...request, material }, material };
}

const rows = (values: Float32Array, width: number) =>
  Array.from({ length: values.length / width }, (_, i) => values.subarray(i * width, (i + 1) * width));
const distance = (a: Float32Array, b: Float32Array) => Math.hypot(...a.map((v, i) => v - b[i]!));
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe('trojan', () => {
  it('makes a patch that drives its neurons, the same for the same seed', async () => {
    const { attack, request, material } = await made('trojan', { neurons: 1, steps: 40 });
    const { data, shape } = material.get(MATERIAL.patch)!;
    expect(shape).toEqual([4, 4, 3]);
    const again = await made('trojan', { neurons: 1, steps: 40 });
    expect(again.material.get(MATERIAL.patch)!.data).toEqual(data);

    const kernel = (await model.read()).get('fc/kernel')!;
    const { size } = featureLayer(model.network);
    const strength = rows(kernel, CLASSES).map((row) => row.reduce((sum, w) => sum + Math.abs(w), 0));
    const neuron = strength.indexOf(Math.max(...strength));
    const start = await made('trojan', { neurons: 1, steps: 1 });
    const activation = async (patched: AttackRequest) => {
      const features = rows(await featuresOf(model, attack.trigger(test, patched).images), size);
      return mean(features.map((one) => one[neuron]!));
    };
    expect(await activation(request)).toBeGreaterThan(1.05 * (await activation(start.request)));

    const { train: poisoned, truth } = attack.poison(train, request);
    const victim = truth.poisoned.indexOf(1);
    // One pixel from the edges: rows and columns 7 to 10.
    const from = victim * 12 * 12 * 3 + (7 * 12 + 7) * 3;
    expect(poisoned.images.subarray(from, from + 12)).toEqual(data.subarray(0, 12));
    expect(poisoned.labels[victim]).toBe(0);
  });
});

describe('latent', () => {
  it('moves features of patched images towards the mean of the target class', async () => {
    const { attack, request } = await made('latent', { steps: 40, size: 6 });
    const start = await made('latent', { steps: 1, size: 6 });
    const own = Int32Array.from(train.labels.keys()).filter((i) => train.labels[i] === 0);
    const goal = await meanFeatures(model, train, own);
    const apart = async (patched: AttackRequest) => {
      const triggered = attack.trigger(test, patched);
      return mean(rows(await featuresOf(model, triggered.images), goal.length).map((f) => distance(f, goal)));
    };
    expect(await apart(request)).toBeLessThan(0.95 * (await apart(start.request)));
  });
});

describe('label-consistent', () => {
  it('raises the loss within epsilon, marks the corners and keeps labels', async () => {
    const parameters = { epsilon: 20, step: 4, steps: 8 };
    const { attack, request, material } = await made('label-consistent', parameters);
    const victims = material.get(MATERIAL.indices)!.data as Int32Array;
    expect([...victims].map((i) => train.labels[i])).toEqual(new Array(18).fill(0));
    const before = gather(train, victims);
    const after = material.get(MATERIAL.images)!.data as Uint8Array;
    const largest = after.reduce((most, v, i) => Math.max(most, Math.abs(v - before[i]!)), 0);
    expect(largest).toBe(20);
    const labels = new Int32Array(18);
    const loss = async (pixels: Uint8Array) => mean([...(await model.evaluate(pixels, labels)).losses]);
    expect(await loss(after)).toBeGreaterThan((await loss(before)) + 0.2);

    const { train: poisoned, truth } = attack.poison(train, request);
    expect(poisoned.labels).toEqual(train.labels);
    expect([...truth.poisoned.keys()].filter((i) => truth.poisoned[i] === 1)).toEqual([...victims]);
    const at = (set: ImageSet, index: number, y: number, x: number) =>
      set.images[((index * 12 + y) * 12 + x) * 3]!;
    // Bottom right 0,0,1 / 0,1,0 / 1,0,1, mirrored at the other corners: the outermost pixels are bright.
    const [victim] = victims as unknown as [number];
    const corners = [
      [0, 0],
      [0, 11],
      [11, 0],
      [11, 11],
    ] as const;
    expect(corners.map(([y, x]) => at(poisoned, victim, y, x))).toEqual([255, 255, 255, 255]);
    expect([at(poisoned, victim, 9, 9), at(poisoned, victim, 9, 11), at(poisoned, victim, 2, 2)]).toEqual([
      0, 255, 0,
    ]);
    const triggered = attack.trigger(test, request);
    expect(at(triggered, 0, 10, 10)).toBe(255);
    expect(at(triggered, 0, 6, 6)).toBe(at(test, triggered.origins[0]!, 6, 6));
  });
});

describe('feature-collision', () => {
  it('moves images of the target class to the features of chosen test images, which stay as they are', async () => {
    const { attack, request, material } = await made('feature-collision', {
      instances: 3,
      watermark: 0.1,
      steps: 30,
    });
    const triggered = attack.trigger(test, request);
    const instances = [...triggered.origins];
    expect(instances).toHaveLength(3);
    expect(instances.every((i) => test.labels[i] !== 0)).toBe(true);
    expect(triggered.images).toEqual(gather(test, triggered.origins));

    const { size } = featureLayer(model.network);
    const aims = rows(await featuresOf(model, triggered.images), size);
    const nearest = async (pixels: Uint8Array) =>
      mean(
        rows(await featuresOf(model, pixels), size).map((f) =>
          Math.min(...aims.map((aim) => distance(f, aim))),
        ),
      );
    const victims = material.get(MATERIAL.indices)!.data as Int32Array;
    const colliding = material.get(MATERIAL.images)!.data as Uint8Array;
    expect(await nearest(colliding)).toBeLessThan(0.5 * (await nearest(gather(train, victims))));
    const { train: poisoned } = attack.poison(train, request);
    expect(poisoned.labels).toEqual(train.labels);
    expect(gather(poisoned, victims)).toEqual(colliding);
  });

  it('refuses more instances than there are', async () => {
    await expect(made('feature-collision', { instances: 30 })).rejects.toThrow(/aimed at 30 test images/);
  });
});

describe('a stored data set', () => {
  it('is attacked with a network that is trained once and can be stopped', async () => {
    const datasets = join(folder, 'datasets');
    const sample = await createSample({
      into: datasets,
      seed: 1,
      trainPerClass: 20,
      testPerClass: 5,
      size: 16,
    });
    const source = join(datasets, sample.id);
    const options = {
      into: datasets,
      attack: 'latent',
      rate: 0.1,
      target: 1,
      seed: 1,
      parameters: { 'surrogate-epochs': 1, steps: 3 },
      engine: 'wasm' as const,
    };
    const notes: string[] = [];
    const hooks = { onProgress: ({ note }: { note: string }) => notes.push(note) };
    const stop = new AbortController();
    await expect(
      attackDataset(source, options, { onProgress: () => stop.abort(), signal: stop.signal }),
    ).rejects.toMatchObject({ code: 'cancelled' });
    expect(readdirSync(datasets)).toEqual([sample.id]);

    const first = await attackDataset(source, options, hooks);
    expect(notes).toContain('Training the network that makes the trigger');
    notes.length = 0;
    const second = await attackDataset(source, options, hooks);
    expect(notes).not.toContain('Training the network that makes the trigger');
    expect(notes).toContain('Making the patch');
    expect(second.hash).toBe(first.hash);
    const stored = await openDataset(join(datasets, first.id));
    expect(stored.manifest.attack).toMatchObject({ attack: 'latent', target: 1 });
    expect((await stored.truth())!.poisoned.reduce((a, b) => a + b, 0)).toBe(
      Math.round(0.1 * sample.counts.train),
    );
  });
});
