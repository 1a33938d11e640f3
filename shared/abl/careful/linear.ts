import type { Images } from '../../contract/dataset.ts';
import { Cholesky } from './cholesky.ts';
import { CoarseImages, Scatter, type Table } from './coarse.ts';
import { CAREFUL } from './settings.ts';

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

  /** @param examples images of several classes in a random order; the variation within classes is taken from some of them */
  constructor(data: Images, examples: Int32Array) {
    this.#data = data;
    this.#images = coarse(data);
    const byClass = new Map<number, number[]>();
    for (const index of examples) {
      const label = data.labels[index]!;
      const same = byClass.get(label);
      if (same) same.push(index);
      else byClass.set(label, [index]);
    }
    const most = Math.ceil(CAREFUL.coarseImages / byClass.size);
    const scatter = new Scatter(this.#images);
    for (const indices of byClass.values()) {
      const some = Int32Array.from(indices.slice(0, most));
      const table = this.#images.table(some);
      scatter.add(some, table.mean(rowsOf(table)));
    }
    const matrix = scatter.sums.map((sum) => sum / scatter.count);
    const ridge = Math.max(CAREFUL.pooledRidge * scatter.meanVariance(), Number.MIN_VALUE);
    for (let i = 0; i < scatter.size; i++) matrix[i * scatter.size + i]! += ridge;
    this.#variation = new Cholesky(matrix, scatter.size);
  }

  /**
   * @param members of a class
   * @param suspects those of them that are believed to be carriers
   * @param outsiders images of other classes, most of which are no carriers
   * @returns null where there are too few of either to tell, or so many members that they would not fit into memory
   */
  fit(members: Int32Array, suspects: ReadonlySet<number>, outsiders: Int32Array): LinearFit | null {
    if (members.length > CAREFUL.pixelsOfClass) return null;
    const table = this.#images.table(members);
    const halves = [0, 1].map((half) => {
      const rows = Int32Array.from(members.keys()).filter((row) => row % 2 === half);
      const isSuspect = (row: number) => suspects.has(members[row]!);
      const [carriers, rest] = [rows.filter(isSuspect), rows.filter((row) => !isSuspect(row))];
      return { rows, carriers, rest };
    });
    const fewest = CAREFUL.smallestGroup / 2;
    if (halves.some(({ carriers, rest }) => carriers.length < fewest || rest.length < fewest)) return null;
    const shifts = halves.map(({ carriers, rest }) => difference(table.mean(carriers), table.mean(rest)));
    const strangers = this.#images.table(outsiders);
    const logits = new Float64Array(members.length);
    const scales: Scale[] = [];
    for (const [half, { rows, rest }] of halves.entries()) {
      const direction = this.#variation.solve(shifts[1 - half]!);
      // What the other half's direction finds in this half: nothing, where it is chance.
      const shift = Math.max(0, dot(shifts[half]!, direction));
      const usual = spread(table.project(rest, direction));
      const outside = spread(strangers.project(rowsOf(strangers), direction));
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
        const others = (data === this.#data ? this.#images : coarse(data)).table(indices);
        const along = scales.map((scale) =>
          others.project(rowsOf(others), scale.direction).map((value, i) => {
            const middle = data.labels[indices[i]!] === target ? scale.within : scale.outside;
            return logit(value - middle, scale);
          }),
        );
        return along[0]!.map((value, i) => (value + along[1]![i]!) / 2);
      },
    };
  }
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

function rowsOf(table: Table): Int32Array {
  return Int32Array.from({ length: table.rows }, (_, row) => row);
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, p) => value - b[p]!);
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, p) => sum + value * b[p]!, 0);
}

/** Median and standard deviation, the latter from the lower quartile: carriers among the values do not stretch it. */
function spread(values: Float64Array): { middle: number; deviation: number } {
  const rising = values.toSorted();
  const middle = rising[rising.length >> 1] ?? 0;
  return { middle, deviation: (middle - (rising[rising.length >> 2] ?? 0)) / NORMAL_QUARTILE };
}

/** Of a normal distribution the quartiles lie so many standard deviations from its middle. */
const NORMAL_QUARTILE = 0.6745;
