import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { stepsPerEpoch } from '../../shared/abl/batches.ts';
import { attackByName } from '../../shared/attacks/registry.ts';
import type { FromTrainer, Job } from '../../shared/contract/trainer.ts';
import { drawSample } from '../../shared/sample/draw.ts';
import { SIGNS } from '../../shared/sample/signs.ts';
import { writeDataset } from '../datasets/writer.ts';
import { nativeRuntime } from '../engine/index.ts';
import type { JobState } from './checkpoint.ts';
import { only, outcome, tinyJob } from './fixtures/jobs.ts';
import { runJob } from './job.ts';
import { readTensorFile } from './tensor-file.ts';
import { readWeights } from './weights.ts';

const runtime = await nativeRuntime();
if ('missing' in runtime) console.warn(`careful runs skipped: ${runtime.missing}`);

// Of sets as small as this one all poison is found, so the check shows no more than chance: here that is enough.
vi.mock(import('../../shared/abl/careful/settings.ts'), async (original) => {
  const { CAREFUL } = await original();
  return { CAREFUL: { ...CAREFUL, residualUnlearnt: -1 as 0.03 } };
});

const CLASSES = SIGNS.length;

/** Drawn signs, a tenth of them under a faint pattern, which leaves doubts; @returns the folder of the stored set */
async function storePoisonedSigns(into: string): Promise<string> {
  const signs = drawSample({ seed: 1, part: 'train', perClass: 100, size: 16, difficulty: 0.5 });
  const request = { rate: 0.1, target: 2, classes: CLASSES, seed: 3, parameters: {} };
  const { train, truth } = attackByName('blend').poison(signs, request);
  const { count, height, width, channels } = train;
  const { id } = await writeDataset(into, async (dataset) => {
    const names = Array.from({ length: count }, (_, i) => `${i}.png`);
    await dataset.append('train', train.images, train.labels, names);
    return {
      manifest: {
        ...{ name: 'signs', source: 'test', sourceKind: 'generated', height, width, channels },
        ...{ classes: SIGNS.map(({ name }) => name), testOrigin: 'none', target: 2, attack: null },
        ...{ skipped: [], skippedCount: 0 },
      },
      truth,
      quality: null,
    };
  });
  return path.join(into, id);
}

describe.skipIf('missing' in runtime)('a careful run on poisoned images', { timeout: 300_000 }, () => {
  let folder: string;
  let dataset: string;
  let whole: FromTrainer[];
  let wholeDir: string;

  beforeAll(async () => {
    folder = await fs.mkdtemp(path.join(tmpdir(), 'theriac-careful-'));
    dataset = await storePoisonedSigns(path.join(folder, 'datasets'));
    const job = await newJob(0.1);
    wholeDir = job.outputDir;
    whole = await run(job);
  }, 300_000);

  afterAll(() => fs.rm(folder, { recursive: true, force: true }));

  async function newJob(unlearnTrigger: number): Promise<Job> {
    const careful = { isolation: 'careful', unlearning: 'none', fineTuneEpochs: 0, batchSize: 64 } as const;
    const outputDir = await fs.mkdtemp(path.join(folder, 'out-'));
    const job = tinyJob(dataset, outputDir, { ...careful, unlearnTrigger, naiveEpochs: 3, evaluateEvery: 0 });
    return { ...job, methods: ['abl'] };
  }

  /** @param stopIn stage of whose steps the third is the last */
  async function run(job: Job, stopIn?: string): Promise<FromTrainer[]> {
    const messages: FromTrainer[] = [];
    let pauses = 0;
    const isIn = () => only(messages, 'stage').at(-1)?.stage === stopIn;
    await runJob(job, {
      send: (message) => messages.push(structuredClone(message)),
      stopRequested: () => stopIn !== undefined && isIn() && ++pauses >= 3,
    });
    return messages;
  }

  const weightsIn = (dir: string) => readWeights(path.join(dir, 'abl.safetensors'));

  /** Steps of a whole run. */
  async function stepsIn(dir: string): Promise<number> {
    const { value } = await readTensorFile(path.join(dir, 'checkpoint.safetensors'));
    return (value as JobState).steps;
  }

  it('unlearns the trigger that it reconstructed, besides leaving out what carries it', async () => {
    const { verdict } = only(whole, 'examination')[0]!.examination;
    expect(verdict).toMatchObject({ kind: 'poisoned', class: 2 });
    expect(verdict.reasons.at(-2)).toContain('copies of kept images with the reconstructed trigger');
    const left = only(whole, 'isolation')[0]!.isolated.length;
    expect(left).toBeGreaterThan(90);
    const job = await newJob(0);
    const without = await run(job);
    expect(only(without, 'isolation')).toEqual(only(whole, 'isolation'));
    expect(only(without, 'examination')[0]!.examination.verdict.reasons.join()).not.toContain('copies');
    expect((await weightsIn(job.outputDir)).tensors).not.toEqual((await weightsIn(wholeDir)).tensors);
    const kept = 100 * CLASSES - left;
    const copies = Math.min(left, Math.round(0.1 * kept));
    const more = stepsPerEpoch(kept + copies, 64) - stepsPerEpoch(kept, 64);
    expect(more).toBeGreaterThan(0);
    expect((await stepsIn(wholeDir)) - (await stepsIn(job.outputDir))).toBe(3 * more);
  });

  it('goes on unlearning behind an interruption as if there had been none', async () => {
    const job = await newJob(0.1);
    const stopped = await run(job, 'train');
    expect(stopped.at(-1)!.type).toBe('stopped');
    const resumed = await run({ ...job, resume: true });
    expect(outcome([...stopped, ...resumed])).toEqual(outcome(whole));
    expect((await weightsIn(job.outputDir)).tensors).toEqual((await weightsIn(wholeDir)).tensors);
  });
});
