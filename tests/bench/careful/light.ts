/**
 * How often a change of light, and a wave, on some images of a class is taken for the other: Light on real images.
 *
 *   node tests/bench/careful/light.ts --bases cifar10=DIR,gtsrb=DIR,fmnist=DIR [--data DIR] [--seeds 4]
 *
 * Of the first ten classes of each base 30, 60 or 150 images are changed, and compared with up to 400 others of the class. Prints how
 * often at least 90 % of the difference is one change of light, how often less, and how often chance hides that.
 */
import { parseArgs } from 'node:util';
import { patternIn } from '../../../shared/abl/careful/light.ts';
import { THRESHOLDS } from '../../../shared/abl/careful/thresholds.ts';
import type { ImageSet } from '../../../shared/contract/dataset.ts';
import { createEngine } from '../../../electron/engine/index.ts';
import { imageBytes, inMemory } from '../../../shared/images.ts';
import { stream } from '../../../shared/random.ts';
import { loadCase } from './load.ts';

const { values } = parseArgs({
  options: {
    bases: { type: 'string', default: '' },
    data: { type: 'string', default: '.cache/bench-careful' },
    seeds: { type: 'string', default: '4' },
  },
});
const bases = new Map(values.bases.split(',').map((entry) => entry.split('=') as [string, string]));
const engine = await createEngine('native');
const CLASSES = 10;
const OTHERS = 400;

type Change = (value: number, across: number) => number;

/** A wave of six periods. */
const wave = (amplitude: number): Change => {
  return (value, across) => value + amplitude * Math.sin(2 * Math.PI * 6 * across);
};

const CHANGES: [string, Change][] = [
  ['0.85 x + 10', (value) => 0.85 * value + 10],
  ['x + 12', (value) => value + 12],
  ['0.92 x + 20', (value) => 0.92 * value + 20],
  ['wave of 10', wave(10)],
  ['wave of 20', wave(20)],
];

/** Images of a class by chance, of which the first `changed` are changed; null where there are too few. */
function changedImages(
  set: ImageSet,
  { label, changed, seed }: { label: number; changed: number; seed: number },
  change: Change,
) {
  const members = [...set.labels.keys()].filter((i) => set.labels[i] === label);
  if (members.length < 2 * changed) return null;
  const order = stream(seed, 'light', label)
    .permutation(members.length)
    .subarray(0, changed + OTHERS);
  const size = imageBytes(set);
  const images = new Uint8ClampedArray(order.length * size);
  order.forEach((place, i) => {
    const from = members[place]! * size;
    for (let p = 0; p < size; p++) {
      const value = set.images[from + p]!;
      const across = (Math.floor(p / set.channels) % set.width) / set.width;
      images[i * size + p] = i < changed ? change(value, across) : value;
    }
  });
  const count = order.length;
  const labels = new Int32Array(count).fill(label);
  return inMemory({ ...set, count, images: new Uint8Array(images.buffer), labels });
}

async function uniformityOf(data: NonNullable<ReturnType<typeof changedImages>>, changed: number) {
  const indices = Int32Array.from({ length: data.count }, (_, i) => i);
  const [own, others] = [indices.subarray(0, changed), indices.subarray(changed)];
  return (await patternIn(data, own, others, async () => {})).uniform;
}

console.log(
  '| base | change | images | light | another pattern | hidden |\n| --- | --- | --- | --- | --- | --- |',
);
for (const base of bases.keys()) {
  const one = { name: base, base, attack: null, half: 'report' as const, seed: 1 };
  const { train } = await loadCase(one, { bases, data: values.data, engine });
  for (const [name, change] of CHANGES) {
    for (const changed of [30, 60, 150]) {
      const counts = { light: 0, other: 0, hidden: 0 };
      for (let trial = 0; trial < CLASSES * Number(values.seeds); trial++) {
        const [label, seed] = [trial % CLASSES, Math.floor(trial / CLASSES)];
        const data = changedImages(train, { label, changed, seed }, change);
        if (!data) continue;
        const share = await uniformityOf(data, changed);
        counts[share === null ? 'hidden' : share >= THRESHOLDS.uniform ? 'light' : 'other']++;
      }
      console.log(
        `| ${base} | ${name} | ${changed} | ${counts.light} | ${counts.other} | ${counts.hidden} |`,
      );
    }
  }
}
