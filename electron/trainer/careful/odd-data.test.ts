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
});
