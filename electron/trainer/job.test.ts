import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromTrainerSchema, type FromTrainer, type Job } from '../../shared/contract/trainer.ts';
import type { Settings } from '../../shared/abl/settings.ts';
import { networkByName } from '../../shared/networks/zoo.ts';
import { createEngine } from '../engine/index.ts';
import { only, outcome, tinyJob } from './fixtures/jobs.ts';
import { storeTinyDataset } from './fixtures/tiny-dataset.ts';
import { runJob } from './job.ts';
import { readWeights } from './weights.ts';

let folder: string;
let dataset: string;
let whole: FromTrainer[];
let wholeDir: string;

/** Runs a job, in which every message must be one of the protocol. @param stopAfter pauses until a stop is asked for */
async function run(job: Job, stopAfter = Infinity): Promise<FromTrainer[]> {
  const messages: FromTrainer[] = [];
  let pauses = 0;
  await runJob(job, {
    send: (message) => messages.push(fromTrainerSchema.parse(structuredClone(message))),
    stopRequested: () => ++pauses > stopAfter,
  });
  return messages;
}

async function newDir(): Promise<string> {
  return fs.mkdtemp(path.join(folder, 'out-'));
}

async function newJob(changes: Partial<Settings> = {}): Promise<Job> {
  return tinyJob(dataset, await newDir(), changes);
}

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(tmpdir(), 'theriac-job-'));
  dataset = await storeTinyDataset(path.join(folder, 'datasets'));
  const job = await newJob();
  wholeDir = job.outputDir;
  whole = await run(job);
});

afterAll(() => fs.rm(folder, { recursive: true, force: true }));

describe('a job', () => {
  it('trains the methods in order through their stages', () => {
    const done = only(whole, 'stage').filter((message) => message.state === 'done');
    expect(done.map((message) => `${message.method} ${message.stage}`)).toEqual([
      'naive train',
      'abl isolate',
      'abl fine-tune',
      'abl unlearn',
      'oracle train',
    ]);
    expect(whole[0]!.type).toBe('ready');
    expect(whole.at(-1)!.type).toBe('done');
    const { seconds, imagesPerSecond, peakMemoryBytes } = only(whole, 'done')[0]!;
    expect(seconds.total).toBeCloseTo(seconds.naive! + seconds.abl! + seconds.oracle!, 9);
    expect(imagesPerSecond).toBeGreaterThan(0);
    expect(peakMemoryBytes).toBeGreaterThan(50e6);
  });

  it('evaluates every model at its moments', () => {
    const moments = only(whole, 'evaluation').map((message) => `${message.method} ${message.moment}`);
    expect(moments).toEqual([
      'naive final',
      'naive reestimated',
      'abl after-isolate',
      'abl before-unlearn',
      'abl final',
      'abl reestimated',
      'oracle final',
      'oracle reestimated',
    ]);
    for (const { evaluation } of only(whole, 'evaluation')) {
      expect(evaluation.confusion!.flat().reduce((a, b) => a + b)).toBe(40);
      expect(evaluation.asr).not.toBeNull();
    }
  });

  it('evaluates epochs as often as the settings ask for', () => {
    const evaluated = only(whole, 'epoch').filter(({ metrics }) => metrics.ca !== null);
    expect(evaluated.every(({ metrics }) => metrics.epoch % 2 === 0)).toBe(true);
    expect(evaluated.length).toBeGreaterThan(2);
  });

  it('counts up to the whole of its steps', () => {
    const shares = only(whole, 'progress').map((message) => message.overall);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBeLessThanOrEqual(1);
  });

  it('stores the loss of every training example and isolates the lowest', async () => {
    const [message] = only(whole, 'isolation');
    const bytes = await fs.readFile(path.join(wholeDir, message!.lossFile));
    const losses = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    expect(losses).toHaveLength(150);
    expect(message!.isolated).toHaveLength(30);
    const isolated = message!.isolated.map((index) => losses[index]!);
    expect(isolated).toEqual(isolated.toSorted((a, b) => a - b));
    expect(isolated.at(-1)).toBe(message!.figures.threshold);
    const others = [...losses].filter((_, index) => !message!.isolated.includes(index));
    expect(Math.min(...others)).toBeGreaterThanOrEqual(isolated.at(-1)!);
  });

  it('stores weights that give the evaluated answers again, as trained and re-estimated', async () => {
    const engine = await createEngine('auto');
    const evaluations = only(whole, 'evaluation');
    for (const { method, file } of only(whole, 'weights')) {
      const weights = await readWeights(path.join(wholeDir, file));
      expect(weights.meta).toMatchObject({ method, classes: ['upper', 'lower'], seed: 11 });
      const model = await engine.compile(networkByName(weights.meta.network.name, weights.meta.network), 0);
      const { openDataset } = await import('../datasets/store.ts');
      const test = await (await openDataset(dataset)).read('test');
      for (const [moment, tensors] of [
        ['final', weights.tensors],
        ['reestimated', weights.reestimated!],
      ] as const) {
        await model.write(tensors);
        const { predicted } = await model.evaluate(test.images, test.labels);
        const right = predicted.filter((answer, i) => answer === test.labels[i]).length;
        const told = evaluations.find((e) => e.method === method && e.moment === moment)!;
        expect(right / test.count).toBe(told.evaluation.ca);
      }
      model.dispose();
    }
  });

  it('gives the same numbers again, and others for another seed', async () => {
    const job = await newJob();
    expect(outcome(await run(job))).toEqual(outcome(whole));
    const other = { ...(await newJob()), seed: 12, methods: ['naive' as const] };
    expect(outcome(await run(other))['epoch naive train 1']).not.toEqual(
      outcome(whole)['epoch naive train 1'],
    );
  });

  it('starts every method from the same weights, whatever ran before it', async () => {
    const job = { ...(await newJob()), methods: ['abl' as const] };
    const alone = outcome(await run(job));
    const together = outcome(whole);
    for (const key of Object.keys(alone)) expect(together[key]).toEqual(alone[key]);
  });
});

