import type { Images } from '../../contract/dataset.ts';
import { imageBytes } from '../../images.ts';
import { stream } from '../../random.ts';
import { pasteOne, type Trigger } from './trigger.ts';

/** A reconstructed trigger that is to lose its meaning. */
export interface Unlearnable {
  /** The class that it means, whose images it is not pasted on; null where several classes carry it. */
  class: number | null;
  trigger: Trigger;
  /** Images that were found with it: more copies than that are not needed. */
  found: number;
}

/**
 * Images with copies of kept ones behind them that have a reconstructed trigger and the labels of the originals. What trains on
 * them learns that the trigger says nothing about the class, so that poison which was not found teaches little: a backdoor is
 * unlearnt by the reversed trigger under right labels (Wang et al., Neural Cleanse, 2019, section VI), here while training anew.
 * @param kept data-set indices
 * @param share copies as a share of the kept, 0..1, at most, divided among the triggers
 * @returns the images, and the indices to train on: the kept and the copies
 */
export function withTriggersPasted(
  data: Images,
  kept: Int32Array,
  triggers: Unlearnable[],
  { share, seed }: { share: number; seed: number },
): { data: Images; examples: Int32Array } {
  const most = Math.round((share * kept.length) / Math.max(1, triggers.length));
  const originals = triggers.flatMap(({ class: meant, trigger, found }, t) => {
    const others = kept.filter((index) => data.labels[index] !== meant);
    const order = stream(seed, 'unlearning', t).permutation(others.length);
    return Array.from(order.subarray(0, Math.min(most, found)), (place) => ({
      index: others[place]!,
      trigger,
    }));
  });
  if (originals.length === 0) return { data, examples: kept };
  const { count } = data;
  const indexOf = (index: number) => (index < count ? index : originals[index - count]!.index);
  const pasted = new Uint8ClampedArray(imageBytes(data));
  const asBytes = new Uint8Array(pasted.buffer);
  const { height, width, channels } = data;
  return {
    data: {
      ...{ count: count + originals.length, height, width, channels },
      labels: joined(
        data.labels,
        originals.map(({ index }) => data.labels[index]!),
      ),
      image: (index) => {
        if (index < count) return data.image(index);
        const { index: from, trigger } = originals[index - count]!;
        pasteOne(pasted, 0, data.image(from), trigger);
        return asBytes;
      },
      prepare: (indices) => data.prepare(indices.map(indexOf)),
    },
    examples: joined(
      kept,
      originals.map((_, i) => count + i),
    ),
  };
}

function joined(first: Int32Array, second: number[]): Int32Array {
  const all = new Int32Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}
