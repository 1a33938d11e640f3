import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiEvents } from '../../shared/contract/api.ts';
import { planSchema, type Plan } from '../../shared/sweep/plan.ts';
import { createSample } from '../datasets/sample.ts';
import { ApiBench } from './fixtures/api-bench.ts';

const root = mkdtempSync(join(tmpdir(), 'theriac-sweeps-'));
const dataFolder = join(root, 'data');
const bench = new ApiBench(dataFolder);
const { call, refused } = bench;
type SweepEvent = ApiEvents['sweep'];

beforeAll(async () => {
  const into = join(dataFolder, 'datasets');
  mkdirSync(into, { recursive: true });
  await createSample({ into, seed: 1, trainPerClass: 10, testPerClass: 4, size: 16, name: 'Tiny' });
  await bench.open();
});
afterAll(async () => {
  await bench.close();
  rmSync(root, { recursive: true, force: true });
});

/** The first word about a sweep from here on that fits. */
async function next(fits: (event: SweepEvent) => boolean): Promise<SweepEvent> {
  const told = await bench.next(({ event, value }) => event === 'sweep' && fits(value));
  return told.value as SweepEvent;
}

// 10 of 100 images are of the target class, so that SIG cannot poison 20.
const PLAN: Plan = planSchema.parse({
  name: 'Begun here',
  datasets: ['Tiny'],
  attacks: ['badnets', 'sig'],
  rates: [0.2],
  networks: ['small-cnn'],
  methods: ['naive'],
  seeds: [1, 2],
  preset: 'quick',
  set: { naiveEpochs: 1, batchSize: 16, reestimateImages: 0, crop: 1 },
});