describe('stop and resume', () => {
  it.each([9, 14])(
    'gives bit for bit what a run in one piece gives, stopping every %i pauses',
    async (pauses) => {
      const job = await newJob();
      const all: FromTrainer[] = [];
      for (let sitting = 0; ; sitting++) {
        expect(sitting).toBeLessThan(30);
        const messages = await run({ ...job, resume: sitting > 0 }, pauses);
        all.push(...messages);
        if (messages.at(-1)!.type === 'done') break;
        expect(messages.at(-1)).toEqual({ type: 'stopped', checkpoint: expect.any(String) });
      }
      expect(only(all, 'stopped').length).toBeGreaterThan(4);
      expect(outcome(all)).toEqual(outcome(whole));
    },
  );

  it('tells a host that missed everything what is known', async () => {
    const job = await newJob();
    await run(job);
    expect(outcome(await run({ ...job, resume: true }))).toEqual(outcome(whole));
  });

  it('falls back to the checkpoint before a damaged one, with a warning', async () => {
    const job = await newJob();
    const first = await run(job, 40);
    const file = path.join(job.outputDir, 'checkpoint.safetensors');
    await fs.truncate(file, (await fs.stat(file)).size - 10);
    const second = await run({ ...job, resume: true });
    expect(only(second, 'warning').map((w) => w.message)).toEqual([
      expect.stringContaining('checkpoint.safetensors is damaged'),
    ]);
    expect(outcome([...first, ...second])).toEqual(outcome(whole));
  });

  it('starts anew when no checkpoint is whole, and when there is none', async () => {
    const job = await newJob();
    await run(job, 40);
    for (const name of ['checkpoint.safetensors', 'checkpoint.previous.safetensors']) {
      await fs.writeFile(path.join(job.outputDir, name), 'not a checkpoint');
    }
    const damaged = await run({ ...job, resume: true });
    expect(only(damaged, 'warning')).toHaveLength(2);
    expect(outcome(damaged)).toEqual(outcome(whole));
  });

  it('refuses the checkpoint of another run', async () => {
    const job = await newJob();
    await run(job, 20);
    await expect(run({ ...job, seed: 99, resume: true })).rejects.toMatchObject({ code: 'bad-input' });
  });
});

