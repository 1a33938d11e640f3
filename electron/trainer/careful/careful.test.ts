import { beforeAll, describe, expect, it } from 'vitest';
import { attackByName } from '../../../shared/attacks/registry.ts';
import { presetSettings } from '../../../shared/abl/presets.ts';
import type { ImageSet } from '../../../shared/contract/dataset.ts';
import type { Engine } from '../../../shared/contract/engine.ts';
import { precisionRecall } from '../../../shared/metrics/detection.ts';
import { stream } from '../../../shared/random.ts';
import { createEngine, nativeRuntime } from '../../engine/index.ts';
import { examineCarefully } from './careful.ts';

const runtime = await nativeRuntime();
if ('missing' in runtime) console.warn(`careful method's end-to-end tests skipped: ${runtime.missing}`);

const CLASSES = 5;

/** Grey noise with a bright disc, whose place tells the class; a third of the images are hard to tell. */
function discs(perClass: number, seed: number): ImageSet {
  const side = 16;
  const count = perClass * CLASSES;
  const random = stream(seed, 'discs');
  const images = new Uint8Array(count * side * side);
  const labels = Int32Array.from({ length: count }, (_, i) => i % CLASSES);
  for (let i = 0; i < count; i++) {
    const angle = (2 * Math.PI * labels[i]!) / CLASSES + random.between(-0.4, 0.4);
    const [y, x] = [8 + 4 * Math.sin(angle), 8 + 4 * Math.cos(angle)];
    const strength = random.uniform() < 0.33 ? 40 : 110;
    for (let p = 0; p < side * side; p++) {
      const near = Math.hypot(Math.floor(p / side) - y, (p % side) - x) < 2.6;
      images[i * side * side + p] = 30 + random.integer(90) + (near ? strength : 0);
    }
  }
  return { count, height: side, width: side, channels: 1, images, labels };
}

describe.skipIf('missing' in runtime)('the careful method on generated images', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine('native');
  });

  const examine = (data: ImageSet, seed: number) =>
    examineCarefully({
      engine,
      data,
      classes: CLASSES,
      examples: Int32Array.from({ length: data.count }, (_, i) => i),
      settings: { ...presetSettings('quick'), crop: 1, flip: false, cutout: 0 },
      seed,
    });

  it('finds all of the poison and nothing else, its class and its trigger', async () => {
    const request = {
      rate: 0.08,
      target: 2,
      classes: CLASSES,
      seed: 3,
      parameters: { position: 'top-left' },
    };
    const { train, truth } = attackByName('badnets').poison(discs(240, 1), request);
    const { conclusion, removed, kept, groups } = await examine(train, 1);
    expect(conclusion.verdict).toMatchObject({ kind: 'poisoned', class: 2 });
    expect(conclusion.verdict.estimatedAsr).toBeGreaterThan(0.8);
    expect(precisionRecall(removed, truth.poisoned)).toEqual({ precision: 1, recall: 1 });
    expect(kept.length + removed.length).toBe(train.count);
    // The patch covers rows and columns 0 to 2 and nothing further away.
    const { cover, shift } = groups[0]!.reconstruction.trigger;
    const strong = [...cover.keys()].filter((p) => cover[p]! > 0.5 || Math.abs(shift[p]!) > 0.3);
    expect(strong.length).toBeGreaterThan(0);
    expect(strong.every((p) => Math.floor(p / 16) < 3 && p % 16 < 3)).toBe(true);
  });

  it('takes nothing away where there is no poison', async () => {
    const { conclusion, removed, kept } = await examine(discs(240, 2), 2);
    expect(conclusion.verdict.kind).toBe('no-evidence');
    expect(removed.length).toBe(0);
    expect(kept.length).toBe(240 * CLASSES);
  });

  it('gives the same answer for the same seed', async () => {
    const data = discs(60, 4);
    const [first, second] = [await examine(data, 7), await examine(data, 7)];
    expect(second.losses).toEqual(first.losses);
    expect(second.conclusion).toEqual(first.conclusion);
  });

  it('does not call classes clean that are too small to examine', async () => {
    const { conclusion, removed } = await examine(discs(12, 5), 1);
    expect(conclusion.verdict.kind).toBe('uncertain');
    expect(removed.length).toBe(0);
  });

  it('ends where a pause throws', async () => {
    const stop = new Error('stop');
    const input = {
      engine,
      data: discs(40, 6),
      classes: CLASSES,
      examples: Int32Array.from({ length: 200 }, (_, i) => i),
      settings: presetSettings('quick'),
      seed: 1,
    };
    await expect(examineCarefully(input, { pause: () => Promise.reject(stop) })).rejects.toBe(stop);
  });
});
