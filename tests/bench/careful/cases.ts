import { DRAWN, FURTHER_FAMILIES, SMALL_TARGETS, SQUARES } from './drawn.ts';
import { HELD_OUT, HELD_OUT_BASES } from './held-out.ts';
import { STORED, STORED_CLEAN } from './stored.ts';

/** The base that anybody has: the generated sample set. */
export const SAMPLE = 'sample';

/** Whether a mirrored image still shows its class; mirrored signs and digits mean something else. */
export function mayMirror({ base }: Case): boolean {
  return !['gtsrb', 'mnist', SAMPLE].includes(base);
}

type Parameters = Record<string, string | number | boolean>;

/** One data set to measure on: images of a base, clean or poisoned by an attack of the registry. */
export interface Case {
  name: string;
  /** Key of --bases. */
  base: string;
  /** null: the base as it is when `asGiven`, else with its known poison taken out. */
  attack: null | { name: string; rate: number; target: number; parameters?: Parameters };
  /** The base with the poison it came with. */
  asGiven?: boolean;
  /** Quality of the JPEG files that all images were stored as, poisoned or not. */
  jpeg?: number;
  /** Thresholds were chosen on `design`, results are reported on `report`; `families` are other kinds of attacks. */
  half: 'design' | 'report' | 'families';
  seed: number;
}

export type Attacked = [
  half: Case['half'],
  seed: number,
  base: string,
  name: string,
  rate: number,
  target: number,
  parameters?: Parameters,
];

const attacked = (...[half, seed, base, name, rate, target, parameters]: Attacked): Case => ({
  name: [
    base,
    name,
    `${rate * 100}%`,
    ...Object.values(parameters ?? {}).filter((value) => typeof value !== 'boolean'),
  ].join(' '),
  base,
  attack: { name, rate, target, parameters },
  half,
  seed,
});

const clean = (half: Case['half'], seed: number, base: string): Case => ({
  name: `${base} clean`,
  base,
  attack: null,
  half,
  seed,
});

const given = (half: Case['half'], seed: number, base: string, attack: string): Case => ({
  name: `${base} ${attack} (given)`,
  base,
  attack: null,
  asGiven: true,
  half,
  seed,
});

const stored = (one: Case, jpeg: number): Case => ({ ...one, jpeg, name: `${one.name} jpeg ${jpeg}` });

/** The seeds over which means are taken. */
const SEEDS = [41, 42, 43];

/** One attack with three seeds and three targets. */
const thrice = (half: Case['half'], base: string, name: string, rate: number, parameters?: Parameters) =>
  SEEDS.map((seed) => attacked(half, seed, base, name, rate, seed % 9, parameters));

const cleanTimes = (first: number, count: number, base: string) =>
  Array.from({ length: count }, (_, i) => clean('report', first + i, base));

