import { describe, expect, it } from 'vitest';
import type { ImageSet } from '../contract/dataset.ts';
import { inMemory } from '../images.ts';
import { Random, stream } from '../random.ts';
import { fillImages } from './augmentation.ts';
import { epochOrder, imagesPerEpoch, IsolatedBatches, stepsPerEpoch } from './batches.ts';
import { isolate, isolationCount, isolationFigures } from './isolation.ts';
import { objectiveFields, objectiveValue, type Objective } from './objectives.ts';
import { PRESETS, presetSettings } from './presets.ts';
import { constantRate, droppingRate, rateAt } from './schedule.ts';
import { settingsSchema } from './settings.ts';

describe('objectives', () => {
  /** d value / d loss by central differences: what the step must multiply each example's gradient with. */
  const slopes = (objective: Objective, losses: number[], isolated = 0) =>
    losses.map((_, i) => {
      const moved = (by: number) => losses.map((loss, k) => (k === i ? loss + by : loss));
      const h = 1e-6;
      return (
        (objectiveValue(objective, moved(h), isolated) - objectiveValue(objective, moved(-h), isolated)) /
        (2 * h)
      );
    });
  /** The factor that an engine applies, by the contract of StepInput. */
  const factors = (objective: Objective, losses: number[], isolated = 0) => {
    const f = objectiveFields(objective, losses.length - isolated, isolated);
    const mean = losses.reduce((a, b) => a + b) / losses.length;
    return losses.map((loss, i) => {
      const w = f.weights[i]!;
      if (w < 0 && f.ceiling !== null && loss > f.ceiling) return 0;
      if (f.gamma !== null) return w * Math.sign(loss - f.gamma);
      return f.gammaBatch !== null ? w * Math.sign(mean - f.gammaBatch) : w;
    });
  };
  const high = [0.1, 0.7, 2.3, 0.4];
  const low = [0.1, 0.2, 0.3, 0.9];

  it.each<[string, Objective]>([
    ['plain', { kind: 'plain' }],
    ['per-example LGA', { kind: 'lga', gamma: 0.5 }],
    ['batch-mean LGA', { kind: 'lga-batch', gamma: 0.5 }],
    ['flooding', { kind: 'flooding', gamma: 0.5 }],
    ['ascent', { kind: 'ascent' }],
  ])('%s steps along the slope of its value', (_, objective) => {
    for (const losses of [high, low]) {
      const expected = slopes(objective, losses);
      factors(objective, losses).forEach((factor, i) => expect(factor).toBeCloseTo(expected[i]!, 6));
    }
  });

  it('joins descent on the kept with ascent on the isolated, up to the ceiling', () => {
    const objective: Objective = { kind: 'joint', weight: 0.3, ceiling: 2 };
    const losses = [0.5, 1.5, 3, 0.2, 5, 1];
    expect(factors(objective, losses, 3).map((f) => Math.round(f * 1e6) / 1e6)).toEqual([
      0.333333, 0.333333, 0.333333, -0.1, 0, -0.1,
    ]);
    const expected = slopes(objective, losses, 3);
    factors(objective, losses, 3).forEach((factor, i) => expect(factor).toBeCloseTo(expected[i]!, 6));
  });

  it('reports other values for batch-mean LGA and flooding, which train alike', () => {
    const lga = { kind: 'lga-batch', gamma: 0.5 } as const;
    const flooding = { kind: 'flooding', gamma: 0.5 } as const;
    expect(objectiveFields(lga, 4)).toEqual(objectiveFields(flooding, 4));
    expect(objectiveValue(lga, low)).toBeCloseTo(-0.375, 12);
    expect(objectiveValue(flooding, low)).toBeCloseTo(0.625, 12);
  });
});

