import type { Images } from '../../contract/dataset.ts';
import { CAREFUL } from './settings.ts';

/** Values that the carriers of a patch have in common: what lies on them is the patch, whatever the image shows. */
export interface FixedPixels {
  /** Places in an image (height x width x channels). */
  places: Int32Array;
  /** By place: the carriers' value and how far another may lie from it, in bytes. */
  values: Uint8Array;
  tolerances: Uint8Array;
}

interface FixedPlace {
  place: number;
  value: number;
  tolerance: number;
  /** Whether most other images have one value here, as a dark or a white ground has. */
  isGround: boolean;
}

/**
 * The values that hardly differ among suspects though those of other images lie far from them. Medians and quantiles leave
 * room for suspects that are none.
 * @param shape of an image
 * @param seen how frequent values are among the suspects, most of which carry the same patch
 * @param usual the same among images most of which do not, see countsOf
 * @param alike and among other images of their class, if there are any
 * @param share of the suspects, at least so many of which have each value
 * @returns of a patch, null where there are hardly any, or so many that they are none; then of what may show of an
 *   overlay where most images have one ground, some of many
 */
export function fixedPixels(
  { height, width, channels }: Pick<Images, 'height' | 'width' | 'channels'>,
  seen: Counts,
  usual: Counts,
  alike: Counts | null,
  share: number,
): { patch: FixedPixels | null; overlay: FixedPixels | null } {
  const size = height * width * channels;
  const found: FixedPlace[] = [];
  const least = Math.max(CAREFUL.fixedPlaces, CAREFUL.fixedShare * size);
  for (const [from, to] of stretchesOf(size)) {
    const [own, others] = [seen(from, to), usual(from, to)];
    for (let place = from; place < to; place++) {
      const value = own.median(place);
      const spread = own.distance(place, value, share, CAREFUL.fixedWidest);
      const tolerance = Math.ceil(CAREFUL.fixedSlack * spread) + CAREFUL.fixedLeast;
      if (tolerance > CAREFUL.fixedWidest) continue;
      if (tolerance > CAREFUL.fixedNarrow * others.distance(place, value, 0.5)) continue;
      const usually = others.median(place);
      const isGround = others.distance(place, usually, 0.5, CAREFUL.fixedLeast) <= CAREFUL.fixedLeast;
      found.push({ place, value, tolerance, isGround });
    }
  }
  if (found.length < least) return { patch: null, overlay: null };
  const unlike = alike ? unlikeClass(alike, found, size) : found;
  if (unlike.length < least) return { patch: null, overlay: null };
  const most = Math.floor(CAREFUL.fixedScattered * size);
  // Many values that lie here and there are what a faint overlay leaves of dark ground, as far as that shows.
  const isPatch = unlike.length <= most || isCompact(unlike, width, channels);
  if (isPatch && unlike.length <= CAREFUL.fixedMost * size) return { patch: listed(unlike), overlay: null };
  const onGround = unlike.filter(({ isGround }) => isGround);
  const isOverlay = onGround.length >= least && isVaried(onGround, channels);
  return { patch: null, overlay: isOverlay ? listed(thinned(onGround, most)) : null };
}

function listed(fixed: FixedPlace[]): FixedPixels {
  return {
    places: Int32Array.from(fixed, ({ place }) => place),
    values: Uint8Array.from(fixed, ({ value }) => value),
    tolerances: Uint8Array.from(fixed, ({ tolerance }) => tolerance),
  };
}

/** Whether no one colour has nearly all of the places, as a border or the ground of a studio would. */
function isVaried(fixed: FixedPlace[], channels: number): boolean {
  const counts = Array.from({ length: channels }, () => new Int32Array(256));
  for (const { place, value } of fixed) {
    const around = counts[place % channels]!;
    const [low, high] = [Math.max(0, value - CAREFUL.fixedLeast), Math.min(255, value + CAREFUL.fixedLeast)];
    for (let v = low; v <= high; v++) around[v]!++;
  }
  const most = counts.reduce((sum, around) => sum + Math.max(...around), 0);
  return most <= CAREFUL.fixedUniform * fixed.length;
}

/** Up to `most` of the places, at even distances. */
function thinned(places: FixedPlace[], most: number): FixedPlace[] {
  if (places.length <= most) return places;
  return Array.from({ length: most }, (_, i) => places[Math.floor((i * places.length) / most)]!);
}

