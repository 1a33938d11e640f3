import { describe, expect, it } from 'vitest';
import { activationClusters } from './activation-clustering.ts';
import { symmetricEigen } from './eigen.ts';
import { centred, principal, type Features } from './features.ts';
import { spectralRemoved, spectralScores } from './spectral-signatures.ts';

const [ROWS, SIZE] = [60, 12];

/** Sixty rows, forty of class 0; of these every fifth stands apart. Numbers below: the same in numpy. */
const features: Features = {
  values: Float32Array.from({ length: ROWS * SIZE }, (_, k) => {
    const [i, j] = [Math.floor(k / SIZE), k % SIZE];
    const apart = i < 40 && i % 5 === 0 && j < 4 ? 8 : 0;
    return Math.sin(1.7 * i + 0.9 * j) + 0.5 * Math.sin(0.31 * i * (j + 1)) + apart;
  }),
  size: SIZE,
  labels: Int32Array.from({ length: ROWS }, (_, i) => (i < 40 ? 0 : 1)),
};

const topOf = (scores: Float64Array, from: number, to: number) =>
  [...scores.keys()]
    .slice(from, to)
    .sort((a, b) => scores[b]! - scores[a]!)
    .slice(0, 8);

describe('eigenvalues of symmetric matrices', () => {
  it('takes a matrix apart and together again', () => {
    const size = 7;
    const matrix = Float64Array.from({ length: size * size }, (_, k) =>
      Math.cos((Math.floor(k / size) + 1) * ((k % size) + 1)),
    );
    const { values, vectors } = symmetricEigen(matrix.slice(), size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        const again = values.reduce((sum, value, k) => sum + value * vectors[k]![i]! * vectors[k]![j]!, 0);
        expect(again).toBeCloseTo(matrix[i * size + j]!, 12);
      }
    }
    expect([...values]).toEqual([...values].sort((a, b) => b - a));
  });

  it('finds the variances that numpy finds by singular values', () => {
    const rows = Int32Array.from({ length: 40 }, (_, i) => i);
    const { values } = principal(centred(features, rows));
    expect(values[0]).toBeCloseTo(41.598441867032896, 9);
    expect(values[1]).toBeCloseTo(3.312506238790361, 9);
    expect(values[2]).toBeCloseTo(2.2341387078990755, 9);
  });
});

describe('Spectral Signatures', () => {
  it('scores as numpy does', () => {
    const scores = spectralScores(features, 2);
    expect(topOf(scores, 0, 40)).toEqual([15, 0, 30, 25, 5, 10, 20, 35]);
    expect(topOf(scores, 40, 60)).toEqual([58, 45, 49, 47, 56, 54, 41, 51]);
    expect(scores[0]).toBeCloseTo(194.33270744855142, 8);
    expect(scores[40]).toBeCloseTo(2.8133972575667197, 8);
    expect(scores.subarray(0, 40).reduce((a, b) => a + b)).toBeCloseTo(1663.9376746813173, 7);
  });

  it('removes one and a half times the assumed share from every class, or from one', () => {
    expect([...spectralRemoved(features, 2, 0.05)]).toEqual([0, 15, 30, 45, 58]);
    expect([...spectralRemoved(features, 2, 0.1, 1)]).toEqual([45, 49, 58]);
    expect([...spectralRemoved(features, 2, 0)]).toEqual([]);
    expect(spectralRemoved(features, 2, 0.9)).toHaveLength(58);
  });
});

describe('Activation Clustering', () => {
  it('finds the clusters and the silhouette that numpy finds from every pair of starts', () => {
    const [first] = activationClusters(features, 2, 1);
    expect([...first!.smaller]).toEqual([0, 5, 10, 15, 20, 25, 30, 35]);
    expect(first!.silhouette).toBeCloseTo(0.11471623127127492, 9);
    expect(first).toMatchObject({ class: 0, share: 0.2, poison: true });
  });

  it('calls nothing poison where the class is one cluster cut in half', () => {
    const [, second] = activationClusters(features, 2, 1);
    expect(second!.silhouette).toBeLessThan(0.1);
    expect(second!.poison).toBe(false);
  });

  it('leaves out classes without anything to cluster', () => {
    const labels = Int32Array.from([0, 0, 1]);
    const same = { values: Float32Array.of(1, 2, 1, 2, 5, 5), size: 2, labels };
    expect(activationClusters(same, 3, 1)).toEqual([]);
  });
});
