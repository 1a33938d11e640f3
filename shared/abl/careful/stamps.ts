import type { Images } from '../../contract/dataset.ts';
import type { Pause } from '../inspection.ts';
import {
  ByteCounts,
  countsOf,
  fixedPixels,
  sharesFixed,
  stretchesOf,
  type Counts,
  type FixedPixels,
} from './fixed-pixels.ts';
import { distinctImages, halvesByStretch } from './seeds.ts';
import { CAREFUL } from './settings.ts';
import { naturalDistance } from './trigger.ts';

/** A patch that some images have to the very values, and hardly any others. */
export interface Stamp {
  /** The class whose images have it; null where it was found among those of all classes. */
  class: number | null;
  fixed: FixedPixels;
  /** Data-set indices, rising. */
  carriers: Int32Array;
  /** Shares of the class that have a part of it, and of other classes that have it and that have a part of it. */
  partly: number;
  elsewhere: number;
  partlyElsewhere: number;
  /** Whether it is no more than what nothing lies over in hardly any image, so that some that have the rest may lack it. */
  isBare: boolean;
  /** Whether that is a part of what shows of an overlay, too many places for a patch. */
  isOverlay: boolean;
}

/**
 * Patches that overwrite, found by coincidence, without suspects and without any training: where one value is far more
 * frequent at one place than it would be by nature, the images that have it are looked at for what else they have in
 * common. A patch is there or not, while images that are alike by nature have more or less of what they share. This finds
 * opaque patches however dull they are, whatever a network has learnt of them.
 * @param examples images of all classes in a random order
 */
export async function stampsIn(
  data: Images,
  examples: Int32Array,
  classes: number,
  pause: Pause,
): Promise<Stamp[]> {
  const members: Int32Array[] = [];
  for (let label = 0; label < classes; label++) {
    const all = examples.filter((index) => data.labels[index] === label).subarray(0, CAREFUL.pixelsOfClass);
    const few = distinctImages(data, all);
    members.push(
      few.length >= CAREFUL.smallestClass
        ? few.subarray(0, CAREFUL.partImages).toSorted()
        : few.subarray(0, 0),
    );
    await pause();
  }
  const { byClass, everywhere } = await coincidences(data, members, pause);
  const usual = countsOf(data, examples.subarray(0, CAREFUL.stampReference).toSorted());
  const { inAll, least, most } = CAREFUL.stampTries;
  const examined = members.filter((few) => few.length > 0).length;
  const tries = Math.max(least, Math.min(most, Math.ceil(inAll / Math.max(1, examined))));
  const result: Stamp[] = [];
  for (const [label, found] of byClass.entries()) {
    const own = examples.filter((index) => data.labels[index] === label);
    const others = examples
      .filter((index) => data.labels[index] !== label)
      .subarray(0, CAREFUL.outsideImages);
    const distinct = members[label]!;
    const ground = { data, distinct, usual, members: own, others };
    const stamps = await stampsFrom(ground, found, tries, pause);
    result.push(...stamps.map((stamp) => ({ ...stamp, class: label })));
  }
  const all = Int32Array.from(members.flatMap((few) => [...few]));
  for (const found of Object.values(everywhere)) {
    const ground = { data, distinct: all, usual, members: examples, others: new Int32Array(0) };
    for (const stamp of await stampsFrom(ground, found, tries, pause)) {
      // Among so many images the fewest values may be the same by nature.
      if (stamp.fixed.places.length <= CAREFUL.fixedPlaces) continue;
      const isKnown = result.some(
        (known) => isSameStamp(data, known, stamp) && !hasMore(stamp, known.class, data),
      );
      if (!isKnown) result.push({ ...stamp, class: null });
    }
  }
  return result;
}

/** Whether another class than one has a group of its own of a stamp's images. */
function hasMore({ carriers }: Found, label: number | null, { labels }: Images): boolean {
  const byClass = Map.groupBy(carriers, (index) => labels[index]!);
  const isOther = ([other, indices]: [number, number[]]) =>
    other !== label && indices.length >= CAREFUL.smallestGroup;
  return label !== null && [...byClass].some(isOther);
}

/** A value that is more frequent at a place than by nature. */
interface Coincidence {
  place: number;
  value: number;
  /** Log-likelihood ratio. */
  surprise: number;
}

