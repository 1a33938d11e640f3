import { describe, expect, it } from 'vitest';
import type { Images } from '../../contract/dataset.ts';
import { inMemory } from '../../images.ts';
import { stream } from '../../random.ts';
import { Cholesky } from './cholesky.ts';
import { CoarseImages, Scatter } from './coarse.ts';
import { FewImages } from './few-images.ts';
import { discriminantSeeds } from './discriminant.ts';

const all = (count: number) => Int32Array.from({ length: count }, (_, i) => i);

/**
 * Two classes of smooth images: a slope of random direction and height, plus a little noise.
 * @param change what is done to the pixels of every tenth image of class 1
 */
function slopes(count: number, change: (pixel: number, y: number, x: number) => number): Images {
  const side = 16;
  const images = new Uint8Array(count * side * side);
  const labels = new Int32Array(count);
  const random = stream(5, 'slopes');
  for (let i = 0; i < count; i++) {
    labels[i] = i % 2;
    const [dx, dy, height] = [random.between(-4, 4), random.between(-4, 4), random.between(90, 160)];
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const natural = height + dx * (x - 8) + dy * (y - 8) + random.between(-6, 6);
        const pixel = i % 20 === 1 ? change(natural, y, x) : natural;
        images[(i * side + y) * side + x] = Math.round(Math.min(255, Math.max(0, pixel)));
      }
    }
  }
  return inMemory({ count, height: side, width: side, channels: 1, images, labels });
}

/** Of two classes, without the places to look up from the work. */
function seedsOf(data: Images, count: number, seed: number) {
  return [...discriminantSeeds(data, all(count), 2, seed)].filter((ranked) => ranked !== null);
}

/** Largest share of altered images in a seed set of each class. */
function bestPrecision(data: Images): number[] {
  const best = [0, 0];
  for (const { class: label, seed } of seedsOf(data, data.count, 1)) {
    best[label] = Math.max(best[label]!, seed.filter((index) => index % 20 === 1).length / seed.length);
  }
  return best;
}

describe('seeds from the pixels alone', () => {
  it('are the images with an overlay too faint to see', () => {
    // A checkerboard of 5 grey levels, under noise of 6 and slopes of 60.
    const data = slopes(800, (pixel, y, x) => pixel + (((y >> 1) + (x >> 1)) % 2 ? 5 : -5));
    expect(bestPrecision(data)).toEqual([0, 1]);
  });

  it('are the images with a dull patch in a corner', () => {
    const data = slopes(800, (pixel, y, x) => (y < 3 && x < 3 ? 120 : pixel));
    const [other, target] = bestPrecision(data);
    expect(other).toBe(0);
    expect(target).toBeGreaterThan(0.7);
  });

  it('are the same for the same seed', () => {
    const data = slopes(200, (pixel) => pixel);
    const found = () => seedsOf(data, 200, 3).map(({ seed }) => [...seed]);
    expect(found()).toEqual(found());
  });

  it('need two classes', () => {
    const data = slopes(100, (pixel) => pixel);
    expect(seedsOf({ ...data, labels: new Int32Array(100) }, 100, 1)).toEqual([]);
  });
});

