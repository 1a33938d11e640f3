import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ranges } from '../services/slurm.ts';
import { CliBench } from './fixtures/cli.ts';
import { missingForSlurm, SlurmCluster } from './fixtures/slurm.ts';

const missing = missingForSlurm();
if (missing.length > 0) console.warn(`Slurm tests skipped: ${missing.join(', ')} not installed`);

const PLAN = `
name: On a cluster
datasets: [Tiny]
attacks: [none, badnets, sig]
rates: [0.2]
networks: [small-cnn]
methods: [naive]
seeds: [1]
preset: quick
set: { naiveEpochs: 1, batchSize: 16, reestimateImages: 0, crop: 1 }
`;

describe.skipIf(missing.length > 0)('a sweep on a real Slurm', () => {
  const cluster = new SlurmCluster();
  const bench = new CliBench();
  beforeAll(async () => {
    await Promise.all([cluster.start(), bench.sample(10)]);
    process.env.SLURM_CONF = cluster.config;
  }, 60_000);
  afterAll(() => {
    delete process.env.SLURM_CONF;
    cluster.dispose();
    bench.dispose();
  });

  it('gives the table of a sweep that runs here, and says what failed', async () => {
    const file = join(bench.root, 'plan.yml');
    writeFileSync(file, PLAN);
    // Stopped while it waits, the job goes on.
    const stopped = bench.start('sweep', file, '--on', 'slurm', '--image-memory', '500');
    await stopped.saw('Submitted 3 runs');
    stopped.child.kill('SIGTERM');
    const first = await stopped.finished;
    expect(first.code, first.stderr).toBe(130);

    const waited = await bench.run('sweep', file, '--on', 'slurm', '--json');
    // 10 of 100 images are of the target class: SIG cannot poison 20.
    expect(waited.code, waited.stderr).toBe(5);
    const result = waited.json();
    expect(result).toMatchObject({ planned: 3, done: 2 });
    expect(result.failed).toHaveLength(1);
    expect(result.failed[0].problem).toContain('there are only 10 of the target class');
    const sweeps = join(bench.data, 'sweeps', result.sweep, 'slurm');
    expect(readFileSync(join(sweeps, 'task.sh'), 'utf8')).toContain("'--image-memory' '500'");
    expect(readdirSync(sweeps).filter((name) => /^task-[01]$/.test(name))).toEqual([]);

    const experiments = (await bench.run('experiments', '--json')).json() as { state: string }[];
    expect(experiments.map(({ state }) => state)).toEqual(['done', 'done']);

    // The same plan here, in a data folder of its own.
    const here = new CliBench();
    try {
      await here.sample(10);
      const local = await here.run('sweep', file, '--json');
      expect(local.json().table).toEqual(result.table);
      expect(readFileSync(local.json().files.csv, 'utf8')).toBe(readFileSync(result.files.csv, 'utf8'));
    } finally {
      here.dispose();
    }
  }, 240_000);
});

describe('without Slurm', () => {
  it('places are written as Slurm’s ranges', () => {
    expect(ranges([5, 0, 1, 2, 7, 8])).toBe('0-2,5,7-8');
    expect(ranges([3])).toBe('3');
  });

  it('a sweep says what is missing', async () => {
    const bench = new CliBench();
    const before = process.env.PATH;
    try {
      await bench.sample(10);
      const file = join(bench.root, 'plan.yml');
      writeFileSync(file, PLAN);
      process.env.PATH = bench.root;
      const result = await bench.run('sweep', file, '--on', 'slurm');
      expect(result.code).toBe(4);
      expect(result.stderr).toContain('There is no Slurm on this computer');
    } finally {
      process.env.PATH = before;
      bench.dispose();
    }
  }, 60_000);
});