/** Of each class against the others, and of all images against the values next to it: the most surprising first. */
async function coincidences(data: Images, members: Int32Array[], pause: Pause) {
  const byClass: Coincidence[][] = members.map(() => []);
  const everywhere: Record<'grey' | 'extreme', Coincidence[]> = { grey: [], extreme: [] };
  for (const [from, to] of stretchesOf(data.height * data.width * data.channels)) {
    const total = new ByteCounts(from, to);
    for (const own of members) {
      total.add(ByteCounts.of(data, own, from, to));
      await pause();
    }
    const all = Array.from({ length: to - from }, (_, i) => total.around(from + i, CAREFUL.fixedLeast));
    for (const [label, indices] of members.entries()) {
      if (indices.length === 0) continue;
      const own = ByteCounts.of(data, indices, from, to);
      const others = total.images - indices.length;
      const counts = new Int32Array(256);
      for (let place = from; place < to; place++) {
        own.around(place, CAREFUL.fixedLeast, counts);
        const expected = (value: number) =>
          ((all[place - from]![value]! - counts[value]! + 1) / (others + 1)) * indices.length;
        const best = mostSurprising(counts, expected);
        if (best) byClass[label]!.push({ place, ...best });
      }
      await pause();
    }
    const usual = Array.from({ length: 256 }, (_, value) => anywhere(all, value));
    for (let place = from; place < to; place++) {
      const counts = all[place - from]!;
      const grey = mostSurprising(counts, (value) => besides(counts, value) ?? Infinity);
      if (grey) everywhere.grey.push({ place, ...grey });
      const extreme = mostSurprising(counts, (value) => usual[value]!);
      if (extreme) everywhere.extreme.push({ place, ...extreme });
    }
  }
  for (const found of [...byClass, ...Object.values(everywhere)])
    found.sort((a, b) => b.surprise - a.surprise || a.place - b.place);
  return { byClass, everywhere };
}

/** How many would have a value if it were as frequent as those a little further up and down; null where there are none. */
function besides(counts: Int32Array, value: number): number | null {
  const { stampBeside: distance } = CAREFUL;
  if (value - distance < 0 || value + distance > 255) return null;
  return Math.max(counts[value - distance]!, counts[value + distance]!, 1);
}

/** How many have a value at most places, if it is black or white, which are frequent by nature; Infinity for others. */
function anywhere(counts: Int32Array[], value: number): number {
  const { stampBeside: distance } = CAREFUL;
  if (value - distance >= 0 && value + distance <= 255) return Infinity;
  const rising = Int32Array.from(counts, (of) => of[value]!).sort();
  return Math.max(1, rising[rising.length >> 1]!);
}

function mostSurprising(
  counts: Int32Array,
  expected: (value: number) => number,
): Omit<Coincidence, 'place'> | null {
  let best: Omit<Coincidence, 'place'> | null = null;
  for (let value = 0; value < 256; value++) {
    const count = counts[value]!;
    if (count < CAREFUL.smallestStamp) continue;
    const usual = expected(value);
    if (count < CAREFUL.stampOften * usual) continue;
    const surprise = count * Math.log(count / usual);
    if (!best || surprise > best.surprise) best = { value, surprise };
  }
  return best;
}

type Found = Omit<Stamp, 'class'>;

/** Where patches are looked for. */
interface Ground {
  data: Images;
  /** Images of the class, or of all, each once and not too many. */
  distinct: Int32Array;
  /** How frequent values are in images of all classes. */
  usual: Counts;
  /** All images that may have it, and some of other classes. */
  members: Int32Array;
  others: Int32Array;
}

