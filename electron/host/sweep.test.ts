import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliBench } from './fixtures/cli.ts';

const bench = new CliBench();
const other = new CliBench();
afterAll(() => {
  bench.dispose();
  other.dispose();
});
beforeAll(async () => {
  await Promise.all([bench.sample(10), other.sample(10)]);
});

// 10 of 100 images are of the target class, so that SIG cannot poison 20.
const PLAN = `
name: Two attacks
datasets: [Tiny]
attacks: [{ kind: blend, name: faint, set: { alpha: 0.15 } }, sig]
rates: [0.2]
networks: [small-cnn]
methods: [naive]
seeds: [1, 2]
preset: quick
set: { naiveEpochs: 1, batchSize: 16, reestimateImages: 0, crop: 1 }
`;

function plan(where: CliBench, name: string, text: string): string {
  const file = join(where.root, name);
  writeFileSync(file, text);
  return file;
}

describe('theriac sweep', () => {
  it('notes what fails, and goes on to the same table after it was killed half-way', async () => {
    const file = plan(bench, 'plan.yml', PLAN);
    const killed = bench.start('sweep', file);
    await killed.saw('Run 1 of 4 is done');
    killed.child.kill('SIGKILL');
    expect((await killed.finished).signal).toBe('SIGKILL');

    const [resumed, straight] = await Promise.all([
      bench.run('sweep', file, '--json'),
      other.run('sweep', plan(other, 'plan.yml', PLAN), '--to', join(other.root, 'out')),
    ]);
    expect([resumed.code, straight.code], resumed.stderr + straight.stderr).toEqual([5, 5]);
    expect(resumed.stderr).not.toContain('Run 1 of 4');
    const result = resumed.json();
    expect(result).toMatchObject({ name: 'Two attacks', planned: 4, done: 2 });
    expect(result.failed).toHaveLength(2);
    expect(result.failed[0].problem).toContain('there are only 10 of the target class');
    const [faint, sig] = result.table.rows;
    expect(faint).toMatchObject({ attack: 'faint', cells: [{ done: 2, asr: { count: 2 } }] });
    expect(sig).toMatchObject({ attack: 'sig', cells: [{ done: 0, asr: null }] });

    const read = (path: string) => readFileSync(path, 'utf8');
    expect(read(result.files.csv)).toBe(read(join(other.root, 'out', 'table.csv')));
    expect(read(result.files.markdown)).toContain('| faint | 20 % |');
    expect(read(result.files.chart)).toMatch(/^<svg /);
    const written = ['chart.svg', 'plan.yml', 'runs.csv', 'table.csv', 'table.md'];
    expect(readdirSync(join(other.root, 'out')).sort()).toEqual(written);

    // What was written down holds all of it: nothing is run for a report, and its plan is the same sweep.
    const again = await bench.run('sweep', result.files.plan, '--report', '--json');
    expect(again.stderr).not.toContain('Run ');
    expect(again.json()).toMatchObject({ sweep: result.sweep, table: result.table, failed: result.failed });
    const experiments = (await bench.run('experiments', '--json')).json() as unknown[];
    expect(experiments).toHaveLength(2);
  }, 240_000);

  it('draws the sample, and reads images from the disk that do not fit into the memory for images', async () => {
    const third = new CliBench();
    try {
      const one = PLAN.replace('[Tiny]', '[sample]').replace(/attacks: .*/, 'attacks: [none]');
      const file = plan(third, 'plan.yml', one.replace('[1, 2]', '[1]').replace('crop: 1', 'trainLimit: 64'));
      const none = await third.run('sweep', file, '--image-memory', '0');
      expect(none.code).toBe(2);
      const first = await third.run('sweep', file, '--image-memory', '1', '--json');
      expect(first.code, first.stderr).toBe(0);
      expect(first.stderr).toContain('1 MB of them are held in memory, the others are read from the disk');
      const datasets = (await third.run('datasets', '--json')).json() as { id: string }[];
      expect(datasets).toHaveLength(1);

      // Drawn once, for a changed plan too.
      const more = plan(third, 'more.yml', one.replace('[1, 2]', '[2]').replace('crop: 1', 'trainLimit: 64'));
      const second = await third.run('sweep', more, '--json');
      expect(second.json()).toMatchObject({ planned: 1, done: 1 });
      expect((await third.run('datasets', '--json')).json()).toHaveLength(1);
    } finally {
      third.dispose();
    }
  }, 120_000);

  it('refuses a plan before the first run', async () => {
    const file = plan(bench, 'bad.yml', PLAN.replace('rates:', 'rate:'));
    const [none, bad] = await Promise.all([
      bench.run('sweep', join(bench.root, 'none.yml')),
      bench.run('sweep', file),
    ]);
    expect(bad.stderr).toMatch(/Unrecognized key/);
    expect([none.code, bad.code]).toEqual([3, 3]);
    expect(existsSync(join(bench.root, 'none.yml'))).toBe(false);
  }, 60_000);
});
