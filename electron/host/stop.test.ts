import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CliBench, TINY, type Finished } from './fixtures/cli.ts';

// Real runs that are stopped in the middle.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

/** Long enough to be caught in the middle on a fast machine. */
const LONG = [...TINY, '--set', 'naiveEpochs=150', '--methods', 'naive,abl'];

let bench: CliBench;
let whole: ReturnType<Finished['json']>;
beforeAll(async () => {
  bench = new CliBench();
  await bench.sample(12);
  const attacked = await bench.run(
    'attack',
    'Tiny',
    '--kind',
    'badnets',
    '--rate',
    '0.1',
    '--target',
    '0',
    '--name',
    'Bad',
    '--json',
  );
  expect(attacked.code).toBe(0);
  whole = (await bench.run('run', 'Bad', ...LONG, '--json')).json();
});
afterAll(() => bench.dispose());

async function stateOf(id: string): Promise<string> {
  return (await bench.run('experiments', 'show', id, '--json')).json().experiment.state as string;
}

function idIn({ stderr }: Finished): string {
  return /Experiment (\w+):/.exec(stderr)![1]!;
}

/** Resumes, and compares with the run in one piece. */
async function resumesToTheSame(id: string): Promise<void> {
  const resumed = await bench.run('resume', id, '--json');
  expect(resumed.stderr).not.toContain('Traceback');
  expect(resumed.code).toBe(0);
  const { naive, abl, verdict } = resumed.json();
  expect({ naive, abl, verdict }).toEqual({ naive: whole.naive, abl: whole.abl, verdict: whole.verdict });
  const shown = (await bench.run('experiments', 'show', id, '--json')).json();
  expect(shown.experiment).toMatchObject({ state: 'done', error: null, owner: null });
  expect(shown.epochs).toHaveLength(154);
}

describe('a run that is stopped', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'by %s keeps a checkpoint, says how to go on, and comes to the same end',
    async (signal) => {
      const run = bench.start('run', 'Bad', ...LONG, '--json');
      await run.saw('Naive model, training');
      run.child.kill(signal);
      const stopped = await run.finished;
      expect([stopped.code, stopped.signal]).toEqual([130, null]);
      const id = idIn(stopped);
      expect(stopped.json()).toEqual({
        error: {
          code: 'cancelled',
          message: 'The run was stopped. A checkpoint was kept.',
          remedy: `Continue it with "theriac resume ${id}".`,
        },
      });
      expect(await stateOf(id)).toBe('cancelled');
      await resumesToTheSame(id);
    },
  );

  it('by a second Ctrl-C ends at once and can still be resumed', async () => {
    const run = bench.start('run', 'Bad', ...LONG);
    await run.saw('Naive model, training');
    run.child.kill('SIGINT');
    await run.saw('press Ctrl-C again');
    // One that comes with the first is the same press; a person presses until it ends.
    const pressing = setInterval(() => run.child.kill('SIGINT'), 100);
    await Promise.race([run.saw('theriac resume'), run.finished]);
    clearInterval(pressing);
    const stopped = await run.finished;
    expect([stopped.code, stopped.stdout]).toEqual([130, '']);
    expect(stopped.stderr).toContain('theriac resume');
    await resumesToTheSame(idIn(stopped));
  });
});

describe.skipIf(process.platform !== 'linux')('a crash', () => {
  const childrenOf = (pid: number) =>
    readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).filter(Boolean).map(Number);

  it('of the training process interrupts the run with exit code 5; resumed it comes to the same end', async () => {
    const run = bench.start('run', 'Bad', ...LONG, '--json');
    await run.saw('Naive model, training');
    for (const pid of childrenOf(run.child.pid!)) process.kill(pid, 'SIGKILL');
    const crashed = await run.finished;
    expect(crashed.code).toBe(5);
    expect(crashed.json().error).toMatchObject({
      code: 'run-failed',
      message: expect.stringContaining('killed (SIGKILL)'),
      remedy: expect.stringContaining('theriac resume'),
    });
    expect(await stateOf(idIn(crashed))).toBe('interrupted');
    await resumesToTheSame(idIn(crashed));
  });

  it('of the program itself is found at the next start, ends the training process, and is resumed', async () => {
    const run = bench.start('run', 'Bad', ...LONG);
    await run.saw('Naive model, training');
    const [trainer] = childrenOf(run.child.pid!);
    run.child.kill('SIGKILL');
    const id = idIn(await run.finished);
    expect(await stateOf(id)).toBe('interrupted');
    await resumesToTheSame(id);
    expect(() => process.kill(trainer!, 0)).toThrow(/ESRCH/);
  });

  it('two processes cannot run one experiment', async () => {
    const run = bench.start('run', 'Bad', ...LONG, '--set', 'naiveEpochs=4000');
    await run.saw('Naive model, training');
    const id = (await bench.run('experiments', '--json'))
      .json()
      .find((e: { state: string }) => e.state === 'running').experiment as string;
    const refusals = await Promise.all([
      bench.run('resume', id, '--json'),
      bench.run('experiments', 'remove', id, '--json'),
      bench.run('datasets', 'remove', 'Bad', '--force', '--json'),
    ]);
    for (const refused of refusals) {
      expect(refused.code).toBe(3);
      expect(refused.json().error).toMatchObject({
        code: 'busy',
        message: expect.stringContaining('running'),
      });
    }
    run.child.kill('SIGTERM');
    expect((await run.finished).code).toBe(130);
    expect((await bench.run('experiments', 'remove', id, '--forever')).code).toBe(0);
  });
});
