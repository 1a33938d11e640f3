import { describe, expect, it } from 'vitest';
import type { FromTrainer, Job } from '../../shared/contract/trainer.ts';
import { presetSettings } from '../../shared/abl/presets.ts';
import { forkTrainer, trainerEnvironment } from './process.ts';
import { supervise, type SupervisorHooks, type TrainerOutcome, type TrainerRun } from './supervisor.ts';

const entry = new URL('./fixtures/scripted-trainer.ts', import.meta.url);

function job(scenario: string): Job {
  return {
    experimentId: scenario,
    datasetDir: '/nowhere',
    outputDir: '/nowhere',
    methods: ['naive'],
    engine: 'auto',
    settings: presetSettings('quick'),
    seed: 7,
    resume: false,
  };
}

interface Sitting {
  outcome: TrainerOutcome;
  messages: FromTrainer[];
  run: TrainerRun;
}

async function sitting(
  scenario: string,
  options: Partial<SupervisorHooks> & { on?: (message: FromTrainer, run: TrainerRun) => void } = {},
): Promise<Sitting> {
  const messages: FromTrainer[] = [];
  const { on, ...hooks } = options;
  const run: TrainerRun = supervise(forkTrainer({ GIVEN: 'yes' }, entry), job(scenario), {
    onMessage: (message) => {
      messages.push(message);
      on?.(message, run);
    },
    ...hooks,
  });
  const outcome = await run.outcome;
  return { outcome, messages, run };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a training process', () => {
  it('gets its job, and every message arrives in order before the end', async () => {
    const { outcome, messages, run } = await sitting('done');
    expect(outcome).toEqual({
      kind: 'done',
      totals: {
        seconds: { naive: 1, abl: null, oracle: null, total: 1 },
        imagesPerSecond: 10,
        peakMemoryBytes: 1000,
      },
    });
    expect(messages[0]).toMatchObject({ type: 'ready', pid: run.pid });
    expect(messages.slice(1)).toEqual(
      ['7', ...Array.from({ length: 200 }, (_, i) => `${i}`)].map((message) => ({
        type: 'warning',
        message,
      })),
    );
    run.stop();
    run.kill();
    expect(isRunning(run.pid!)).toBe(false);
  });

  it('is done once it said so, even if it crashes or stays afterwards', async () => {
    expect((await sitting('done-then-crash')).outcome.kind).toBe('done');
    const { outcome, run } = await sitting('done-then-stay', { leaveSeconds: 0.05 });
    expect(outcome.kind).toBe('done');
    expect(isRunning(run.pid!)).toBe(false);
  });

  it('that leaves without a word is interrupted, with its last lines', async () => {
    expect((await sitting('exit')).outcome).toEqual({
      kind: 'interrupted',
      reason: 'The training process ended before the run was done (exit code 3).',
      log: ['first line', 'last line'],
    });
  });

  it('that crashes or throws is interrupted', async () => {
    expect((await sitting('segfault')).outcome).toMatchObject({
      kind: 'interrupted',
      reason: expect.stringContaining('SIGSEGV'),
    });
    const { outcome } = await sitting('throws');
    expect(outcome).toMatchObject({ kind: 'interrupted' });
    expect((outcome as { log: string[] }).log.join('\n')).toContain('kaboom');
  });

  it('that is killed from outside is interrupted, and the message speaks of memory', async () => {
    const { outcome } = await sitting('deaf', {
      on: (message, run) => {
        if (message.type === 'warning') process.kill(run.pid!, 'SIGKILL');
      },
    });
    expect(outcome).toMatchObject({ kind: 'interrupted', reason: expect.stringContaining('memory') });
  });

  it('that cannot be started is interrupted', async () => {
    const outcome = await supervise(
      forkTrainer({}, new URL('./fixtures/no-such-file.ts', import.meta.url)),
      job('x'),
      {
        onMessage: () => undefined,
      },
    ).outcome;
    expect(outcome).toMatchObject({ kind: 'interrupted', reason: expect.stringContaining('exit code 1') });
  });

  it('that reports a failure has failed, with a code of ours', async () => {
    expect((await sitting('failed')).outcome).toEqual({
      kind: 'failed',
      error: { code: 'storage', message: 'disk full', remedy: 'make room' },
    });
    expect((await sitting('failed-oddly')).outcome).toEqual({
      kind: 'failed',
      error: { code: 'run-failed', message: 'odd' },
    });
  });

  it('that breaks the protocol is ended and has failed', async () => {
    const { outcome, run } = await sitting('babble');
    expect(outcome).toMatchObject({
      kind: 'failed',
      error: { message: expect.stringContaining('(progress.epoch:') },
    });
    expect(isRunning(run.pid!)).toBe(false);
  });

  it('stops when asked, with its checkpoint', async () => {
    const { outcome } = await sitting('stoppable', {
      on: (message, run) => {
        if (message.type === 'warning') run.stop();
      },
    });
    expect(outcome).toEqual({ kind: 'stopped', checkpoint: 'checkpoint.bin' });
  });

  it('that does not stop when asked is ended', async () => {
    const { outcome, run } = await sitting('deaf', {
      stopSeconds: 0.05,
      on: (message, r) => {
        if (message.type === 'warning') r.stop();
      },
    });
    expect(outcome).toMatchObject({
      kind: 'interrupted',
      reason: expect.stringContaining('did not stop within'),
    });
    expect(isRunning(run.pid!)).toBe(false);
  });

  it('is ended at once by kill', async () => {
    const { outcome } = await sitting('deaf', {
      on: (message, run) => {
        if (message.type === 'warning') run.kill();
      },
    });
    expect(outcome).toMatchObject({ kind: 'interrupted', reason: expect.stringContaining('by the user') });
  });

  it('is ended when its messages cannot be taken, and the reason comes out', async () => {
    let pid = 0;
    const failing = sitting('deaf', {
      on: (message, run) => {
        pid = run.pid!;
        if (message.type === 'warning') throw new RangeError('cannot take it');
      },
    });
    await expect(failing).rejects.toThrow('cannot take it');
    expect(isRunning(pid)).toBe(false);
  });

  it('sees a cleaned environment and what it was given', async () => {
    const before = process.env.NODE_OPTIONS;
    process.env.NODE_OPTIONS = '--no-warnings';
    try {
      const { messages } = await sitting('environment');
      const seen = JSON.parse((messages[1] as { message: string }).message) as Record<string, string>;
      expect(seen.GIVEN).toBe('yes');
      expect(seen.PATH).toBe(process.env.PATH);
      expect(seen.NODE_OPTIONS).toBeUndefined();
      expect(seen.VITEST).toBeUndefined();
    } finally {
      if (before === undefined) delete process.env.NODE_OPTIONS;
      else process.env.NODE_OPTIONS = before;
    }
  });

  it('environment: the given variables win', () => {
    const host = {
      Path: 'a',
      THERIAC_DATA: 'b',
      SECRET: 'c',
      LC_ALL: 'd',
      LD_LIBRARY_PATH: 'e',
      NODE_OPTIONS: 'f',
    };
    expect(trainerEnvironment({ LD_LIBRARY_PATH: 'g' }, host)).toEqual({
      Path: 'a',
      THERIAC_DATA: 'b',
      LC_ALL: 'd',
      LD_LIBRARY_PATH: 'g',
    });
  });
});