/** Whether places fill most of the rectangle around them. */
function isCompact(fixed: FixedPlace[], width: number, channels: number): boolean {
  const pixels = new Set(fixed.map(({ place }) => Math.floor(place / channels)));
  const [rows, columns] = [new Set<number>(), new Set<number>()];
  for (const pixel of pixels) {
    rows.add(Math.floor(pixel / width));
    columns.add(pixel % width);
  }
  const extent = (of: Set<number>) => Math.max(...of) - Math.min(...of) + 1;
  return 2 * pixels.size >= extent(rows) * extent(columns);
}

/** Those of the places where other images of the class have other values. */
function unlikeClass(alike: Counts, found: FixedPlace[], size: number): FixedPlace[] {
  return stretchesOf(size).flatMap(([from, to]) => {
    const own = found.filter(({ place }) => place >= from && place < to);
    if (own.length === 0) return [];
    const counts = alike(from, to);
    return own.filter(
      ({ place, value, tolerance }) => tolerance <= CAREFUL.fixedOwn * counts.distance(place, value, 0.5),
    );
  });
}

/** By image: the share of the fixed values that it has. */
export function sharesFixed(
  data: Images,
  { places, values, tolerances }: FixedPixels,
  indices: Int32Array,
): Float32Array {
  return Float32Array.from(indices, (index) => {
    const image = data.image(index);
    let hits = 0;
    for (let i = 0; i < places.length; i++) {
      if (Math.abs(image[places[i]!]! - values[i]!) <= tolerances[i]!) hits++;
    }
    return hits / places.length;
  });
}

/** Counts for a stretch of places. */
export type Counts = (from: number, to: number) => ByteCounts;

/** Counts of some images, which are held unless they are too large for that. */
export function countsOf(data: Images, indices: Int32Array): Counts {
  const size = data.height * data.width * data.channels;
  const held = new Map<number, ByteCounts>();
  return (from, to) => {
    const known = held.get(from);
    if (known) return known;
    const counts = ByteCounts.of(data, indices, from, to);
    if (size <= MOST_HELD) held.set(from, counts);
    return counts;
  };
}

/** Values of an image up to which counts are held: a kilobyte for each. */
const MOST_HELD = 1 << 17;

/** Places that are looked at together, so that counts of large images fit into memory. */
export function stretchesOf(size: number): [from: number, to: number][] {
  const step = 4096;
  return Array.from({ length: Math.ceil(size / step) }, (_, i) => [step * i, Math.min(size, step * (i + 1))]);
}

/** How many of some images have each byte at each place of a stretch. */
export class ByteCounts {
  images = 0;
  readonly #from: number;
  readonly #counts: Int32Array | Uint8Array;

  /** @param most images that are counted, at most; counts of few take less room */
  constructor(from: number, to: number, most = Infinity) {
    this.#from = from;
    const size = 256 * (to - from);
    this.#counts = most < 256 ? new Uint8Array(size) : new Int32Array(size);
  }

  static of(data: Images, indices: Int32Array, from: number, to: number): ByteCounts {
    const counts = new ByteCounts(from, to, indices.length);
    const all = counts.#counts;
    for (const index of indices) {
      const image = data.image(index);
      for (let p = from, at = 0; p < to; p++, at += 256) all[at + image[p]!]!++;
    }
    counts.images = indices.length;
    return counts;
  }

  /** Adds the counts of other images for the same stretch. */
  add(other: ByteCounts): void {
    for (let i = 0; i < this.#counts.length; i++) this.#counts[i]! += other.#counts[i]!;
    this.images += other.images;
  }

  /** By byte: how many have one within a distance of it. */
  around(place: number, distance: number, sums = new Int32Array(256)): Int32Array {
    const at = 256 * (place - this.#from);
    let sum = 0;
    for (let v = -distance; v < 256; v++) {
      if (v + distance < 256) sum += this.#counts[at + v + distance]!;
      if (v > distance) sum -= this.#counts[at + v - distance - 1]!;
      if (v >= 0) sums[v] = sum;
    }
    return sums;
  }

  median(place: number): number {
    const at = 256 * (place - this.#from);
    let value = 0;
    for (let seen = this.#counts[at]!; 2 * seen < this.images; value++) seen += this.#counts[at + value + 1]!;
    return value;
  }

  /** The quantile of the distances from a value; of those beyond `most`, only that it is. */
  distance(place: number, value: number, share: number, most = 255): number {
    const at = 256 * (place - this.#from);
    let distance = 0;
    for (let seen = this.#counts[at + value]!; seen < share * this.images && distance <= most;) {
      distance++;
      if (value + distance < 256) seen += this.#counts[at + value + distance]!;
      if (value - distance >= 0) seen += this.#counts[at + value - distance]!;
    }
    return distance;
  }
}
