import { describe, expect, it } from 'vitest';
import type { Images } from '../../contract/dataset.ts';
import { withTriggersPasted } from './unlearning.ts';

const [COUNT, SIDE] = [60, 2];
const SIZE = SIDE * SIDE;

/** Grey images of three classes in turn; every pixel of one is its index. */
function numbered(): Images & { prepared: number[][] } {
  const prepared: number[][] = [];
  return {
    ...{ count: COUNT, height: SIDE, width: SIDE, channels: 1, prepared },
    labels: Int32Array.from({ length: COUNT }, (_, i) => i % 3),
    image: (index) => new Uint8Array(SIZE).fill(index),
    prepare: async (indices) => void prepared.push([...indices]),
  };
}

/** A white first pixel, and one that adds 100 to the last. */
const white = { cover: Float32Array.of(1, 0, 0, 0), shift: Float32Array.of(1, 0, 0, 0) };
const brighter = { cover: new Float32Array(SIZE), shift: Float32Array.of(0, 0, 0, 100 / 255) };

const kept = Int32Array.from({ length: 50 }, (_, i) => i + 10);

describe('unlearning of reconstructed triggers', () => {
  it('adds copies of kept images of other classes with the trigger, under their own labels', () => {
    const data = numbered();
    const learnt = withTriggersPasted(data, kept, [{ class: 1, trigger: white, found: 99 }], {
      share: 0.2,
      seed: 1,
    });
    expect([...learnt.examples.subarray(0, 50)]).toEqual([...kept]);
    expect([...learnt.examples.subarray(50)]).toEqual(Array.from({ length: 10 }, (_, i) => COUNT + i));
    expect(learnt.data.count).toBe(70);
    const originals = Array.from(learnt.examples.subarray(50), (index) => {
      const [first, ...others] = learnt.data.image(index);
      expect(first).toBe(255);
      expect(new Set(others).size).toBe(1);
      expect(learnt.data.labels[index]).toBe(data.labels[others[0]!]);
      return others[0]!;
    });
    expect(new Set(originals).size).toBe(10);
    for (const original of originals) {
      expect(kept).toContain(original);
      expect(data.labels[original]).not.toBe(1);
    }
    // The originals stay as they are.
    expect([...learnt.data.image(12)]).toEqual([12, 12, 12, 12]);
  });

  it('divides the share among triggers; one that several classes carry comes to images of all', () => {
    const triggers = [
      { class: null, trigger: white, found: 99 },
      { class: 0, trigger: brighter, found: 99 },
    ];
    const { data, examples } = withTriggersPasted(numbered(), kept, triggers, { share: 0.4, seed: 2 });
    const copies = Array.from(examples.subarray(50), (index) => [...data.image(index), data.labels[index]!]);
    const [first, second] = [copies.slice(0, 10), copies.slice(10)];
    expect(second).toHaveLength(10);
    expect(first.every(([a, b, , d]) => a === 255 && b === d)).toBe(true);
    expect(second.every(([a, b, , d]) => a === b && d === b! + 100)).toBe(true);
    expect(new Set(first.map((copy) => copy.at(-1)))).toEqual(new Set([0, 1, 2]));
    expect(new Set(second.map((copy) => copy.at(-1)))).toEqual(new Set([1, 2]));
  });

  it('reads the originals beforehand, and gives the same for the same seed', async () => {
    const [data, again] = [numbered(), numbered()];
    const pasted = (from: Images, seed: number) =>
      withTriggersPasted(from, kept, [{ class: 1, trigger: brighter, found: 99 }], { share: 0.1, seed });
    const learnt = pasted(data, 1);
    const last = learnt.examples.at(-1)!;
    await learnt.data.prepare(Int32Array.of(20, last));
    const [pixel] = learnt.data.image(last);
    expect(data.prepared).toEqual([[20, pixel]]);
    const images = (of: typeof learnt) => Array.from(of.examples, (index) => [...of.data.image(index)]);
    expect(images(pasted(again, 1))).toEqual(images(learnt));
    expect(images(pasted(again, 2))).not.toEqual(images(learnt));
  });

  it('adds no more copies than images were found with the trigger', () => {
    const triggers = [{ class: 1, trigger: white, found: 4 }];
    expect(withTriggersPasted(numbered(), kept, triggers, { share: 0.2, seed: 1 }).examples).toHaveLength(54);
  });

  it('leaves the images alone where there is nothing to unlearn', () => {
    const data = numbered();
    const none = withTriggersPasted(data, kept, [], { share: 0.2, seed: 1 });
    const off = withTriggersPasted(data, kept, [{ class: 1, trigger: white, found: 99 }], {
      share: 0,
      seed: 1,
    });
    for (const { data: same, examples } of [none, off]) {
      expect(same).toBe(data);
      expect(examples).toBe(kept);
    }
  });
});
