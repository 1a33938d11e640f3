/**
 * Training speed with the images in memory and read by range, alternating, each run in a process of its own.
 *
 *   node tests/bench/data/by-range.ts [--dataset FOLDER] [--images 20000] [--size 96] [--held 0.1] [--rounds 5]
 *     [--seconds 20]
 *
 * Without --dataset a stored data set of noise is made in a temporary folder. `--held` is the share of the training
 * images that the smaller budget holds. Prints images per second (medians), their ratio, and peak memory; the pages
 * that the system keeps of the file are not memory of the process.
 */
import { spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { presetSettings } from '../../../shared/abl/presets.ts';
import { trainStage } from '../../../shared/abl/stages.ts';
import { runStage, startOfStage } from '../../../shared/abl/training.ts';
import { networkByName } from '../../../shared/networks/zoo.ts';
import { openDataset } from '../../../electron/datasets/store.ts';
import { writeDataset } from '../../../electron/datasets/writer.ts';
import { createEngine } from '../../../electron/engine/index.ts';

const { values } = parseArgs({
  options: {
    dataset: { type: 'string' },
    images: { type: 'string', default: '20000' },
    size: { type: 'string', default: '96' },
    held: { type: 'string', default: '0.1' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '20' },
    child: { type: 'string' },
  },
});

interface Figures {
  imagesPerSecond: number;
  /** By processor time, which other programs on the machine disturb less. */
  imagesPerCpuSecond: number;
  peakMB: number;
  /** Summed losses: equal for equal numbers of steps. */
  firstLosses: number[];
}

/** Trains for some seconds. @param share of the training images that is held */
async function train(folder: string, share: number): Promise<Figures> {
  const stored = await openDataset(folder);
  const { counts, classes } = stored.manifest;
  const data = await stored.images('train', Math.floor(counts.train * share));
  const engine = await createEngine('native');
  const network = networkByName('small-cnn', { ...stored.manifest, classes: classes.length });
  const channels = {
    mean: new Array<number>(data.channels).fill(0),
    std: new Array<number>(data.channels).fill(1),
  };
  const model = await engine.compile(network, 1, channels);
  const settings = { ...presetSettings('quick'), naiveEpochs: 1000 };
  const plan = trainStage(
    settings,
    Int32Array.from({ length: data.count }, (_, i) => i),
  );
  const position = startOfStage();
  const run = { model, data, settings, seed: 1, method: 'naive' as const, now: () => performance.now() };
  const firstLosses: number[] = [];
  let trained = 0;
  let began = { wall: 0, cpu: 0 };
  for await (const event of runStage(run, plan, position)) {
    if (event.kind !== 'step') continue;
    if (firstLosses.length < 100) firstLosses.push(position.loss);
    // The first steps warm up.
    if (position.steps === 20) began = { wall: performance.now(), cpu: cpuMs() };
    if (position.steps > 20) trained += event.images;
    if (position.steps > 100 && performance.now() - began.wall > Number(values.seconds) * 1000) break;
    await setImmediate();
  }
  const seconds = (performance.now() - began.wall) / 1000;
  return {
    imagesPerSecond: trained / seconds,
    imagesPerCpuSecond: (trained * 1000) / (cpuMs() - began.cpu),
    peakMB: process.resourceUsage().maxRSS / 1000,
    firstLosses,
  };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function makeNoise(into: string): Promise<string> {
  const [count, side] = [Number(values.images), Number(values.size)];
  const manifest = await writeDataset(into, async (dataset) => {
    const pixels = new Uint8Array(side * side * 3);
    for (let i = 0; i < count; i++)
      await dataset.append('train', randomFillSync(pixels).slice(), [i % 10], [`${i}`]);
    return {
      manifest: {
        name: 'noise',
        source: 'noise',
        sourceKind: 'generated',
        classes: Array.from('0123456789'),
        height: side,
        width: side,
        channels: 3,
        testOrigin: 'none',
        target: null,
        attack: null,
        skipped: [],
        skippedCount: 0,
      },
      truth: null,
      quality: null,
    };
  });
  return join(into, manifest.id);
}

function inChild(folder: string, share: number): Figures {
  const args = [fileURLToPath(import.meta.url), '--dataset', folder, '--child', String(share)];
  const { stdout, stderr, status } = spawnSync(process.execPath, [...args, '--seconds', values.seconds], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Figures;
}

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;

if (values.child !== undefined) {
  console.log(JSON.stringify(await train(values.dataset!, Number(values.child))));
} else {
  const temporary = mkdtempSync(join(tmpdir(), 'theriac-by-range-'));
  try {
    const folder = values.dataset ?? (await makeNoise(temporary));
    const rounds: { held: Figures; read: Figures }[] = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      const pair = [() => inChild(folder, 1), () => inChild(folder, Number(values.held))];
      const swap = round % 2 === 1;
      const [first, second] = (swap ? pair.toReversed() : pair).map((run) => run());
      const [held, read] = swap ? [second!, first!] : [first!, second!];
      if (held.firstLosses.some((loss, i) => loss !== read.firstLosses[i])) throw new Error('losses differ');
      rounds.push({ held, read });
      const rate = ({ imagesPerSecond, peakMB }: Figures) =>
        `${imagesPerSecond.toFixed(0)} images/s, peak ${peakMB.toFixed(0)} MB`;
      console.log(`round ${round + 1}: in memory ${rate(held)}; by range ${rate(read)}`);
    }
    for (const key of ['imagesPerSecond', 'imagesPerCpuSecond'] as const) {
      const [held, read] = [median(rounds.map((r) => r.held[key])), median(rounds.map((r) => r.read[key]))];
      const ratio = median(rounds.map((r) => r.read[key] / r.held[key]));
      console.log(
        `${key}: in memory ${held.toFixed(0)}, by range ${read.toFixed(0)}, ratio ${ratio.toFixed(3)}`,
      );
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