export const CASES: Case[] = [
  given('design', 1, 'cifar10-poisoned', 'badnets'),
  attacked('design', 1, 'cifar10', 'blend', 0.1, 2),
  attacked('design', 1, 'cifar10', 'sig', 0.08, 4),
  attacked('design', 1, 'cifar10', 'badnets', 0.01, 3, { position: 'top-left', colour: '#ffff00' }),
  attacked('design', 1, 'fmnist', 'blend', 0.05, 3),
  // Each of these was measured to be reported once; what it showed changed the method.
  given('design', 2, 'fmnist', 'badnets'),
  attacked('design', 2, 'cifar10', 'blend', 0.1, 5, { alpha: 0.1 }),
  attacked('design', 2, 'cifar10', 'blend', 0.05, 8, { alpha: 0.15 }),
  attacked('design', 1, 'cifar10', 'blend', 0.05, 3, { alpha: 0.1 }),
  attacked('design', 3, 'cifar10', 'blend', 0.01, 2),
  attacked('design', 4, 'cifar10', 'badnets', 0.01, 6, {
    position: 'top-left',
    pattern: 'solid',
    colour: '#204080',
  }),
  attacked('design', 2, 'cifar10', 'sig', 0.01, 4),
  attacked('design', 1, 'fmnist', 'blend', 0.03, 7, { alpha: 0.15 }),
  attacked('design', 2, 'fmnist', 'badnets', 0.01, 8, {
    position: 'top-right',
    size: 2,
    pattern: 'solid',
    colour: '#808080',
  }),
  attacked('design', 1, 'gtsrb', 'blend', 0.02, 4, { alpha: 0.15 }),
  attacked('design', 5, 'cifar10', 'sig', 0.03, 7),
  attacked('design', 6, 'fmnist', 'blend', 0.02, 2),
  attacked('design', 5, 'cifar10', 'blend', 0.01, 6, { alpha: 0.15 }),
  ...thrice('design', 'cifar10', 'blend', 0.01),
  ...thrice('design', 'cifar10', 'blend', 0.05, { alpha: 0.1 }),
  ...thrice('design', 'fmnist', 'sig', 0.05),
  ...thrice('design', 'gtsrb', 'badnets', 0.03, { position: 'top-left' }),
  ...thrice('design', 'cifar10', 'blend', 0.03, { alpha: 0.15 }),
  clean('design', 1, 'cifar10'),
  clean('design', 1, 'gtsrb'),
  clean('design', 2, 'gtsrb'),
  clean('design', 1, 'fmnist'),

  attacked('report', 5, 'cifar10', 'badnets', 0.01, 8, {
    position: 'bottom-left',
    pattern: 'solid',
    colour: '#c03060',
  }),
  attacked('report', 6, 'cifar10', 'blend', 0.03, 1),
  attacked('report', 7, 'cifar10', 'sig', 0.05, 2),
  attacked('report', 7, 'cifar10', 'blend', 0.02, 4),
  attacked('report', 7, 'fmnist', 'blend', 0.03, 9),
  attacked('report', 5, 'fmnist', 'badnets', 0.03, 5, { position: 'center', pattern: 'checker' }),
  attacked('report', 5, 'gtsrb', 'badnets', 0.02, 25, { position: 'top-right', size: 2 }),
  attacked('report', 6, 'gtsrb', 'blend', 0.05, 10, { alpha: 0.1 }),
  attacked('report', 6, 'cifar10', 'blend', 0.05, 4, { alpha: 0.15, pattern: 'noise' }),
  clean('report', 4, 'cifar10'),
  clean('report', 4, 'fmnist'),
  clean('report', 5, 'cifar10'),
  clean('report', 5, 'fmnist'),
  clean('report', 5, 'gtsrb'),
  clean('report', 6, 'cifar10'),
  clean('report', 6, 'fmnist'),

  attacked('report', 5, SAMPLE, 'badnets', 0.05, 3, { position: 'top-left' }),
  attacked('report', 6, SAMPLE, 'badnets', 0.01, 7, { position: 'bottom-left', pattern: 'solid' }),
  attacked('report', 7, SAMPLE, 'blend', 0.05, 1),
  attacked('report', 8, SAMPLE, 'sig', 0.05, 4),
  clean('report', 4, SAMPLE),
  clean('report', 5, SAMPLE),

  ...thrice('report', 'cifar10', 'badnets', 0.01, { position: 'bottom-left', size: 2 }),
  ...thrice('report', 'cifar10', 'badnets', 0.05, {
    position: 'top-right',
    pattern: 'solid',
    colour: '#30a040',
  }),
  ...thrice('report', 'cifar10', 'blend', 0.1),
  ...thrice('report', 'cifar10', 'sig', 0.03),
  ...thrice('report', 'cifar10', 'sig', 0.05),
  ...thrice('report', 'fmnist', 'badnets', 0.03, { position: 'bottom-left' }),
  ...thrice('report', 'fmnist', 'blend', 0.05, { alpha: 0.15 }),
  ...thrice('report', 'gtsrb', 'blend', 0.05, { alpha: 0.15 }),
  ...thrice('report', SAMPLE, 'badnets', 0.03),
  ...thrice('design', SAMPLE, 'blend', 0.05, { alpha: 0.15 }),
  clean('design', 21, 'cifar10'),
  clean('design', 21, 'fmnist'),
  ...cleanTimes(22, 6, 'cifar10'),
  ...cleanTimes(22, 6, 'fmnist'),
  clean('design', 21, 'gtsrb'),
  ...cleanTimes(22, 2, 'gtsrb'),
  ...cleanTimes(21, 3, SAMPLE),
  ...['cifar10', 'fmnist', 'gtsrb', SAMPLE].flatMap((base) => cleanTimes(61, 2, base)),

  // Rate, target and parameters drawn at random. What some of them showed ("design") changed the method.
  attacked('report', 100, 'cifar10', 'badnets', 0.1, 0, {
    size: 5,
    pattern: 'checker',
    colour: '#9a4b55',
    position: 'top-right',
    margin: 3,
  }),
  attacked('report', 101, 'cifar10', 'badnets', 0.01, 3, {
    size: 3,
    pattern: 'grid',
    colour: '#52ed11',
    position: 'bottom-left',
    margin: 0,
  }),
  attacked('report', 102, 'cifar10', 'badnets', 0.03, 0, {
    size: 5,
    pattern: 'solid',
    colour: '#fa4d0e',
    position: 'bottom-right',
    margin: 3,
  }),
  attacked('report', 103, 'cifar10', 'badnets', 0.05, 8, {
    size: 5,
    pattern: 'solid',
    colour: '#8cf211',
    position: 'center',
    margin: 0,
  }),
  attacked('report', 104, 'fmnist', 'badnets', 0.05, 7, {
    size: 3,
    pattern: 'solid',
    colour: '#56c481',
    position: 'bottom-left',
    margin: 1,
  }),
  attacked('report', 105, 'fmnist', 'badnets', 0.1, 6, {
    size: 5,
    pattern: 'grid',
    colour: '#ea7890',
    position: 'center',
    margin: 0,
  }),
  attacked('design', 106, 'fmnist', 'badnets', 0.01, 4, {
    size: 2,
    pattern: 'grid',
    colour: '#a028f9',
    position: 'bottom-left',
    margin: 0,
  }),
  attacked('report', 107, 'gtsrb', 'badnets', 0.03, 2, {
    size: 2,
    pattern: 'solid',
    colour: '#149770',
    position: 'top-right',
    margin: 1,
  }),
  attacked('report', 108, 'gtsrb', 'badnets', 0.05, 10, {
    size: 5,
    pattern: 'checker',
    colour: '#7d062f',
    position: 'center',
    margin: 1,
  }),
  attacked('report', 109, 'gtsrb', 'badnets', 0.1, 2, {
    size: 4,
    pattern: 'solid',
    colour: '#f09758',
    position: 'top-left',
    margin: 0,
  }),
  attacked('design', 110, SAMPLE, 'badnets', 0.05, 4, {
    size: 2,
    pattern: 'grid',
    colour: '#a61492',
    position: 'bottom-right',
    margin: 0,
  }),
  attacked('design', 111, SAMPLE, 'badnets', 0.1, 2, {
    size: 2,
    pattern: 'solid',
    colour: '#712789',
    position: 'top-left',
    margin: 1,
  }),
  attacked('design', 112, SAMPLE, 'badnets', 0.01, 0, {
    size: 4,
    pattern: 'grid',
    colour: '#8c894a',
    position: 'top-left',
    margin: 3,
  }),
  attacked('report', 113, 'cifar10', 'blend', 0.01, 4, { alpha: 0.1, pattern: 'noise' }),
  attacked('report', 114, 'cifar10', 'blend', 0.03, 7, { alpha: 0.2, pattern: 'smooth' }),
  attacked('report', 115, 'cifar10', 'blend', 0.05, 6, { alpha: 0.1, pattern: 'smooth' }),
  attacked('report', 116, 'cifar10', 'blend', 0.1, 5, { alpha: 0.1, pattern: 'noise' }),
  attacked('report', 117, 'fmnist', 'blend', 0.1, 2, { alpha: 0.15, pattern: 'noise' }),
  attacked('report', 118, 'fmnist', 'blend', 0.01, 7, { alpha: 0.15, pattern: 'noise' }),
  attacked('report', 119, 'fmnist', 'blend', 0.03, 4, { alpha: 0.2, pattern: 'noise' }),
  attacked('design', 120, 'gtsrb', 'blend', 0.05, 4, { alpha: 0.1, pattern: 'noise' }),
  attacked('design', 121, 'gtsrb', 'blend', 0.1, 4, { alpha: 0.2, pattern: 'noise' }),
  attacked('report', 122, SAMPLE, 'blend', 0.1, 3, { alpha: 0.1, pattern: 'noise' }),
  attacked('report', 123, SAMPLE, 'blend', 0.01, 1, { alpha: 0.1, pattern: 'smooth' }),
  attacked('report', 124, 'cifar10', 'sig', 0.05, 8, { delta: 15, frequency: 6 }),
  attacked('report', 125, 'cifar10', 'sig', 0.03, 2, { delta: 30, frequency: 8 }),
  attacked('design', 126, 'cifar10', 'sig', 0.08, 4, { delta: 20, frequency: 4 }),
  attacked('design', 127, 'fmnist', 'sig', 0.05, 3, { delta: 30, frequency: 8 }),
  attacked('design', 128, 'fmnist', 'sig', 0.03, 5, { delta: 20, frequency: 8 }),
  attacked('report', 129, SAMPLE, 'sig', 0.05, 8, { delta: 20, frequency: 8 }),
  attacked('report', 130, SAMPLE, 'sig', 0.03, 5, { delta: 30, frequency: 8 }),
  ...[4, 51, 52, 53, 55, 56].map((seed) => clean('design', seed, 'gtsrb')),
  clean('report', 54, 'gtsrb'),
  ...[51, 52].flatMap((seed) => ['cifar10', 'fmnist', SAMPLE].map((base) => clean('report', seed, base))),

  attacked('families', 1, 'cifar10', 'badnets-moving', 0.1, 3),
  attacked('families', 1, 'cifar10', 'sample-noise', 0.05, 5),
  attacked('families', 1, 'cifar10', 'wanet', 0.1, 2),
  attacked('families', 1, 'cifar10', 'content-dots', 0.05, 4),
  attacked('families', 1, 'cifar10', 'badnets-all-to-all', 0.1, 0),
  attacked('families', 1, 'cifar10', 'adaptive-blend', 0.05, 6),
  attacked('families', 1, 'cifar10', 'tact', 0.05, 7),
  attacked('families', 1, 'cifar10', 'wanet', 0.1, 3, { strength: 4, grid: 8, cover: 0.5 }),
  attacked('families', 1, 'cifar10', 'adaptive-blend', 0.05, 6, {
    alpha: 0.25,
    'test-alpha': 0.35,
    cover: 0.5,
  }),
  attacked('families', 1, 'cifar10', 'colour-style', 0.05, 4),
  attacked('families', 1, 'cifar10', 'composite', 0.08, 5, { cover: 0.5 }),
  attacked('families', 1, 'cifar10', 'blend-official', 0.05, 6),
  attacked('families', 1, 'cifar10', 'sig-official', 0.05, 7),
  attacked('families', 1, 'cifar10', 'badnets-all-to-all', 0.5, 0, { size: 8, margin: 2 }),
  ...HELD_OUT_BASES.flatMap((base) => cleanTimes(31, 3, base)),
  ...STORED_CLEAN.map(([base, seed, quality]) => stored(clean('report', seed, base), quality)),
  ...STORED.map(([quality, ...one]) => stored(attacked(...one), quality)),
  ...[...DRAWN, ...SMALL_TARGETS, ...SQUARES, ...FURTHER_FAMILIES, ...HELD_OUT].map((one) =>
    attacked(...one),
  ),
];
