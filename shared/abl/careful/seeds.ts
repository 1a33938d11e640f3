import type { Images } from '../../contract/dataset.ts';
import { CAREFUL } from './settings.ts';

/** Images of one class ordered by rising loss, or as another ranking does, each content once. */
export interface RankedClass {
  class: number;
  /** Data-set indices by rising loss; of identical images only the first. */
  ranked: Int32Array;
  /** The first suspects. Of a ranking by loss the lowest: where poison gathers, because a trigger is learnt before the content. */
  seed: Int32Array;
  /** What they are compared with; of a ranking by loss the half with the higher losses. */
  reference: Int32Array;
}

/**
 * Ranks the losses inside each class. A ranking over all classes finds the easiest class instead of the poison.
 * @param losses by data-set index, evaluation mode, un-augmented
 * @param examples data-set indices to look at, e.g. without those flagged already
 * @returns classes with enough distinct images, by class index
 */
export function rankClasses(
  data: Images,
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

/**
 * The given images in their order, leaving out any that equals an earlier one byte by byte. Images are read in the
 * order of the data set, which is quickest from a disk; only those with equal checksums are read again.
 */
export function distinctImages(data: Images, indices: Iterable<number>): Int32Array {
  const given = Int32Array.from(indices);
  const hashOf = hashesOf(data);
  for (const index of given.toSorted()) hashOf(index);
  const byHash = new Map<number, number[]>();
  const result: number[] = [];
  for (const index of given) {
    const hash = hashOf(index);
    const same = byHash.get(hash);
    if (same) {
      const image = data.image(index).slice();
      if (same.some((other) => equalBytes(data.image(other), image))) continue;
    }
    if (same) same.push(index);
    else byHash.set(hash, [index]);
    result.push(index);
  }
  return Int32Array.from(result);
}

/**
 * Two halves of some images, so that every other stretch of the data set goes to one: neighbours may be frames of one film or
 * copies, and what these have in common must not confirm itself between the halves.
 * @param indices in the order of the data set
 */
export function halvesByStretch(indices: Int32Array): [Int32Array, Int32Array] {
  const stretch = Math.max(1, Math.min(CAREFUL.longestStretch, indices.length >> 3));
  const half = (which: number) => indices.filter((_, i) => Math.floor(i / stretch) % 2 === which);
  return [half(0), half(1)];
}

/** Images do not change, and the same are asked about many times. */
const HASHES = new WeakMap<Images, (index: number) => number>();

/** The hash of an image by its index; each is made once. */
function hashesOf(data: Images): (index: number) => number {
  let hash = HASHES.get(data);
  if (!hash) {
    const hashes = new Int32Array(data.count);
    const isKnown = new Uint8Array(data.count);
    hash = (index) => {
      if (isKnown[index] === 0) {
        hashes[index] = hashBytes(data.image(index));
        isKnown[index] = 1;
      }
      return hashes[index]!;
    };
    HASHES.set(data, hash);
  }
  return hash;
}

/** FNV-1a. */
function hashBytes(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash;
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
