import type { Images } from '../../contract/dataset.ts';
import { stream } from '../../random.ts';
import { FewImages } from './few-images.ts';
import { CoarseImages, Scatter, type Region, type Table } from './coarse.ts';
import { distinctImages, seedSize, type RankedClass } from './seeds.ts';
import { CAREFUL } from './settings.ts';
import { spread } from './spread.ts';

/**
 * Seeds from the pixels alone, without any training. Images that share a fixed trigger are shifted by the same
 * vector. Natural images vary a lot along few directions and hardly along most, and a trigger has a share in all:
 * measured against natural variation (Fisher's linear discriminant, w = S^-1 (m1 - m0)) even a faint overlay lies many
 * standard deviations away. The direction is found by going back and forth between two halves of a class: the
 * half's outermost images give a direction, which picks the outermost of the other half. What is only noise in
 * one half does not show in the other, what is shared reinforces itself.
 *
 * For each class several seed sets: by the direction from the other classes to this one, and where the back and forth
 * ends; once against the variation that all classes have, and once against the class's own, which is better where a
 * class varies in ways of its own (aligned shapes, series of one object). Further ones come from parts of the image.
 * @param examples data-set indices in use
 * @returns per class, yielded one by one since each takes a moment; images ranked by falling projection. Null is a
 *   place to look up from work that takes long.
 */
export function* discriminantSeeds(
  data: Images,
  examples: Int32Array,
  classes: number,
  seed: number,
): Generator<RankedClass | null> {
  const members = Array.from({ length: classes }, (_, label) =>
    distinctImages(
      data,
      examples.filter((index) => data.labels[index] === label),
    ),
  ).map((indices, label) => ({
    label,
    indices: shuffled(indices, seed, `class ${label}`).subarray(0, CAREFUL.pixelsOfClass),
  }));
  const examined = members.filter(({ indices }) => indices.length >= CAREFUL.smallestClass);
  if (examined.length < 2) return;
  yield* seedsFromWholeImages(data, examined);
  yield* seedsFromWindows(data, examined);
}

/** A covariance with a ridge, S: gives S^-1 b. */
interface Variation {
  solve(b: Float64Array): Float64Array;
}

interface Members {
  label: number;
  /** Distinct images of the class in a random order. */
  indices: Int32Array;
}

/**
 * A region of the examined classes' images: a table of each class, means, and the variation that they have in common.
 * Tables that would take too much memory together are made anew when they are asked for.
 */
function overview(data: Images, examined: Members[], region: Region, values: number, count: number) {
  const images = new CoarseImages(data, region, values);
  const tableOf = ({ indices }: Members) => images.table(indices);
  const rows = examined.reduce((sum, { indices }) => sum + indices.length, 0);
  const held = rows * images.size * 4 <= CAREFUL.heldTableBytes ? examined.map(tableOf) : null;
  const table = (i: number) => held?.[i] ?? tableOf(examined[i]!);
  const means = examined.map((_, i) => meanOf(table(i)));
  const most = Math.max(CAREFUL.smallestClass, Math.ceil(count / examined.length));
  const pooled = new Scatter(images);
  examined.forEach(({ indices }, i) => pooled.add(indices.subarray(0, most), means[i]!));
  return { images, table, means, common: pooled.solver(CAREFUL.pooledRidge) };
}

function meanOf(table: Table): Float64Array {
  return table.mean(table.all);
}

function* seedsFromWholeImages(data: Images, examined: Members[]): Generator<RankedClass> {
  const region = { top: 0, left: 0, height: data.height, width: data.width };
  const { coarseValues, coarseImages } = CAREFUL;
  const whole = overview(data, examined, region, coarseValues, coarseImages);
  const { images, means, common } = whole;
  for (const [i, members] of examined.entries()) {
    const table = whole.table(i);
    const others = meanOfOthers(means, examined, i);
    for (const variation of [common, ownVariation(images, table, members.indices, means[i]!)]) {
      const start = direction(variation, means[i]!, others);
      yield rankedBy(members, table.project(table.all, start));
      yield rankedBy(members, backAndForth(table, variation, start));
    }
  }
}

/**
 * The same on windows of a quarter of the width, in full detail: a small patch has a part of the image to itself.
 * Of each class's windows those where its outermost images lie farthest out.
 */