describe('augmentation', () => {
  const image = (height: number, width: number, channels: number): ImageSet => ({
    count: 1,
    height,
    width,
    channels,
    images: Uint8Array.from({ length: height * width * channels }, (_, i) => i + 1),
    labels: Int32Array.of(0),
  });
  const once = (
    set: ImageSet,
    augmentation: { crop: number; flip: boolean; cutout: number },
    seed: number,
  ) => {
    const target = new Uint8Array(set.images.length).fill(99);
    fillImages(target, inMemory(set), Int32Array.of(0), { augmentation, random: new Random(seed) });
    return target;
  };
  /** By the definition: pad, crop, mirror, then black out, with the same draws. */
  const bySteps = (
    set: ImageSet,
    { crop, flip, cutout }: { crop: number; flip: boolean; cutout: number },
    seed: number,
  ) => {
    const random = new Random(seed);
    const { height, width, channels } = set;
    const dy = crop ? random.integer(2 * crop + 1) : 0;
    const dx = crop ? random.integer(2 * crop + 1) : 0;
    const mirror = flip && random.uniform() < 0.5;
    const cy = cutout ? random.integer(height) : 0;
    const cx = cutout ? random.integer(width) : 0;
    const out: number[] = [];
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        for (let c = 0; c < channels; c++) {
          const sy = y + dy - crop;
          const sx = (mirror ? width - 1 - x : x) + dx - crop;
          const inside = sy >= 0 && sy < height && sx >= 0 && sx < width;
          const from = Math.floor(cutout / 2);
          const cut =
            cutout > 0 &&
            y >= cy - from &&
            y < cy - from + cutout &&
            x >= cx - from &&
            x < cx - from + cutout;
          out.push(inside && !cut ? set.images[(sy * width + sx) * channels + c]! : 0);
        }
    return Uint8Array.from(out);
  };

  it.each([
    { crop: 0, flip: false, cutout: 0 },
    { crop: 2, flip: false, cutout: 0 },
    { crop: 0, flip: true, cutout: 0 },
    { crop: 2, flip: true, cutout: 2 },
    { crop: 7, flip: true, cutout: 3 },
    { crop: 0, flip: false, cutout: 9 },
  ])('agrees with padding, cropping, mirroring and blackening step by step: %o', (augmentation) => {
    for (const set of [image(5, 4, 1), image(4, 6, 3)]) {
      for (let seed = 0; seed < 60; seed++) {
        expect(once(set, augmentation, seed)).toEqual(bySteps(set, augmentation, seed));
      }
    }
  });

  it('cuts a square of the given side where it fits', () => {
    const set = image(9, 9, 1);
    const blackened = Array.from({ length: 80 }, (_, seed) => {
      return once(set, { crop: 0, flip: false, cutout: 2 }, seed).filter((v) => v === 0).length;
    });
    expect(Math.max(...blackened)).toBe(4);
    expect(Math.min(...blackened)).toBeLessThan(4);
  });

  it('copies images as they are where there is none, and only whole batches', () => {
    const set = image(3, 3, 1);
    const target = new Uint8Array(18);
    fillImages(target, inMemory(set), Int32Array.of(0, 0), null);
    expect([...target]).toEqual([...set.images, ...set.images]);
    expect(() => fillImages(target, inMemory(set), Int32Array.of(0), null)).toThrow(RangeError);
  });
});

describe('batches', () => {
  it('leaves out a last batch of one', () => {
    expect([stepsPerEpoch(128, 64), stepsPerEpoch(129, 64), stepsPerEpoch(130, 64)]).toEqual([2, 2, 3]);
    expect([stepsPerEpoch(1, 64), stepsPerEpoch(2, 64)]).toEqual([0, 1]);
    expect([imagesPerEpoch(129, 64), imagesPerEpoch(130, 64), imagesPerEpoch(1, 64)]).toEqual([128, 130, 0]);
  });

  it('orders each epoch anew from the seed, or keeps one order', () => {
    const examples = Int32Array.from({ length: 50 }, (_, i) => 2 * i);
    const source = { seed: 3, method: 'abl', stage: 'isolate' } as const;
    const first = epochOrder(examples, source, 1, true);
    expect(first.toSorted()).toEqual(examples);
    expect(epochOrder(examples, source, 1, true)).toEqual(first);
    expect(epochOrder(examples, source, 2, true)).not.toEqual(first);
    expect(epochOrder(examples, { ...source, method: 'naive' }, 1, true)).not.toEqual(first);
    const fixed = epochOrder(examples, source, 1, false);
    expect(fixed).not.toEqual(examples);
    expect(epochOrder(examples, source, 7, false)).toEqual(fixed);
  });

  it('takes every isolated example once in each pass, also when asked for a later step first', () => {
    const examples = Int32Array.of(10, 11, 12, 13, 14, 15);
    const source = { seed: 1, method: 'abl', stage: 'joint' } as const;
    const batches = new IsolatedBatches(examples, 4, source);
    const taken = [0, 1, 2].flatMap((step) => [...batches.at(step)]);
    expect(taken.slice(0, 6).sort()).toEqual([...examples]);
    expect(taken.slice(6).sort()).toEqual([...examples]);
    expect([...new IsolatedBatches(examples, 4, source).at(2)]).toEqual(taken.slice(8));
    expect(new IsolatedBatches(examples, 99, source).size).toBe(6);
  });
});