/** The patches among images that share a value, each set of images tried once. */
async function stampsFrom(
  ground: Ground,
  coincidences: Coincidence[],
  most: number,
  pause: Pause,
): Promise<Found[]> {
  const { data, distinct } = ground;
  const stamps: Found[] = [];
  const tried: { marks: Uint8Array; count: number }[] = [];
  let tries = most;
  const values = new Map(coincidences.map(({ place, value }) => [place, value]));
  for (const coincidence of coincidences.slice(0, CAREFUL.stampLooks)) {
    if (tries === 0 || stamps.length === CAREFUL.triggersPerClass) break;
    await pause();
    const alone = sharing(data, distinct, coincidence);
    if (tried.some((known) => isMostlySame(alone, known))) continue;
    tried.push(marked(data.count, alone));
    tries--;
    // One value alone many images may have by nature.
    const near = besidesPlace(data, coincidence.place).filter((other) => values.has(other));
    const stamp =
      stampFrom(ground, alone) ??
      (near.length > 1 ? stampFrom(ground, having(data, alone, values, near)) : null);
    if (!stamp) continue;
    tried.push(marked(data.count, stamp.carriers));
    const same = stamps.findIndex((known) => isSameStamp(data, known, stamp));
    if (same < 0) stamps.push(stamp);
    else if (stamp.carriers.length > stamps[same]!.carriers.length) stamps[same] = stamp;
  }
  return stamps;
}

/** The images that have one value at one place. */
function sharing(data: Images, indices: Int32Array, { place, value }: Coincidence): Int32Array {
  const result = new Int32Array(indices.length);
  let count = 0;
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    if (Math.abs(data.image(index)[place]! - value) <= CAREFUL.fixedLeast) result[count++] = index;
  }
  return result.slice(0, count);
}

function marked(size: number, indices: Int32Array): { marks: Uint8Array; count: number } {
  const marks = new Uint8Array(size);
  for (const index of indices) marks[index] = 1;
  return { marks, count: indices.length };
}

/** Whether both have more images than only one of them. */
function isMostlySame(indices: Int32Array, { marks, count }: { marks: Uint8Array; count: number }): boolean {
  let both = 0;
  for (let i = 0; i < indices.length; i++) both += marks[indices[i]!]!;
  return 3 * both > indices.length + count;
}

/** Whether two are parts of one patch: for the most part the same images have them. */
function isSameStamp({ count }: Images, one: Found, other: Found): boolean {
  return isMostlySame(one.carriers, marked(count, other.carriers));
}

/** The images that have most of the values of these places. */
function having(
  data: Images,
  indices: Int32Array,
  values: ReadonlyMap<number, number>,
  places: number[],
): Int32Array {
  return indices.filter((index) => {
    const image = data.image(index);
    const hits = places.filter((p) => Math.abs(image[p]! - values.get(p)!) <= CAREFUL.fixedLeast).length;
    return hits >= CAREFUL.stampAround * places.length;
  });
}

/** A place, those of the same pixel's other channels, and the same of the four pixels around it. */
function besidesPlace({ height, width, channels }: Images, place: number): number[] {
  const pixel = Math.floor(place / channels);
  const [y, x] = [Math.floor(pixel / width), pixel % width];
  const around = [
    [y, x],
    [y - 1, x],
    [y + 1, x],
    [y, x - 1],
    [y, x + 1],
  ] as const;
  return around
    .filter(([row, column]) => row >= 0 && row < height && column >= 0 && column < width)
    .flatMap(([row, column]) =>
      Array.from({ length: channels }, (_, c) => (row * width + column) * channels + c),
    );
}

/** What images that share one value have in common, if it is a patch; some may have that value by chance. */
function stampFrom(ground: Ground, suspects: Int32Array): Found | null {
  if (suspects.length < CAREFUL.smallestStamp) return null;
  const { data, distinct } = ground;
  const seen = countsOf(data, spreadOver(suspects, CAREFUL.stampFewImages));
  // What the class looks like is no patch either; of most of a class nothing else may be left.
  const { marks } = marked(data.count, suspects);
  const rest = distinct.filter((index) => marks[index] === 0);
  const isEnough = rest.length >= CAREFUL.smallestClass;
  const alike = isEnough ? countsOf(data, spreadOver(rest, CAREFUL.stampFewImages)) : null;
  for (const share of CAREFUL.stampShares) {
    const stamp = stampWith(ground, seen, alike, share);
    if (stamp) return stamp;
  }
  return null;
}

/**
 * The patch that suspects have in common.
 * @param seen values of a few of these, which are enough for most sets, as they come to nothing
 * @param alike values of images of the class that are no suspects, if there are any
 * @param atFirst share of the suspects that has it
 */
