import type { ImageSet } from '../../contract/dataset.ts';
import { CAREFUL } from './settings.ts';

/** Images of one class ordered by rising loss, each content once. */
export interface RankedClass {
  class: number;
  /** Data-set indices by rising loss; of identical images only the first. */
  ranked: Int32Array;
  /** The lowest losses: where poison gathers, because a trigger is learnt before the content. */
  seed: Int32Array;
  /** The half with the higher losses. */
  reference: Int32Array;
}

/**
 * Ranks the losses inside each class. A ranking over all classes finds the easiest class instead of the poison.
 * @param losses by data-set index, evaluation mode, un-augmented
 * @param examples data-set indices to look at, e.g. without those flagged already
 * @returns classes with enough distinct images, by class index
 */
export function rankClasses(
  data: ImageSet,
  losses: Float32Array,
  examples: Int32Array,
  classes: number,
): RankedClass[] {
  const members: number[][] = Array.from({ length: classes }, () => []);
  for (const index of examples) members[data.labels[index]!]!.push(index);
  return members.flatMap((indices, label) => {
    const ranked = distinctImages(
      data,
      indices.sort((a, b) => losses[a]! - losses[b]! || a - b),
    );
    if (ranked.length < CAREFUL.smallestClass) return [];
    return [
      {
        class: label,
        ranked,
        seed: ranked.slice(0, seedSize(ranked.length)),
        reference: ranked.slice(ranked.length >> 1),
      },
    ];
  });
}

/** 5 % of the class, at least 20, at most 100, never more than a third of it. */
export function seedSize(count: number): number {
  const wanted = Math.round(count * CAREFUL.seedShare);
  const bounded = Math.min(CAREFUL.seedMost, Math.max(CAREFUL.seedLeast, wanted));
  return Math.min(bounded, Math.floor(count * CAREFUL.seedCeiling));
}

/** The given images in their order, leaving out any that equals an earlier one byte by byte. */
export function distinctImages(data: ImageSet, indices: Iterable<number>): Int32Array {
  const size = data.height * data.width * data.channels;
  const byHash = new Map<number, number[]>();
  const result: number[] = [];
  for (const index of indices) {
    const hash = hashBytes(data.images, index * size, size);
    const same = byHash.get(hash);
    if (same?.some((other) => equalBytes(data.images, other * size, index * size, size))) continue;
    if (same) same.push(index);
    else byHash.set(hash, [index]);
    result.push(index);
  }
  return Int32Array.from(result);
}

/** FNV-1a. */
function hashBytes(bytes: Uint8Array, from: number, size: number): number {
  let hash = 0x811c9dc5;
  for (let i = from; i < from + size; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash;
}

function equalBytes(bytes: Uint8Array, a: number, b: number, size: number): boolean {
  for (let i = 0; i < size; i++) if (bytes[a + i] !== bytes[b + i]) return false;
  return true;
}