describe('schedule', () => {
  it('falls to a tenth after the share of the epochs', () => {
    const rates = Array.from({ length: 15 }, (_, i) => rateAt(droppingRate(0.1, 15, 0.667), i + 1));
    expect(rates.filter((rate) => rate === 0.1)).toHaveLength(10);
    expect(rates.at(-1)).toBeCloseTo(0.01, 12);
    expect(rateAt(droppingRate(0.1, 60, 0.667), 40)).toBe(0.1);
    expect(rateAt(droppingRate(0.1, 60, 0.667), 41)).toBeCloseTo(0.01, 12);
    expect(rateAt(droppingRate(0.1, 5, 1), 5)).toBe(0.1);
    expect(rateAt(constantRate(0.2), 1e6)).toBe(0.2);
  });
});

describe('isolation', () => {
  const losses = Float32Array.of(0.5, 0.1, 0.3, NaN, 0.1, 2);
  const examples = Int32Array.of(0, 1, 2, 4, 5);

  it('takes the lowest losses among the examples in use, ties in data-set order', () => {
    const { isolated, kept } = isolate(losses, examples, 0.6);
    expect([...isolated]).toEqual([1, 4, 2]);
    expect([...kept]).toEqual([0, 5]);
  });

  it('rounds down, but takes one at least', () => {
    expect([isolationCount(10000, 0.01), isolationCount(4700, 0.01), isolationCount(50, 0.01)]).toEqual([
      100, 47, 1,
    ]);
    expect(isolationCount(100, 0.29)).toBe(29);
  });

  it('describes the isolated with and without truth', () => {
    const labels = Int32Array.of(0, 1, 1, 0, 0, 1);
    const isolated = Int32Array.of(1, 4, 2);
    const about = { isolated, rate: 0.6, classes: 3 };
    const poisoned = Uint8Array.of(0, 1, 0, 1, 1, 0);
    expect(isolationFigures(about, losses, examples, labels, poisoned)).toEqual({
      rate: 0.6,
      count: 3,
      precision: 2 / 3,
      recall: 1,
      auroc: 1,
      concentration: 2 / 3,
      class: 1,
      labels: [1, 2, 0],
      threshold: Math.fround(0.3),
    });
    const none = { precision: null, recall: null, auroc: null, concentration: 2 / 3 };
    expect(isolationFigures(about, losses, examples, labels, null)).toMatchObject(none);
    expect(isolationFigures(about, losses, examples, labels, new Uint8Array(6))).toMatchObject(none);
  });
});

describe('presets', () => {
  it.each(PRESETS.map((preset) => preset.name))('%s is within the bounds of the settings', (name) => {
    expect(settingsSchema.parse(presetSettings(name))).toEqual(presetSettings(name));
  });

  it('gives the naive model as many epochs as the stages of ABL', () => {
    // The careful method trains its last model exactly as the naive one.
    for (const { settings: s } of PRESETS.filter((p) => p.settings.isolation === 'lowest-loss')) {
      const joint = s.unlearning === 'joint' ? s.jointEpochs : 0;
      expect(s.naiveEpochs).toBe(s.isolationEpochs + s.fineTuneEpochs + joint);
    }
  });

  it('hands out copies', () => {
    presetSettings('quick').gamma = 7;
    expect(presetSettings('quick').gamma).toBe(0.5);
  });
});

it('draws unrelated augmentation for neighbouring steps', () => {
  const draws = [1, 2].map((step) => stream(1, 'abl', 'joint', 1, step, 'augmentation').uint32());
  expect(draws[0]).not.toBe(draws[1]);
});
