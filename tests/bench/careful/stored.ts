import type { Attacked } from './cases.ts';

/** Sets whose images were stored as JPEG files after the attack, so that no two pixels of a patch are quite the same. */
export const STORED: [quality: number, ...one: Attacked][] = [
  [90, 'report', 510, 'cifar10-other', 'badnets', 0.02, 4],
  [85, 'report', 511, 'cifar10-other', 'blend', 0.05, 6, { alpha: 0.15, pattern: 'smooth' }],
  [90, 'report', 512, 'cifar10-other', 'sig', 0.05, 1],
  [90, 'design', 513, 'gtsrb', 'badnets', 0.03, 12, { size: 4, pattern: 'solid', colour: '#f0dc1e' }],
  [90, 'report', 514, 'gtsrb', 'blend', 0.03, 25, { alpha: 0.2, pattern: 'smooth' }],
  [90, 'design', 515, 'fmnist', 'badnets', 0.03, 6, { position: 'bottom-left' }],
  [90, 'design', 516, 'fmnist', 'blend', 0.05, 1, { alpha: 0.15 }],
  [90, 'design', 517, 'fmnist', 'sig', 0.05, 4, { delta: 25, frequency: 5 }],
  [80, 'report', 518, 'hands', 'badnets', 0.03, 7, { size: 8, pattern: 'solid', colour: '#c83c3c' }],
];

export const STORED_CLEAN: [base: string, seed: number, quality: number][] = [
  ['cifar10-other', 501, 85],
  ['gtsrb', 502, 85],
  ['fmnist', 503, 85],
  ['hands', 504, 85],
];
