import { expect, it } from 'vitest';
import { mostSupport } from './content.ts';

it('a class is contradicted where its easiest images look like other classes, or far more so than the other classes do', () => {
  // Measured by nature: CIFAR-10, GTSRB (some of the classes), drawn signs; none of them is.
  const natural = [
    [3.9, 2.46, 2.3, 2.05, 3.91, 3.63, 7.15, 4.89, 5.47],
    [258, 19.05, 9.28, 7.54, 13.23, 7.47, 64.31, 9.46, 41.96, 70.95, 178.85, 61.6, 93.95, 93.09, 44.77],
  ];
  for (const supports of natural) expect(Math.min(...supports)).toBeGreaterThan(mostSupport(supports));
  // Fashion-MNIST, half of class 5 under patches that move, which models learn more or less early.
  const others = [30.98, 43.88, 14, 22.57, 11.87, 16.2, 39.46, 65.21, 29.9];
  for (const moving of [0.42, 1.98, 4.5]) {
    expect(moving).toBeLessThan(mostSupport([moving, ...others]));
    expect(Math.min(...others)).toBeGreaterThan(mostSupport([moving, ...others]));
  }
  expect(mostSupport([Infinity, 1])).toBe(1.5);
  expect(mostSupport([])).toBe(1.5);
});
