import type { Images } from '../../contract/dataset.ts';
import { imageBytes } from '../../images.ts';
import { stream } from '../../random.ts';
import { pasteOne, type Trigger } from './trigger.ts';

/** A reconstructed trigger that is to lose its meaning. */
export interface Unlearnable {
  trigger: Trigger;
  /** Kept images that are learnt with it. */
  copies: number;
}

/**
 * How many copies each trigger gets: as many as images were left out with it, as far as the share of the kept images allows; where it
 * does not, all get the same, but for those that need less.
 * @param found images that were left out, by trigger
 * @param most copies in all
 */
export function copiesOf(found: number[], most: number): number[] {
  const copies = found.map(() => 0);
  let left = most;
  const rising = found.map((_, i) => i).sort((a, b) => found[a]! - found[b]!);
  for (const [done, i] of rising.entries()) {
    copies[i] = Math.min(found[i]!, Math.floor(left / (found.length - done)));
    left -= copies[i]!;
  }
  return copies;
}

/**
 * Images with copies of kept ones of all classes behind them that have a reconstructed trigger and the labels of the originals. What
 * trains on them learns that the trigger says nothing about the class, so that poison which was not found teaches little: a backdoor is
 * unlearnt by the reversed trigger under right labels (Wang et al., Neural Cleanse, 2019, section VI), here while training anew.
 * Without copies of the target class the trigger would come to mean that it is another.
 * @param kept data-set indices
 * @returns the images, and the indices to train on: the kept and the copies
 */
export function withTriggersPasted(
  data: Images,
  kept: Int32Array,
  triggers: Unlearnable[],
  seed: number,
): { data: Images; examples: Int32Array } {
  const originals = triggers.flatMap(({ trigger, copies }, t) => {
    const order = stream(seed, 'unlearning', t).permutation(kept.length);
    return Array.from(order.subarray(0, copies), (place) => ({ index: kept[place]!, trigger }));
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