function* seedsFromWindows(data: Images, examined: Members[]): Generator<RankedClass | null> {
  const found = examined.map((): { projection: Float64Array; distance: number }[] => []);
  for (const region of windowsOf(data)) {
    const { windowValues, windowImages } = CAREFUL;
    const { table: tableOf, means, common } = overview(data, examined, region, windowValues, windowImages);
    for (const i of examined.keys()) {
      const table = tableOf(i);
      const start = direction(common, means[i]!, meanOfOthers(means, examined, i));
      const projection = backAndForth(table, common, start);
      const outermost = projection.toSorted().subarray(-seedSize(projection.length));
      found[i]!.push({ projection, distance: outermost.reduce((sum, value) => sum + value, 0) });
    }
    yield null;
  }
  for (const [i, ofClass] of found.entries()) {
    const farthest = ofClass.sort((a, b) => b.distance - a.distance).slice(0, CAREFUL.windowsOfClass);
    for (const { projection } of farthest) yield rankedBy(examined[i]!, projection);
  }
}

/** Square windows, each overlapping half of the next. */
function* windowsOf({ height, width }: Images): Generator<Region> {
  const side = Math.ceil(Math.min(height, width) / 4);
  const starts = (length: number) => {
    const steps = Math.max(1, Math.ceil((2 * (length - side)) / side));
    return Array.from({ length: steps + 1 }, (_, i) => Math.round((i * (length - side)) / steps));
  };
  for (const top of starts(height))
    for (const left of starts(width)) yield { top, left, height: side, width: side };
}

function shuffled(indices: Int32Array, seed: number, name: string): Int32Array {
  return stream(seed, 'careful', 'discriminant', name)
    .permutation(indices.length)
    .map((position) => indices[position]!);
}

/** The variation of one class. With fewer images than values it is found between images, which is much less work. */
function ownVariation(
  images: CoarseImages,
  table: Table,
  indices: Int32Array,
  mean: Float64Array,
): Variation {
  if (table.rows < table.size) return new FewImages(table, mean, CAREFUL.ownRidge);
  const own = new Scatter(images);
  own.add(indices, mean);
  return own.solver(CAREFUL.ownRidge);
}

function direction(variation: Variation, to: Float64Array, from: Float64Array): Float64Array {
  return variation.solve(to.map((value, p) => value - from[p]!));
}

function meanOfOthers(
  means: Float64Array[],
  examined: { indices: Int32Array }[],
  without: number,
): Float64Array {
  const sum = new Float64Array(means[without]!.length);
  let count = 0;
  for (const [i, mean] of means.entries()) {
    if (i === without) continue;
    const { length } = examined[i]!.indices;
    for (let p = 0; p < sum.length; p++) sum[p]! += length * mean[p]!;
    count += length;
  }
  return sum.map((value) => value / count);
}

/** The class ranked by falling projection. */
function rankedBy({ label, indices }: Members, projection: Float64Array): RankedClass {
  const ranked = outwards(projection).map((row) => indices[row]!);
  return {
    class: label,
    ranked,
    seed: ranked.slice(0, seedSize(ranked.length)),
    reference: ranked.slice(ranked.length >> 1),
  };
}

/** Positions by falling projection. */
function outwards(projection: Float64Array): Int32Array {
  return Int32Array.from(projection.keys()).sort((a, b) => projection[b]! - projection[a]! || a - b);
}

/**
 * Where each image lies along a direction that the other half of the class gave, in units of inDeviations.
 */
function backAndForth(table: Table, variation: Variation, start: Float64Array): Float64Array {
  const rows = table.all;
  const middle = rows.length >> 1;
  const first = rows.subarray(0, middle);
  const second = rows.subarray(middle);
  const next = (half: Int32Array, given: Float64Array) => {
    const order = outwards(table.project(half, given)).map((place) => half[place]!);
    const outermost = order.subarray(0, seedSize(half.length));
    return direction(variation, table.mean(outermost), table.mean(order.subarray(half.length >> 1)));
  };
  let forFirst = start;
  let forSecond = start;
  for (let turn = 0; turn < CAREFUL.coarseTurns; turn++) {
    forSecond = next(first, forFirst);
    forFirst = next(second, forSecond);
  }
  return Float64Array.from([
    ...inDeviations(table.project(first, forFirst)),
    ...inDeviations(table.project(second, forSecond)),
  ]);
}

/** Distances from the median in units of the lower quartile's, which outliers on the far side do not stretch. */
function inDeviations(projection: Float64Array): Float64Array {
  const { middle, deviation } = spread(projection);
  return projection.map((value) => (value - middle) / (deviation || 1));
}
