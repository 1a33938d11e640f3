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

const PLAN = `
name: Two attacks
datasets: [Tiny]
attacks: [badnets, { kind: blend, name: faint, set: { alpha: 0.15 } }]
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
  it('goes on to the same table after it was killed half-way', async () => {
    const file = plan(bench, 'plan.yml', PLAN);
    const killed = bench.start('sweep', file);
    await killed.saw('Run 2 of 4 is done');
    killed.child.kill('SIGKILL');
    expect((await killed.finished).signal).toBe('SIGKILL');

    const resumed = await bench.run('sweep', file, '--json');
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.stderr).not.toContain('Run 2 of 4');
    const result = resumed.json();
    expect(result).toMatchObject({ name: 'Two attacks', planned: 4, done: 4, failed: [] });
    expect(result.table.rows.map((row: { attack: string }) => row.attack)).toEqual(['badnets', 'faint']);

    const straight = await other.run('sweep', plan(other, 'plan.yml', PLAN), '--to', join(other.root, 'out'));
    expect(straight.code, straight.stderr).toBe(0);
    const read = (path: string) => readFileSync(path, 'utf8');
    expect(read(result.files.csv)).toBe(read(join(other.root, 'out', 'table.csv')));
    expect(read(result.files.markdown)).toContain('| badnets | 20 % |');
    expect(read(result.files.chart)).toMatch(/^<svg /);
    expect(readdirSync(join(other.root, 'out')).sort()).toEqual([
      'chart.svg',
      'runs.csv',
      'table.csv',
      'table.md',
    ]);

    // Once more there is nothing to do.
    const again = await bench.run('sweep', file, '--json');
    expect(again.stderr).not.toContain('is done:');
    expect(again.json().table).toEqual(result.table);
    const experiments = (await bench.run('experiments', '--json')).json() as unknown[];
    expect(experiments).toHaveLength(4);
  }, 180_000);

  it('notes what fails and goes on', async () => {
    // 10 of 100 images are of the target class: SIG cannot poison 20.
    const text = PLAN.replace(/attacks:.*/, 'attacks: [sig, none]').replace('[1, 2]', '[1]');
    const result = await bench.run('sweep', plan(bench, 'failing.yml', text), '--json');
    expect(result.code).toBe(5);
    const { done, failed, table } = result.json();
    expect(done).toBe(1);
    expect(failed).toHaveLength(1);
    expect(failed[0].problem).toContain('there are only 10 of the target class');
    expect(table.rows.map((row: { cells: { done: number }[] }) => row.cells[0]!.done)).toEqual([0, 1]);
  }, 120_000);

  it.each([
    ['no YAML', 'name: [', /is no YAML/],
    ['an unknown word', PLAN.replace('rates:', 'rate:'), /Unrecognized key/],
    ['an unknown attack', PLAN.replace('badnets,', 'badnet,'), /no attack called "badnet"/],
    ['a parameter out of range', PLAN.replace('alpha: 0.15', 'alpha: 2'), /"alpha" of blend/],
    ['an unknown network', PLAN.replace('small-cnn', 'lenet'), /network cannot be "lenet"/],
    ['two attacks of one name', PLAN.replace('name: faint', 'name: badnets'), /the same name/],
  ])('refuses %s before the first run', async (_, text, reason) => {
    const result = await bench.run('sweep', plan(bench, 'bad.yml', text));
    expect(result.code).not.toBe(0);
    expect(result.stderr).toMatch(reason);
    expect(result.stderr).not.toContain('Run 1');
  });

  it('says when there is no plan', async () => {
    const result = await bench.run('sweep', join(bench.root, 'none.yml'));
    expect(result.code).toBe(3);
    expect(existsSync(join(bench.root, 'none.yml'))).toBe(false);
  });
});