function stampWith(ground: Ground, seen: Counts, alike: Counts | null, atFirst: number): Found | null {
  const { data, distinct, usual } = ground;
  const { patch, overlay } = fixedPixels(data, seen, usual, alike, atFirst);
  const roughly = patch ?? overlay;
  if (!roughly) return null;
  const shares = sharesFixed(data, roughly, distinct);
  const some = distinct.filter((_, i) => isWhole(shares[i]!));
  if (patch && some.length >= CAREFUL.smallestStamp) {
    const more = countsOf(data, spreadOver(some, CAREFUL.stampImages));
    const { patch: fixed } = fixedPixels(data, more, usual, alike, CAREFUL.stampShares[0]);
    const stamp = fixed ? stampOf(ground, fixed) : 'in parts';
    if (stamp !== 'in parts') return stamp;
  }
  // Where a thing lies over a part of it in some images, what lies over it in hardly any is enough. Half of them say what that
  // is, and the others whether it is there or not.
  const all = distinct.filter((_, i) => shares[i]! >= CAREFUL.stampPart);
  if (all.length < CAREFUL.smallestStamp) return null;
  const [chosen, judges] = halvesByStretch(all);
  const shown = fixedPixels(
    data,
    countsOf(data, spreadOver(chosen, CAREFUL.stampImages)),
    usual,
    alike,
    CAREFUL.stampBare,
  );
  const bare = shown.patch ?? (patch ? null : shown.overlay);
  if (!bare || bare.places.length < CAREFUL.stampBarePlaces) return null;
  const seenBy = sharesFixed(data, bare, judges);
  if (seenBy.filter(isPart).length > CAREFUL.stampGap * seenBy.filter(isWhole).length) return null;
  const stamp = stampOf(ground, bare);
  if (stamp === null || stamp === 'in parts') return null;
  if (patch) return { ...stamp, isBare: true };
  // What shows all over the image is an overlay only if no other class has any of it; a light or a ground is met elsewhere.
  const { elsewhere, partlyElsewhere } = stamp;
  const isAlone = Math.max(elsewhere, partlyElsewhere) <= CAREFUL.stampOverlayElsewhere;
  return ground.others.length > 0 && isAlone ? { ...stamp, isBare: true, isOverlay: true } : null;
}

/**
 * The patch of these values, if it is one: there or not, hardly in other classes, and on images that differ.
 * @returns 'in parts' where hardly any have all of it, or too many a part of it
 */
function stampOf(ground: Ground, fixed: FixedPixels): Found | 'in parts' | null {
  const { data, distinct, members, others } = ground;
  const shares = sharesFixed(data, fixed, distinct);
  const carriers = distinct.filter((_, i) => isWhole(shares[i]!));
  if (carriers.length < CAREFUL.smallestStamp) return 'in parts';
  const [inside, outside] = [sharesFixed(data, fixed, members), sharesFixed(data, fixed, others)];
  const [whole, partly] = [inside.filter(isWhole).length, inside.filter(isPart).length];
  const shareOf = (is: (share: number) => boolean) => outside.filter(is).length / Math.max(1, others.length);
  const most = Math.min(CAREFUL.stampElsewhereMost, (CAREFUL.stampElsewhere * whole) / members.length);
  if (shareOf(isWhole) > most || shareOf(isPart) > CAREFUL.stampPartlyElsewhere) return null;
  if (partly > CAREFUL.stampGap * whole) return 'in parts';
  // Frames of one film have much in common, too.
  const apart = naturalDistance(data, carriers.toSorted());
  if (apart < CAREFUL.stampDiversity * naturalDistance(data, distinct.toSorted())) return null;
  return {
    fixed,
    carriers: members.filter((_, i) => isWhole(inside[i]!)).sort(),
    partly: partly / members.length,
    elsewhere: shareOf(isWhole),
    partlyElsewhere: shareOf(isPart),
    isBare: false,
    isOverlay: false,
  };
}

/** Whether an image has a stamp, and whether only a part of it, by the share of its values that it has. */
export function isWhole(share: number): boolean {
  return share >= CAREFUL.stampWhole;
}

export function isPart(share: number): boolean {
  return share >= CAREFUL.stampPart && !isWhole(share);
}

/** Up to `count` of the indices, at even distances. */
function spreadOver(indices: Int32Array, count: number): Int32Array {
  if (indices.length <= count) return indices;
  return Int32Array.from({ length: count }, (_, i) => indices[Math.floor((i * indices.length) / count)]!);
}