describe('settings and data at the edge', () => {
  it('joins the stages of the paper, and leaves out stages without a step', async () => {
    const job = await newJob({ unlearning: 'joint', jointEpochs: 2, fineTuneEpochs: 0, reestimateImages: 0 });
    const messages = await run({ ...job, methods: ['abl'] });
    const done = only(messages, 'stage').filter((message) => message.state === 'done');
    expect(done.map((message) => message.stage)).toEqual(['isolate', 'joint']);
    expect(only(messages, 'evaluation').map((e) => e.moment)).toEqual([
      'after-isolate',
      'before-unlearn',
      'final',
    ]);
    const joint = only(messages, 'epoch').filter((e) => e.metrics.stage === 'joint');
    expect(joint.every((e) => e.metrics.isolatedLoss !== null)).toBe(true);
    const { reestimated } = await readWeights(path.join(job.outputDir, 'abl.safetensors'));
    expect(reestimated).toBeNull();
  });

  it('uses a random choice of a limited number of images', async () => {
    const job = await newJob({ trainLimit: 60 });
    const messages = await run({ ...job, methods: ['abl'] });
    const bytes = await fs.readFile(path.join(job.outputDir, 'losses.f32'));
    const losses = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    const used = [...losses.keys()].filter((index) => !Number.isNaN(losses[index]));
    expect(used).toHaveLength(60);
    expect(used).not.toEqual([...used.keys()]);
    const [isolation] = only(messages, 'isolation');
    expect(isolation!.isolated).toHaveLength(12);
    expect(isolation!.isolated.every((index) => used.includes(index))).toBe(true);
  });

  it('trains the same model on the same images, whatever the method is called', async () => {
    const job = await newJob();
    job.datasetDir = await storeTinyDataset(path.join(folder, 'datasets'), { count: 60, poisoned: 0 });
    await run({ ...job, methods: ['naive', 'oracle'] });
    const weights = (method: string) => readWeights(path.join(job.outputDir, `${method}.safetensors`));
    expect((await weights('oracle')).tensors).toEqual((await weights('naive')).tensors);
  });

  it('leaves the oracle out, with a warning, where the truth is not known', async () => {
    const job = await newJob();
    job.datasetDir = await storeTinyDataset(path.join(folder, 'datasets'), { count: 60, truth: false });
    const messages = await run(job);
    expect(only(messages, 'warning').map((w) => w.message)).toEqual([
      expect.stringContaining('oracle model is left out'),
    ]);
    expect(only(messages, 'stage').some((message) => message.method === 'oracle')).toBe(false);
    expect(only(messages, 'done')[0]!.seconds.oracle).toBeNull();
    expect(only(messages, 'isolation')[0]!.figures.precision).toBeNull();
  });

  it('skips unlearning, with a warning, when a single image was isolated', async () => {
    const job = await newJob({ isolationRate: 0.001, isolationEpochs: 1 });
    const messages = await run({ ...job, methods: ['abl'] });
    expect(only(messages, 'warning')[0]!.message).toContain('Only one image');
    expect(only(messages, 'stage').some((message) => message.stage === 'unlearn')).toBe(false);
  });

  it('says what is missing when there are too few images', async () => {
    const job = await newJob({ trainLimit: 2, isolationRate: 0.5 });
    await expect(run({ ...job, methods: ['abl'] })).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining('too few images to train the ABL model'),
    });
  });
});

describe('the careful method', () => {
  it('reports what it found and every epoch once; with nothing left out the ABL model is the naive one', async () => {
    const job = await newJob({ isolation: 'careful', unlearning: 'none', fineTuneEpochs: 0 });
    const messages = await run({ ...job, methods: ['naive', 'abl'] });
    const { examination } = only(messages, 'examination')[0]!;
    expect(['no-evidence', 'uncertain', 'poisoned']).toContain(examination.verdict.kind);
    const epochs = only(messages, 'epoch').map(({ metrics: m }) => `${m.method} ${m.stage} ${m.epoch}`);
    expect(new Set(epochs).size).toBe(epochs.length);
    const known = outcome(messages);
    expect(only(messages, 'isolation')[0]!.isolated).toEqual([]);
    expect(known['evaluation abl final']).toEqual(known['evaluation naive final']);
    expect(known['evaluation abl reestimated']).toEqual(known['evaluation naive reestimated']);
  });

  it('finds the same where the test images are poisoned too, whose accuracy then says less', async () => {
    const changes = { isolation: 'careful', unlearning: 'none', fineTuneEpochs: 0 } as const;
    const other = await storeTinyDataset(path.join(folder, 'datasets'), { poisonedTest: 20 });
    const [clean, poisoned] = await Promise.all(
      [await newJob(changes), tinyJob(other, await newDir(), changes)].map((job) =>
        run({ ...job, methods: ['abl'] }),
      ),
    );
    expect(only(poisoned!, 'examination')).toEqual(only(clean!, 'examination'));
    expect(only(poisoned!, 'isolation')[0]!.isolated).toEqual(only(clean!, 'isolation')[0]!.isolated);
    expect(outcome(poisoned!)['evaluation abl final']).not.toEqual(outcome(clean!)['evaluation abl final']);
  });
});
