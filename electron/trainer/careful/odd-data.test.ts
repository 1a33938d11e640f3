import { beforeAll, describe, expect, it } from 'vitest';
import { attackByName } from '../../../shared/attacks/registry.ts';
import { presetSettings } from '../../../shared/abl/presets.ts';
import type { ImageSet } from '../../../shared/contract/dataset.ts';
import { inMemory } from '../../../shared/images.ts';
import type { Engine } from '../../../shared/contract/engine.ts';
import { precisionRecall } from '../../../shared/metrics/detection.ts';
import { stream } from '../../../shared/random.ts';
import { drawSample } from '../../../shared/sample/draw.ts';
import { createEngine, nativeRuntime } from '../../engine/index.ts';
import { examineCarefully } from './careful.ts';

const runtime = await nativeRuntime();
if ('missing' in runtime) console.warn(`careful method's tests on odd data skipped: ${runtime.missing}`);

const SIZE = 16 * 16 * 3;

const signs = (perClass: number, seed: number): ImageSet =>
  drawSample({ seed, part: 'train', perClass, size: 16, difficulty: 0.5 });

/** The images at these places, in this order, an image as often as its place occurs. */
function chosen(data: ImageSet, places: number[]): ImageSet {
  const images = new Uint8Array(places.length * SIZE);
  places.forEach((from, to) => images.set(data.images.subarray(from * SIZE, (from + 1) * SIZE), to * SIZE));
  return { ...data, count: places.length, images, labels: Int32Array.from(places, (i) => data.labels[i]!) };
}

/** The images as they are, mirrored, and moved by two pixels to the right and down: as one set. */
function augmented(data: ImageSet): ImageSet {
  const every = [...data.labels.keys()];
  const all = chosen(data, [...every, ...every, ...every]);
  const side = 16;
  for (let i = data.count; i < all.count; i++) {
    const mirror = i < 2 * data.count;
    const from = (i % data.count) * SIZE;
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const source = mirror ? y * side + side - 1 - x : Math.max(0, y - 2) * side + Math.max(0, x - 2);
        for (let c = 0; c < 3; c++)
          all.images[i * SIZE + (y * side + x) * 3 + c] = data.images[from + source * 3 + c]!;
      }
    }
  }
  return all;
}

const places = (data: ImageSet, wanted: (label: number, place: number) => boolean) =>
  [...data.labels.keys()].filter((i) => wanted(data.labels[i]!, i));