describe('the sweeps of a data folder', () => {
  let id: string;

  it('are planned: what a plan asks for, without anything being begun', async () => {
    expect(await call('sweeps.list')).toEqual([]);
    const check = await call('sweeps.check', PLAN);
    expect(check).toMatchObject({ planned: 4, done: 0, copies: 4, seconds: null });
    expect(check.basis).toContain('run the speed test');
    expect(await call('sweeps.list')).toEqual([]);
    const elsewhere = await call('sweeps.check', { ...PLAN, datasets: ['/no/such/folder'] });
    expect(elsewhere).toMatchObject({ seconds: null, copies: 4 });
  });

  it.each([
    ['an unknown attack', { attacks: ['badnet'] }, /no attack called "badnet"/],
    ['a parameter out of range', { attacks: [{ kind: 'blend', set: { alpha: 2 } }] }, /"alpha" of blend/],
    ['an unknown network', { networks: ['lenet'] }, /network cannot be "lenet"/],
    ['a network that is too large', { networks: ['vgg-11-bn'] }, /too small for vgg-11-bn/],
    ['two attacks of one name', { attacks: ['sig', 'sig'] }, /the same name/],
    ['an unknown data set', { datasets: ['Nothing'] }, /no data set "Nothing"/],
    ['an unknown class', { target: 'house' }, /no class "house"/],
    ['an unknown setting', { set: { epoch: 1 } }, /no setting "epoch"/],
    ['no seed', { seeds: [] }, /seeds/],
  ])('are refused with %s', async (_, over, reason) => {
    expect((await refused('sweeps.check', { ...PLAN, ...over } as Plan)).message).toMatch(reason);
  });

  it('are read from a plan file', async () => {
    const file = join(root, 'plan.yml');
    writeFileSync(file, 'name: From a file\ndatasets: [Tiny]\nattacks: [badnets]\n');
    const plan = await call('sweeps.open', file);
    expect(plan).toMatchObject({ name: 'From a file', rates: [0.1], seeds: [1, 2, 3] });
    writeFileSync(file, 'name: From a file\nrate: 1\n');
    expect((await refused('sweeps.open', file)).code).toBe('bad-input');
    writeFileSync(file, 'name: [');
    expect((await refused('sweeps.open', file)).message).toMatch(/is no YAML/);
    expect((await refused('sweeps.open', join(root, 'none.yml'))).code).toBe('not-found');
  });

  it('stop with what is done kept, also when the program ends', async () => {
    const second = next(({ activity }) => activity?.run === 1 && activity.experiment !== null);
    ({ id } = await call('sweeps.start', PLAN));
    const { activity } = await second;
    expect(activity).toMatchObject({ state: 'running', run: 1 });
    expect(activity!.secondsLeft).toBeGreaterThan(0);
    expect((await call('sweeps.show', id)).activity).toMatchObject({ run: 1 });
    // Another one waits for its turn, and can be taken out.
    const other = (await call('sweeps.start', { ...PLAN, name: 'Another' })).id;
    const waiting = (await call('sweeps.list')).find((one) => one.id === other);
    expect(waiting).toMatchObject({ activity: { state: 'waiting' }, done: 0 });
    await call('sweeps.stop', other);
    expect((await refused('sweeps.stop', other)).code).toBe('usage');
    expect((await refused('backup.restore', join(root, 'backup.tar'))).code).toBe('busy');

    const stopped = next((event) => event.id === id && event.activity === null);
    await call('sweeps.stop', id);
    expect((await stopped).error).toBeNull();
    expect(await call('sweeps.show', id)).toMatchObject({ done: 1, failed: 0, activity: null });
    expect((await call('sweeps.check', PLAN)).done).toBe(1);
    // Closed in the middle, the program leaves it to be gone on with.
    const again = next(({ activity: now }) => now?.run === 1 && now.experiment !== null);
    await call('sweeps.resume', id);
    await again;
    await bench.close();
    await bench.open();
    expect((await call('sweeps.show', id)).runs.map(({ state }) => state)).toEqual([
      'done',
      'cancelled',
      'planned',
      'planned',
    ]);
  }, 240_000);

  it('go on to the table, note what failed, and are taken out as files', async () => {
    const through = next((event) => event.id === id && event.activity === null);
    await call('sweeps.resume', id);
    expect((await through).error).toBeNull();
    const detail = await call('sweeps.show', id);
    expect(detail).toMatchObject({ name: 'Begun here', planned: 4, done: 2, failed: 2, plan: PLAN });
    expect(detail.runs[3]!.problem).toContain('there are only 10 of the target class');
    const [badnets, sig] = detail.table.rows;
    expect(badnets!.cells[0]).toMatchObject({ done: 2, planned: 2, asr: { count: 2 }, ca: { count: 2 } });
    expect(sig!.cells[0]).toMatchObject({ done: 0, planned: 2, asr: null });
    const { experiments } = await call('experiments.list', { offset: 0, limit: 10 });
    expect(experiments.map(({ state }) => state)).toEqual(['done', 'done']);

    const to = join(root, 'taken', 'out');
    const files = await call('sweeps.save', id, to);
    expect(readdirSync(to).sort()).toEqual(['chart.svg', 'plan.yml', 'runs.csv', 'table.csv', 'table.md']);
    expect(readFileSync(files.markdown, 'utf8')).toContain('| badnets | 20 % |');
    expect(await call('sweeps.open', files.plan)).toEqual(PLAN);
    expect(readFileSync(files.runs, 'utf8')).toContain('there are only 10 of the target class');
    writeFileSync(join(root, 'file'), '');
    expect((await refused('sweeps.save', id, join(root, 'file'))).code).toBe('storage');
    // Why runs failed is still known to the next start of the program.
    await bench.close();
    await bench.open();
    expect(await call('sweeps.show', id)).toMatchObject({ done: 2, failed: 2 });
  }, 240_000);

  it('leave other folders alone', async () => {
    const folder = join(dataFolder, 'sweeps');
    mkdirSync(join(folder, 'deadbeef'));
    writeFileSync(join(folder, 'deadbeef', 'plan.json'), '{"name": "of another version"}');
    mkdirSync(join(folder, 'something'));
    expect((await call('sweeps.list')).map((one) => one.name).sort()).toEqual(['Another', 'Begun here']);
    for (const wrong of ['deadbeef', '00000000'])
      expect((await refused('sweeps.show', wrong)).message).toContain(`There is no sweep ${wrong}`);
    expect(existsSync(join(folder, 'deadbeef', 'plan.json'))).toBe(true);
  });

  it('go on with a data set that was given another name', async () => {
    const [tiny] = (await call('datasets.list')).filter(({ name }) => name === 'Tiny');
    await call('datasets.rename', tiny!.id, 'Renamed');
    expect(await call('sweeps.check', PLAN)).toMatchObject({ id, done: 2 });
    expect((await call('sweeps.show', id)).datasets).toEqual([tiny!.id]);
    // One of that name that comes later is not what the plan meant.
    const into = join(dataFolder, 'datasets');
    await createSample({ into, seed: 2, trainPerClass: 30, testPerClass: 4, size: 16, name: 'Tiny' });
    await bench.close();
    await bench.open();
    const through = next((event) => event.id === id && event.activity === null);
    await call('sweeps.resume', id);
    expect((await through).error).toBeNull();
    const { done, runs } = await call('sweeps.show', id);
    expect(done).toBe(2);
    expect(runs[3]!.problem).toContain('there are only 10 of the target class');
    expect((await call('sweeps.check', { ...PLAN, seeds: [3] })).id).not.toBe(id);
  }, 120_000);

  it('are deleted, with their experiments or without', async () => {
    const folder = join(dataFolder, 'sweeps', id);
    const done = (await call('sweeps.show', id)).runs.slice(0, 2).map(({ experiment }) => experiment!);
    const trashed = () =>
      Promise.all(done.map(async (experiment) => (await call('experiments.show', experiment)).trashed));
    const begun = next((event) => event.id === id && event.activity !== null);
    const through = next((event) => event.id === id && event.activity === null);
    await call('sweeps.resume', id);
    await begun;
    expect((await refused('sweeps.remove', id, false)).code).toBe('busy');
    await call('sweeps.stop', id);
    await through;

    const copies = (await call('datasets.list')).length;
    expect(await call('sweeps.remove', id, false)).toEqual({ experiments: 0 });
    expect(existsSync(folder)).toBe(false);
    expect((await refused('sweeps.show', id)).code).toBe('not-found');
    expect(await trashed()).toEqual([false, false]);
    // The same plan may mean other data by now: what was trained is none of its runs.
    expect(await call('sweeps.check', PLAN)).toMatchObject({ id, done: 0 });

    const first = next((event) => event.id === id && event.activity?.experiment != null);
    const ended = next((event) => event.id === id && event.activity === null);
    await call('sweeps.start', PLAN);
    done.push((await first).activity!.experiment!);
    await call('sweeps.stop', id);
    await ended;
    expect(await call('sweeps.remove', id, true)).toEqual({ experiments: 1 });
    expect(await trashed()).toEqual([false, false, true]);
    expect((await call('datasets.list')).length).toBe(copies + 1);
    expect((await call('sweeps.list')).map(({ name }) => name)).toEqual(['Another']);
  }, 120_000);

  it('a changed plan is another sweep, the same plan the same', async () => {
    const written = JSON.parse(JSON.stringify(PLAN)) as Plan;
    expect((await call('sweeps.check', written)).id).toBe(id);
    expect((await call('sweeps.check', { ...PLAN, seeds: [3] })).id).not.toBe(id);
  });
});
