import { expect, it } from 'vitest';
import { isContradictedBy } from './content.ts';

/** The classes that are contradicted, of which one of chance 0.03 has these supports. */
function contradicted(supports: number[], shares = supports.map((support) => Math.min(1, support * 0.03))) {
  const all = supports.map((support, i) => ({ support, share: shares[i]! }));
  return [...all.keys()].filter((i) => isContradictedBy(all[i]!, all));
}

it('a class is contradicted where its easiest images look like other classes, or far more so than the other classes do', () => {
  // Measured by nature: CIFAR-10, GTSRB (some of the classes); none of them is.
  expect(contradicted([3.9, 2.46, 2.3, 2.05, 3.91, 3.63, 7.15, 4.89, 5.47])).toEqual([]);
  const signs = [
    258, 19.05, 9.28, 7.54, 13.23, 7.47, 64.31, 9.46, 41.96, 70.95, 178.85, 61.6, 93.95, 93.09, 44.77,
  ];
  expect(contradicted(signs)).toEqual([]);
  // Fashion-MNIST, half of class 5 under patches that move, which models learn more or less early.
  for (const moving of [0.42, 1.98, 4.5]) {
    expect(contradicted([moving, 30.98, 43.88, 14, 22.57, 11.87, 16.2, 39.46, 65.21, 29.9])).toEqual([0]);
  }
});

it('a class that most images are of is not, nor one of a few', () => {
  expect(contradicted([1.1, 80, 60, 90, 70, 85], [0.99, 1, 1, 1, 1, 1])).toEqual([0]);
  expect(contradicted([1.6, 80, 60, 90, 70, 85], [0.96, 1, 1, 1, 1, 1])).toEqual([]);
  expect(contradicted([3.3, 100])).toEqual([]);
  expect(contradicted([2.5, 80, 60])).toEqual([]);
  // Classes that no other image is near of are borne out best.
  expect(contradicted([9, Infinity, Infinity, Infinity, 20])).toEqual([0]);
  expect(contradicted([])).toEqual([]);
});
