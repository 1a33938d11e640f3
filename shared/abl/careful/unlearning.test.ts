import { describe, expect, it } from 'vitest';
import type { Images } from '../../contract/dataset.ts';
import { copiesOf, withTriggersPasted } from './unlearning.ts';

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

describe('copies', () => {
  it('are as many as were left out, and no more than the share', () => {
    expect(copiesOf([30, 4], 100)).toEqual([30, 4]);
    expect(copiesOf([99, 99], 21)).toEqual([10, 11]);
    // What one does not need is left to the others.
    expect(copiesOf([99, 4, 50], 40)).toEqual([18, 4, 18]);
    expect(copiesOf([], 40)).toEqual([]);
  });
});

describe('unlearning of reconstructed triggers', () => {
  it('adds copies of kept images of all classes with the trigger, under their own labels', () => {
    const data = numbered();
    const learnt = withTriggersPasted(data, kept, [{ trigger: white, copies: 30 }], 1);
    expect([...learnt.examples.subarray(0, 50)]).toEqual([...kept]);
    expect([...learnt.examples.subarray(50)]).toEqual(Array.from({ length: 30 }, (_, i) => COUNT + i));
    expect(learnt.data.count).toBe(90);
    const originals = Array.from(learnt.examples.subarray(50), (index) => {
      const [first, ...others] = learnt.data.image(index);
      expect(first).toBe(255);
      expect(new Set(others).size).toBe(1);
      expect(learnt.data.labels[index]).toBe(data.labels[others[0]!]);
      return others[0]!;
    });
    expect(new Set(originals).size).toBe(30);
    for (const original of originals) expect(kept).toContain(original);
    for (const label of [0, 1, 2]) {
      const ofClass = originals.filter((original) => data.labels[original] === label);
      expect(ofClass.length).toBeGreaterThanOrEqual(6);
      expect(ofClass.length).toBeLessThanOrEqual(14);
    }
    // The originals stay as they are.
    expect([...learnt.data.image(12)]).toEqual([12, 12, 12, 12]);
  });

  it('pastes each trigger on images of its own', () => {
    const triggers = [
      { trigger: white, copies: 10 },
      { trigger: brighter, copies: 7 },
    ];
    const { data, examples } = withTriggersPasted(numbered(), kept, triggers, 2);
    const copies = Array.from(examples.subarray(50), (index) => [...data.image(index)]);
    const [first, second] = [copies.slice(0, 10), copies.slice(10)];
    expect(second).toHaveLength(7);
    expect(first.every(([a, b, , d]) => a === 255 && b === d)).toBe(true);
    expect(second.every(([a, b, , d]) => a === b && d === b! + 100)).toBe(true);
    expect(first.map(([, b]) => b).slice(0, 7)).not.toEqual(second.map(([, b]) => b));
  });

  it('reads the originals beforehand, and gives the same for the same seed', async () => {
    const [data, again] = [numbered(), numbered()];
    const pasted = (from: Images, seed: number) =>
      withTriggersPasted(from, kept, [{ trigger: brighter, copies: 5 }], seed);
    const learnt = pasted(data, 1);
    const last = learnt.examples.at(-1)!;
    await learnt.data.prepare(Int32Array.of(20, last));
    const [pixel] = learnt.data.image(last);
    expect(data.prepared).toEqual([[20, pixel]]);
    const images = (of: typeof learnt) => Array.from(of.examples, (index) => [...of.data.image(index)]);
    expect(images(pasted(again, 1))).toEqual(images(learnt));
    expect(images(pasted(again, 2))).not.toEqual(images(learnt));
  });

  it('leaves the images alone where there is nothing to unlearn', () => {
    const data = numbered();
    for (const triggers of [[], [{ trigger: white, copies: 0 }]]) {
      const { data: same, examples } = withTriggersPasted(data, kept, triggers, 1);
      expect(same).toBe(data);
      expect(examples).toBe(kept);
    }
  });
});
