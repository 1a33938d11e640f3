import { describe, expect, it } from 'vitest';
import { stream } from '../../random.ts';
import { Cholesky } from './cholesky.ts';
import { Table } from './coarse.ts';
import { partsOf } from './components.ts';

const SIZE = 30;

/** Rows of independent noise of variance 1, the first `carriers` with the same shift by `distance` in all. */
function heaps(rows: number, carriers: number, distance: number, seed = 1): Table {
  const random = stream(seed, 'components test');
  const pattern = Array.from({ length: SIZE }, () => random.normal());
  const norm = Math.hypot(...pattern);
  const values = Float32Array.from({ length: rows * SIZE }, (_, i) => {
    const shift = Math.floor(i / SIZE) < carriers ? (distance * pattern[i % SIZE]!) / norm : 0;
    return random.normal() + shift;
  });
  return new Table(values, SIZE);
}

const identity = new Cholesky(
  Float64Array.from({ length: SIZE * SIZE }, (_, i) => +(i % (SIZE + 1) === 0)),
  SIZE,
);
const parts = (table: Table) =>
  partsOf(table, table.mean(table.all), identity, heaps(200, 0, 0, 2), stream(3, 'components test'));
/** Rows of the part that shares most with the first `carriers`, as [right, wrong]. */
const best = (table: Table, carriers: number) =>
  parts(table)
    .map((rows) => [
      rows.filter((row) => row < carriers).length,
      rows.filter((row) => row >= carriers).length,
    ])
    .sort(([a, b], [c, d]) => c! - d! - (a! - b!))[0];

describe('parts of a class that lie apart', () => {
  it('are found without suspects, be they few or half of the class', () => {
    expect(best(heaps(400, 40, 10), 40)).toEqual([40, 0]);
    expect(best(heaps(400, 200, 10), 200)).toEqual([200, 0]);
  });

  it('are none in noise', () => {
    expect(parts(heaps(400, 0, 0))).toEqual([]);
  });

  it('are none of a class that is too small', () => {
    expect(parts(heaps(3, 0, 0))).toEqual([]);
  });
});

describe('a table', () => {
  // Rows (1, 2), (3, 4), (5, 6).
  const table = new Table(Float32Array.of(1, 2, 3, 4, 5, 6), 2);

  it('projects on several directions at a time', () => {
    const directions = [
      [1, 0],
      [0, 1],
      [1, 1],
      [2, -1],
      [0, 3],
    ].map((values) => Float64Array.from(values));
    expect(table.projectAll(directions).map((column) => [...column])).toEqual([
      [1, 3, 5],
      [2, 4, 6],
      [3, 7, 11],
      [0, 2, 4],
      [6, 12, 18],
    ]);
  });

  it('combines rows by several weightings', () => {
    const weightings = [
      [1, 0, 0],
      [0, 1, 1],
      [1, 1, 1],
      [1, 0, -1],
      [2, 0, 0],
    ].map((w) => Float64Array.from(w));
    expect(table.combine(weightings).map((sum) => [...sum])).toEqual([
      [1, 2],
      [8, 10],
      [9, 12],
      [-4, -4],
      [2, 4],
    ]);
  });

  it('has a variance over all values', () => {
    // Two values, each -2, 0 and 2 from its mean.
    expect(table.variance(table.all)).toBeCloseTo(16 / 3, 12);
  });
});
