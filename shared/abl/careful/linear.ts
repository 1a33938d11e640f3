import type { Images } from '../../contract/dataset.ts';
import { stream } from '../../random.ts';
import type { Pause } from '../inspection.ts';
import type { Cholesky } from './cholesky.ts';
import { CoarseImages, Scatter, type Table } from './coarse.ts';
import { dot, partsOf } from './components.ts';
import type { PartFigures } from './part.ts';
import { distinctImages, halvesByStretch } from './seeds.ts';
import { CAREFUL } from './settings.ts';
import { spread } from './spread.ts';

/**
 * Tells the carriers of a fixed trigger from other images by one direction in the space of pixels, Fisher's linear
 * discriminant between suspects and the rest of their class, measured against the variation within classes. A network
 * that pools over the image sees a faint pattern all over it badly; along this direction it is a shift by many standard
 * deviations, without any training. Each half of a class is measured along the direction that the other half gives:
 * what the suspects of one have in common by chance does not show in the other.
 */
export class LinearDetector {
  readonly #data: Images;
  readonly #images: CoarseImages;
  readonly #variation: Cholesky;
  /** By class the variation within all others, where there are few: poison has a large share of the variation there. */
  readonly #others: Map<number, Cholesky>;
  /** The last tables, the latest first, by the array of indices that they were made from: a class is asked about repeatedly. */
  readonly #tables: [Int32Array, Table][] = [];
  readonly #orders = new WeakMap<Int32Array, Int32Array>();
  readonly #known: Map<number, Float32Array> | undefined;

  private constructor(
    data: Images,
    images: CoarseImages,
    [variation, others]: [Cholesky, Map<number, Cholesky>],
    known?: Map<number, Float32Array>,
  ) {
    this.#data = data;
    this.#images = images;
    this.#variation = variation;
    this.#others = others;
    this.#known = known;
  }

