import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fromTrainerSchema, type FromTrainer, type ToTrainer } from '../../shared/contract/trainer.ts';
import { only, outcome, tinyJob } from './fixtures/jobs.ts';
import { storeTinyDataset } from './fixtures/tiny-dataset.ts';

let folder: string;
let dataset: string;

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(tmpdir(), 'theriac-entry-'));
  dataset = await storeTinyDataset(path.join(folder, 'datasets'));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

/** A training process with all it says. */
function start(): {
  child: ChildProcess;
  messages: FromTrainer[];
  exit: Promise<unknown[]>;
  say(m: ToTrainer): void;
} {
  const entry = fileURLToPath(new URL('./entry.ts', import.meta.url));
  const child = fork(entry, {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [],
  });
  const messages: FromTrainer[] = [];
  child.on('message', (message) => messages.push(fromTrainerSchema.parse(message)));
  return { child, messages, exit: once(child, 'exit'), say: (message) => child.send(message) };
}

function heard(child: ChildProcess, type: FromTrainer['type']): Promise<void> {
  return new Promise((resolve) => {
    child.on('message', (message: FromTrainer) => {
      if (message.type === type) resolve();
    });
  });
}

async function longJob() {
  const outputDir = await fs.mkdtemp(path.join(folder, 'out-'));
  return { ...tinyJob(dataset, outputDir, { naiveEpochs: 5000 }), methods: ['naive' as const] };
}

it('trains a job and leaves with 0, having said everything', async () => {
  const outputDir = await fs.mkdtemp(path.join(folder, 'out-'));
  const { messages, exit, say } = start();
  say({ type: 'start', job: tinyJob(dataset, outputDir) });
  expect(await exit).toEqual([0, null]);
  expect(messages.at(-1)!.type).toBe('done');
  expect(Object.keys(outcome(messages))).toContain('evaluation oracle reestimated');
});

it('stops when asked to, and goes on later', async () => {
  const job = await longJob();
  const first = start();
  const epoch = heard(first.child, 'epoch');
  first.say({ type: 'start', job });
  await epoch;
  first.say({ type: 'stop' });
  expect(await first.exit).toEqual([0, null]);
  expect(first.messages.at(-1)).toEqual({ type: 'stopped', checkpoint: 'checkpoint.safetensors' });
  const trained = only(first.messages, 'epoch').length;

  const second = start();
  const progress = heard(second.child, 'progress');
  second.say({ type: 'start', job: { ...job, resume: true } });
  await progress;
  second.say({ type: 'stop' });
  await second.exit;
  expect(only(second.messages, 'progress')[0]!.epoch).toBeGreaterThan(trained);
});

it('does not outlive its parent, and leaves a checkpoint', async () => {
  const job = await longJob();
  const { child, exit, say } = start();
  const progress = heard(child, 'progress');
  say({ type: 'start', job });
  await progress;
  child.disconnect();
  expect(await exit).toEqual([0, null]);
  expect(await fs.readdir(job.outputDir)).toContain('checkpoint.safetensors');
});

it('says in plain words why it failed', async () => {
  const nowhere = path.join(folder, 'nowhere');
  const { messages, exit, say } = start();
  say({ type: 'start', job: tinyJob(nowhere, folder) });
  expect(await exit).toEqual([1, null]);
  expect(only(messages, 'failed')[0]!.error).toMatchObject({
    code: 'not-found',
    message: expect.stringContaining(nowhere),
  });
});

it('ends at once when stopped before it was given a job', async () => {
  const { messages, exit, say } = start();
  say({ type: 'stop' });
  expect(await exit).toEqual([0, null]);
  expect(messages).toEqual([{ type: 'stopped', checkpoint: null }]);
});

it('goes on behind the last finished part of an examination after it was killed, with an equal result', async () => {
  const careful = async () => {
    const outputDir = await fs.mkdtemp(path.join(folder, 'out-'));
    const job = tinyJob(dataset, outputDir, { isolation: 'careful', unlearning: 'none', fineTuneEpochs: 0 });
    return { ...job, methods: ['abl' as const] };
  };
  const looks = (messages: FromTrainer[]) =>
    only(messages, 'stage').filter(({ stage, state }) => stage === 'isolate' && state === 'started').length;

  const unbroken = start();
  unbroken.say({ type: 'start', job: await careful() });
  expect(await unbroken.exit).toEqual([0, null]);

  const job = await careful();
  const killed = start();
  let checkpoints = 0;
  killed.child.on('message', (message: FromTrainer) => {
    // The first stands at the start, the second behind the search for stamps, the next two behind two looks of stage 1.
    if (message.type === 'checkpoint' && ++checkpoints === 4) killed.child.kill('SIGKILL');
  });
  killed.say({ type: 'start', job });
  expect(await killed.exit).toEqual([null, 'SIGKILL']);
  expect(only(killed.messages, 'examination')).toEqual([]);

  const resumed = start();
  resumed.say({ type: 'start', job: { ...job, resume: true } });
  expect(await resumed.exit).toEqual([0, null]);
  expect(looks(resumed.messages)).toBeLessThanOrEqual(looks(unbroken.messages) - 2);
  expect(only(resumed.messages, 'examination')).toEqual(only(unbroken.messages, 'examination'));
  expect(outcome(resumed.messages)).toEqual(outcome(unbroken.messages));
});