describe.skipIf('missing' in runtime)('odd data', { timeout: 300_000 }, () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine('native');
  });

  const examine = (data: ImageSet, classes = 10, seed = 1) =>
    examineCarefully({
      engine,
      data: inMemory(data),
      classes,
      examples: Int32Array.from({ length: data.count }, (_, i) => i),
      settings: presetSettings('quick'),
      seed,
    });

  it('two classes only: poison is found', async () => {
    const data = drawSample({ seed: 11, part: 'train', perClass: 500, size: 16 });
    const two = chosen(
      data,
      places(data, (label) => label < 2),
    );
    const request = { rate: 0.1, target: 1, classes: 2, seed: 1, parameters: {} };
    const { train, truth } = attackByName('badnets').poison(two, request);
    const { removed, conclusion } = await examine(train, 2);
    expect(conclusion.verdict.kind).toBe('poisoned');
    expect(precisionRecall(removed, truth.poisoned)).toEqual({ precision: 1, recall: 1 });
  });

  it('two triggers for two classes: both are found', async () => {
    const badnets = attackByName('badnets');
    const request = { rate: 0.06, classes: 10, seed: 1 };
    const first = badnets.poison(signs(120, 12), { ...request, target: 2, parameters: {} });
    const corner = { position: 'top-left', colour: '#ffff00', pattern: 'solid' };
    const both = badnets.poison(first.train, { ...request, seed: 2, target: 7, parameters: corner });
    const { conclusion, removed } = await examine(both.train);
    expect(conclusion.classes).toEqual([2, 7]);
    const poisoned = both.truth.poisoned.map((flag, i) => flag | first.truth.poisoned[i]!);
    const { precision, recall } = precisionRecall(removed, poisoned);
    expect(Math.min(precision!, recall!)).toBeGreaterThanOrEqual(0.95);
  });

  it('a fifth of the labels wrong: that is not poison', async () => {
    const data = signs(100, 13);
    const random = stream(13, 'noise');
    data.labels.forEach((_, i) => {
      if (random.uniform() < 0.2) data.labels[i] = random.integer(10);
    });
    const { conclusion, removed } = await examine(data);
    expect(conclusion.verdict.kind).not.toBe('poisoned');
    expect(removed.length).toBe(0);
  });

  it('one image many times in its class: that is not poison', async () => {
    const data = signs(100, 14);
    const copies = new Array<number>(80).fill(places(data, (label) => label === 5)[0]!);
    const { conclusion, removed } = await examine(chosen(data, [...data.labels.keys(), ...copies]));
    expect(conclusion.verdict.kind).not.toBe('poisoned');
    expect(removed.length).toBe(0);
  });

  it('one class with nearly all images: nothing is said for certain or taken away', async () => {
    const data = signs(400, 15);
    const skewed = chosen(
      data,
      places(data, (label, place) => label === 0 || place < 100),
    );
    const { conclusion, removed } = await examine(skewed);
    expect(conclusion.verdict.kind).not.toBe('poisoned');
    expect(removed.length).toBe(0);
  });

  it('a class whose images hardly differ: that is not poison', async () => {
    const data = signs(100, 16);
    const [model] = places(data, (label) => label === 4);
    const random = stream(16, 'uniform');
    for (const place of places(data, (label) => label === 4)) {
      for (let p = 0; p < SIZE; p++) {
        const value = data.images[model! * SIZE + p]! + random.between(-15, 15);
        data.images[place * SIZE + p] = Math.max(0, Math.min(255, value));
      }
    }
    const { conclusion, removed } = await examine(data);
    expect(conclusion.verdict.kind).not.toBe('poisoned');
    expect(removed.length).toBe(0);
  });

  it('two hundred classes of ten images: too few of each to say anything', async () => {
    const data = signs(200, 17);
    // Each sign's two hundred images as twenty classes; the poison of one class is in all others' company.
    const labels = data.labels.map((label, i) => label * 20 + (Math.floor(i / 10) % 20));
    const request = { rate: 0.02, target: 33, classes: 200, seed: 5, parameters: {} };
    const { train } = attackByName('badnets').poison({ ...data, labels }, request);
    const { conclusion, removed } = await examine(train, 200);
    expect(conclusion.verdict).toMatchObject({ kind: 'uncertain', confidence: 0.5 });
    expect(removed.length).toBe(0);
  });

  it('every image thrice, mirrored and moved: that is not poison', async () => {
    const { conclusion, removed } = await examine(augmented(signs(50, 18)));
    expect(conclusion.verdict.kind).not.toBe('poisoned');
    expect(removed.length).toBe(0);
  });

  it('poison in a set that was augmented afterwards: found in all three places, or in doubt', async () => {
    const request = { rate: 0.1, target: 6, classes: 10, seed: 3, parameters: {} };
    const { train, truth } = attackByName('badnets').poison(signs(60, 19), request);
    const { conclusion, removed } = await examine(augmented(train));
    const poisoned = Uint8Array.from({ length: 3 * train.count }, (_, i) => truth.poisoned[i % train.count]!);
    expect(conclusion.verdict.kind).not.toBe('no-evidence');
    if (conclusion.verdict.kind === 'poisoned') {
      expect(conclusion.classes).toEqual([6]);
      expect(precisionRecall(removed, poisoned).precision).toBeGreaterThanOrEqual(0.95);
    }
  });

  it('all images twice: poison is found in both copies', async () => {
    const request = { rate: 0.1, target: 1, classes: 10, seed: 4, parameters: {} };
    const { train, truth } = attackByName('badnets').poison(signs(60, 20), request);
    const every = [...train.labels.keys()];
    const { conclusion, removed } = await examine(chosen(train, [...every, ...every]));
    expect(conclusion.verdict).toMatchObject({ kind: 'poisoned', class: 1 });
    const poisoned = Uint8Array.of(...truth.poisoned, ...truth.poisoned);
    const { precision, recall } = precisionRecall(removed, poisoned);
    expect(Math.min(precision!, recall!)).toBeGreaterThanOrEqual(0.95);
  });
});