  /** The same that reads no image twice, for as long as it is used for one class. */
  remembering(): LinearDetector {
    return new LinearDetector(this.#data, this.#images, [this.#variation, this.#others], new Map());
  }

  /** @param examples images of several classes in a random order; the variation within classes is taken from some of them */
  static async of(data: Images, examples: Int32Array, pause: Pause): Promise<LinearDetector> {
    const images = coarse(data);
    const byClass = new Map<number, number[]>();
    for (const index of examples) {
      const label = data.labels[index]!;
      const same = byClass.get(label);
      if (same) same.push(index);
      else byClass.set(label, [index]);
    }
    const most = Math.ceil(CAREFUL.linearImages / byClass.size);
    const isFew = byClass.size > 1 && byClass.size <= CAREFUL.fewClasses;
    const all = new Scatter(images);
    const own = new Map<number, Scatter>();
    for (const [label, indices] of byClass) {
      const some = Int32Array.from(indices.slice(0, most));
      const table = images.table(some);
      const scatter = isFew ? new Scatter(images) : all;
      scatter.add(some, table.mean(table.all));
      if (isFew) all.addAll(scatter);
      if (isFew) own.set(label, scatter);
      await pause();
    }
    const others = new Map<number, Cholesky>();
    for (const label of own.keys()) {
      const scatter = new Scatter(images);
      for (const [other, known] of own) if (other !== label) scatter.addAll(known);
      others.set(label, scatter.solver(CAREFUL.pooledRidge));
      await pause();
    }
    return new LinearDetector(data, images, [all.solver(CAREFUL.pooledRidge), others]);
  }

  /**
   * @param members of a class
   * @param suspects those of them that are believed to be carriers
   * @param outsiders images of other classes, most of which are no carriers
   * @returns null where there are too few of either to tell, or so many members that they would not fit into memory
   */
  fit(members: Int32Array, suspects: ReadonlySet<number>, outsiders: Int32Array): LinearFit | null {
    if (members.length > CAREFUL.pixelsOfClass) return null;
    const table = this.#tableOf(members);
    const halves = halvesOf(table, (row) => suspects.has(members[row]!));
    if (!halves) return null;
    const strangers = this.#tableOf(outsiders);
    const logits = new Float64Array(members.length);
    const scales: Scale[] = [];
    for (const [half, { rows, rest }] of halves.entries()) {
      const direction = this.#variation.solve(halves[1 - half]!.shift);
      // What the other half's direction finds in this half: nothing, where it is chance.
      const shift = Math.max(0, dot(halves[half]!.shift, direction));
      const usual = spread(table.project(rest, direction));
      const outside = spread(strangers.project(strangers.all, direction));
      const variance = Math.max(usual.deviation, outside.deviation) ** 2;
      const scale = { direction, shift, variance, within: usual.middle, outside: outside.middle };
      table
        .project(rows, direction)
        .forEach((value, i) => (logits[rows[i]!] = logit(value - usual.middle, scale)));
      scales.push(scale);
    }
    return {
      members: logits,
      elsewhere: (indices, data = this.#data, target = -1) => {
        const others = data === this.#data ? this.#tableOf(indices) : coarse(data).table(indices);
        const along = scales.map((scale) =>
          others.project(others.all, scale.direction).map((value, i) => {
            const middle = data.labels[indices[i]!] === target ? scale.within : scale.outside;
            return logit(value - middle, scale);
          }),
        );
        return along[0]!.map((value, i) => (value + along[1]![i]!) / 2);
      },
    };
  }

  /**
   * Parts of a class that lie apart from the rest along some line, see partsOf.
   * @returns data-set indices of each
   */
  parts(members: Int32Array, outsiders: Int32Array, seed: number): Int32Array[] {
    const distinct = this.sampled(members);
    const table = this.#images.table(distinct, this.#known);
    const random = stream(seed, 'careful', 'parts', members.length);
    const variation = this.#others.get(this.#data.labels[members[0]!]!) ?? this.#variation;
    const parts = partsOf(table, table.mean(table.all), variation, this.#tableOf(outsiders), random);
    return parts.map((rows) => rows.map((row) => distinct[row]!));
  }

  /** The images of a class that are looked through for parts: distinct, and not too many. */
  sampled(members: Int32Array): Int32Array {
    return this.#inOrder(members).subarray(0, CAREFUL.partImages);
  }

  /**
   * How flagged images of a class lie to the rest of it.
   * @param outsiders images of other classes
   * @returns null where there are too few of either to tell, or too many members, or the rest hardly differ
   */
  part(members: Int32Array, flagged: ReadonlySet<number>, outsiders: Int32Array): PartFigures | null {
    if (members.length > CAREFUL.pixelsOfClass) return null;
    const distinct = this.#inOrder(members);
    const table = this.#tableOf(distinct);
    const isFlagged = (row: number) => flagged.has(distinct[row]!);
    const halves = halvesOf(table, isFlagged);
    if (!halves) return null;
    const strangers = this.#tableOf(outsiders);
    const along = halves.map(({ carriers, rest }, half) => {
      const direction = this.#variation.solve(halves[1 - half]!.shift);
      const [inside, outside] = [table.project(carriers, direction), table.project(rest, direction)];
      const [part, usual] = [spread(inside), spread(outside)];
      const others = spread(strangers.project(strangers.all, direction));
      return {
        deviation: usual.deviation,
        apart: (part.middle - usual.middle) / usual.deviation,
        stretch: deviationOf(inside) / deviationOf(outside),
        outsiders: (others.middle - usual.middle) / (part.middle - usual.middle),
      };
    });
    const mean = (of: (half: (typeof along)[number]) => number) =>
      along.reduce((sum, half) => sum + of(half) / along.length, 0);
    const [inside, outside] = [table.all.filter(isFlagged), table.all.filter((row) => !isFlagged(row))];
    const variance = table.variance(outside);
    if (variance === 0 || along.some(({ deviation }) => deviation === 0)) return null;
    const shift = difference(table.mean(inside), table.mean(outside));
    return {
      apart: Math.min(...along.map(({ apart }) => apart)),
      stretch: mean(({ stretch }) => stretch),
      outsiders: mean(({ outsiders }) => outsiders),
      shift: dot(shift, shift) / variance,
      diversity: table.variance(inside) / variance,
    };
  }

  /** Distinct images of a class, in turn of one half and of the other, see halvesByStretch. */
  #inOrder(members: Int32Array): Int32Array {
    const known = this.#orders.get(members);
    if (known) return known;
    const distinct = distinctImages(this.#data, members);
    const [even, odd] = halvesByStretch(distinct);
    const order = Int32Array.from(
      [...even].flatMap((index, i) => (i < odd.length ? [index, odd[i]!] : [index])),
    );
    this.#orders.set(members, order);
    return order;
  }

  #tableOf(indices: Int32Array): Table {
    const at = this.#tables.findIndex(([of]) => of === indices);
    const entry = this.#tables[at] ?? [indices, this.#images.table(indices, this.#known)];
    if (at >= 0) this.#tables.splice(at, 1);
    const { rows, size } = entry[1];
    if (rows * size * Float32Array.BYTES_PER_ELEMENT <= HELD_TABLE_BYTES) this.#tables.unshift(entry);
    this.#tables.length = Math.min(this.#tables.length, HELD_TABLES);
    return entry[1];
  }
}

/** Tables that are held, of a class and of samples of others, and bytes of one of them at most. */
const HELD_TABLES = 4;
const HELD_TABLE_BYTES = 32_000_000;

/** The rows of every other image, of them the suspects and the rest, and how far these lie apart by their means. */
interface Half {
  rows: Int32Array;
  carriers: Int32Array;
  rest: Int32Array;
  shift: Float64Array;
}

/** Null where one has too few of either to tell. */
function halvesOf(table: Table, isSuspect: (row: number) => boolean): [Half, Half] | null {
  const halves = [0, 1].map((half) => {
    const rows = table.all.filter((row) => row % 2 === half);
    const [carriers, rest] = [rows.filter(isSuspect), rows.filter((row) => !isSuspect(row))];
    return { rows, carriers, rest, shift: difference(table.mean(carriers), table.mean(rest)) };
  });
  const fewest = CAREFUL.smallestGroup / 2;
  if (halves.some(({ carriers, rest }) => carriers.length < fewest || rest.length < fewest)) return null;
  return halves as [Half, Half];
}

/** Log odds that images carry what the suspects have in common: of the class, and of any other images. */
export interface LinearFit {
  members: Float64Array;
  /** @param target the class itself, where some of the images are of it */
  elsewhere(indices: Int32Array, data?: Images, target?: number): Float64Array;
}

/** Carriers lie `shift` further along the direction than others, which scatter with this variance. */
interface Scale {
  direction: Float64Array;
  shift: number;
  variance: number;
  /** Where images of the class and of others lie by nature. */
  within: number;
  outside: number;
}

/** Log odds of two normal distributions, equally frequent and equally wide. */
function logit(value: number, { shift, variance }: Scale): number {
  return variance > 0 ? ((value - shift / 2) * shift) / variance : 0;
}

function coarse(data: Images): CoarseImages {
  return new CoarseImages(
    data,
    { top: 0, left: 0, height: data.height, width: data.width },
    CAREFUL.coarseValues,
  );
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, p) => value - b[p]!);
}

function deviationOf(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