describe('Cholesky', () => {
  it('solves systems of any size, also where rows do not come in fours', () => {
    for (const size of [1, 4, 7, 12, 13]) {
      // A = M M^T + I with whole numbers in M, and b = A (1, 2, 3, ...).
      const m = Array.from({ length: size }, (_, i) =>
        Array.from({ length: size }, (_, j) => ((i * 7 + j * 3) % 5) - 2),
      );
      const a = Float64Array.from({ length: size * size }, (_, at) => {
        const [i, j] = [Math.floor(at / size), at % size];
        return m[i]!.reduce((sum, value, k) => sum + value * m[j]![k]!, i === j ? 1 : 0);
      });
      const b = Float64Array.from({ length: size }, (_, i) =>
        a.subarray(i * size, (i + 1) * size).reduce((sum, value, j) => sum + value * (j + 1), 0),
      );
      new Cholesky(a, size).solve(b).forEach((value, i) => expect(value).toBeCloseTo(i + 1, 8));
    }
    expect(
      () =>
        new Cholesky(
          Float64Array.from({ length: 25 }, () => 1),
          5,
        ),
    ).toThrow(RangeError);
  });

  it('solves a system worked out by hand', () => {
    // [[4, 2], [2, 3]] x = [2, 5]: x = [-1/2, 2].
    const x = new Cholesky(Float64Array.of(4, NaN, 2, 3), 2).solve(Float64Array.of(2, 5));
    expect(x[0]).toBeCloseTo(-0.5, 12);
    expect(x[1]).toBeCloseTo(2, 12);
  });

  it('solves for several sides at once, and whitens', () => {
    const factor = new Cholesky(Float64Array.of(4, NaN, 2, 3), 2);
    const sides = [2, 3, 4, 5, 6].map((value) => Float64Array.of(value, 5));
    const solved = factor.solveAll(sides);
    expect(solved).toHaveLength(5);
    solved.forEach((x, i) =>
      [...factor.solve(sides[i]!)].forEach((value, p) => expect(x[p]).toBeCloseTo(value, 12)),
    );
    // Vectors (2, 0) and (1, sqrt 2) have the products of the matrix.
    const [a, b] = factor.fromRight([Float64Array.of(2, 0), Float64Array.of(1, Math.SQRT2)]);
    expect([...a!, ...b!].map((value) => Math.round(value * 1e9) / 1e9)).toEqual([1, 0, 0, 1]);
  });

  it('and the way by few images give the same', () => {
    const data = slopes(40, (pixel) => pixel);
    const images = new CoarseImages(data, { top: 0, left: 0, height: 16, width: 16 }, 100);
    const mean = images.table(all(40)).mean(all(40));
    const scatter = new Scatter(images);
    scatter.add(all(40), mean);
    const matrix = scatter.sums.map((sum) => sum / 40);
    for (let i = 0; i < scatter.size; i++) matrix[i * scatter.size + i]! += 0.3 * scatter.meanVariance();
    const b = mean.map((value, p) => value * Math.sin(p));
    const expected = new Cholesky(matrix, scatter.size).solve(b);
    const x = new FewImages(images.table(all(40)), mean, 0.3).solve(b);
    x.forEach((value, p) => expect(value).toBeCloseTo(expected[p]!, 3));
    expect(Math.max(...expected)).toBeGreaterThan(10);
  });

  it('refuses a matrix that is not positive definite', () => {
    expect(() => new Cholesky(Float64Array.of(1, 0, 2, 1), 2)).toThrow(RangeError);
  });
});

describe('coarse images', () => {
  /** One image of 2 x 3 pixels with two channels. */
  const data = inMemory({
    count: 1,
    height: 2,
    width: 3,
    channels: 2,
    images: Uint8Array.of(0, 255, 51, 255, 102, 255, 51, 0, 102, 0, 153, 0),
    labels: Int32Array.of(0),
  });
  const values = (images: CoarseImages) => [...images.table(Int32Array.of(0)).mean(Int32Array.of(0))];

  it('are means over blocks, those at the edge over what there is', () => {
    const images = new CoarseImages(data, { top: 0, left: 0, height: 2, width: 3 }, 4);
    expect(values(images).map((value) => Math.round(value * 1000))).toEqual([200, 500, 500, 500]);
  });

  it('can show a region only', () => {
    const images = new CoarseImages(data, { top: 1, left: 1, height: 1, width: 2 }, 100);
    expect(values(images).map((value) => Math.round(value * 255))).toEqual([102, 0, 153, 0]);
  });

  it('give sums of products of deviations', () => {
    const two = inMemory({
      count: 2,
      height: 1,
      width: 2,
      channels: 1,
      images: Uint8Array.of(0, 255, 255, 0),
      labels: new Int32Array(2),
    });
    const scatter = new Scatter(new CoarseImages(two, { top: 0, left: 0, height: 1, width: 2 }, 100));
    scatter.add(all(2), Float64Array.of(0.5, 0.5));
    // Deviations (-.5, .5) and (.5, -.5); the upper triangle is not kept.
    expect([...scatter.sums]).toEqual([0.5, 0, -0.5, 0.5]);
    expect(scatter.meanVariance()).toBe(0.25);
  });
});
