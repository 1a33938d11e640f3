import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Api, ExperimentDetail, Task } from '../../shared/contract/api.ts';
import type { ApiEvent } from '../../shared/contract/channels.ts';
import { importSource } from '../datasets/import.ts';
import { writePictures } from '../../tests/desktop/pictures.ts';
import { createApi, type HostApi } from './api.ts';
import { lossHistogram } from './api-suspects.ts';
import { UserSettingsFile } from './api-settings.ts';
import { ApiBench } from './fixtures/api-bench.ts';

let folder: string;
let pictures: string;
let api: HostApi;
let dataFolder: string;
let bench: ApiBench;
let events: ApiEvent[];
let call: ApiBench['call'];
let refused: ApiBench['refused'];
const next = (fits: (event: ApiEvent) => boolean) => bench.next(fits);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'theriac-api-'));
  pictures = await writePictures(join(folder, 'pictures'), 40);
  dataFolder = join(folder, 'data');
  bench = new ApiBench(dataFolder);
  await bench.open();
  ({ api, events, call, refused } = bench);
});

afterAll(async () => {
  await bench.close();
  rmSync(folder, { recursive: true, force: true });
});

async function finished(start: () => Promise<Task>): Promise<Task> {
  const before = events.length;
  const { id } = await start();
  const ended = (event: ApiEvent) =>
    event.event === 'task' && event.value.id === id && event.value.state !== 'running';
  const found = events.slice(before).find(ended) ?? (await next(ended));
  return found.value as Task;
}

function state(id: string, ...states: string[]): Promise<ApiEvent> {
  return next(
    (event) => event.event === 'experiment' && event.value.id === id && states.includes(event.value.state),
  );
}

type Start = Parameters<Api['experiments.start']>[0];
const quick = (datasetId: string, overrides: Start['overrides'] = {}): Start => ({
  datasetId,
  preset: 'quick',
  overrides,
  methods: ['naive', 'abl'],
  engine: 'auto',
  seed: 1,
});

describe('sources', () => {
  test('are looked at without being imported', async () => {
    const preview = await call('datasets.preview', { source: pictures });
    expect(preview).toMatchObject({
      counts: { train: 121, test: 0, triggered: 0 },
      suggestedSize: 32,
      hasTruth: false,
      skippedCount: 1,
      sizes: [{ width: 32, height: 32 }],
    });
    expect(preview.classes).toEqual([
      { name: 'brick', count: 40 },
      { name: 'leaf', count: 41 },
      { name: 'slate', count: 40 },
    ]);
    expect(preview.skipped[0]!.path).toBe('leaf/broken.png');
    expect(preview.samples).toHaveLength(24);
    expect(Buffer.from(preview.samples[0]!.png).subarray(1, 4).toString()).toBe('PNG');
    expect(await call('datasets.list')).toEqual([]);
  });

  test('that are none are refused in plain words', async () => {
    const file = join(folder, 'letter.txt');
    writeFileSync(file, 'Dear Sir,\0');
    expect(await refused('datasets.preview', { source: file })).toMatchObject({ code: 'bad-input' });
    expect((await refused('datasets.preview', { source: join(folder, 'nowhere') })).message).toContain(
      'does not exist',
    );
  });

  test('that vanish between preview and import leave nothing behind', async () => {
    const gone = await writePictures(join(folder, 'gone'), 5);
    await call('datasets.preview', { source: gone });
    rmSync(gone, { recursive: true });
    const task = await finished(() => call('datasets.import', { source: gone }));
    expect(task).toMatchObject({ state: 'failed', error: { code: 'bad-input' }, datasetId: null });
    expect(await call('datasets.list')).toEqual([]);
  });

  test('can be given up while they are being imported', async () => {
    const task = await finished(async () => {
      const started = await call('datasets.import', { source: pictures });
      await call('tasks.cancel', started.id);
      return started;
    });
    expect(task).toMatchObject({ state: 'cancelled', error: { code: 'cancelled' } });
    expect(await call('datasets.list')).toEqual([]);
    expect((await refused('tasks.cancel', 'unknown')).code).toBe('not-found');
  });

  test('can be gone on with, or given up, where an import of them was stopped', async () => {
    const many = await writePictures(join(folder, 'many'), 120);
    const into = join(dataFolder, 'datasets');
    const stopped = async () => {
      const stop = new AbortController();
      const onProgress = ({ note }: { note: string }) => {
        if (note === 'Decoding images') stop.abort();
      };
      const work = importSource({ source: many, into, resume: true }, { onProgress, signal: stop.signal });
      await expect(work).rejects.toMatchObject({ code: 'cancelled' });
    };
    await stopped();
    const [left] = await call('datasets.unfinished');
    expect(left).toMatchObject({ name: 'many', source: many });
    await call('datasets.discardImport', left!.id);
    expect(await call('datasets.unfinished')).toEqual([]);
    expect((await refused('datasets.resumeImport', left!.id)).code).toBe('not-found');
    await stopped();
    const [again] = await call('datasets.unfinished');
    const done = await finished(() => call('datasets.resumeImport', again!.id));
    expect(done).toMatchObject({ state: 'done', datasetId: expect.any(String) });
    expect(await call('datasets.unfinished')).toEqual([]);
    await call('datasets.remove', done.datasetId!, false);
  });
});

describe('the whole way', () => {
  let datasetId: string;
  let poisonedId: string;
  let experimentId: string;

  test('import, simulate an attack, look at the images', { timeout: 60_000 }, async () => {
    datasetId = (await finished(() => call('datasets.import', { source: pictures, name: 'Stones' })))
      .datasetId!;
    const detail = await call('datasets.show', datasetId);
    expect(detail).toMatchObject({
      name: 'Stones',
      counts: { train: 96, test: 24 },
      simulated: false,
      experiments: 0,
    });
    expect(detail.classCounts).toEqual([32, 32, 32]);
    expect(detail.bytes).toBeGreaterThan(120 * 32 * 32 * 3);
    const attack = { datasetId, attack: 'badnets', rate: 0.1, target: 1, seed: 1, parameters: {} };
    const pairs = await call('datasets.attackPreview', attack);
    expect(pairs!.count).toBe(6);
    expect(pairs!.triggered).toHaveLength(6 * 32 * 32 * 3);
    expect(Buffer.from(pairs!.triggered).equals(Buffer.from(pairs!.clean))).toBe(false);
    poisonedId = (await finished(() => call('datasets.attack', attack))).datasetId!;
    const all = await call('datasets.images', poisonedId, { split: 'train', offset: 90, limit: 10 });
    expect([all.total, all.indices]).toEqual([96, [90, 91, 92, 93, 94, 95]]);
    const poisoned = await call('datasets.images', poisonedId, {
      split: 'train',
      offset: 0,
      limit: 50,
      poisoned: true,
    });
    expect(poisoned.total).toBeGreaterThan(5);
    expect(poisoned.poisoned!.every(Boolean) && poisoned.labels.every((label) => label === 1)).toBe(true);
    expect(poisoned.images).toHaveLength(poisoned.indices.length * 32 * 32 * 3);
    // A filtered page shows the same pixels as the whole.
    const index = poisoned.indices[3]!;
    const single = await call('datasets.images', poisonedId, { split: 'train', offset: index, limit: 1 });
    expect(single.images).toEqual(poisoned.images.slice(3 * 3072, 4 * 3072));
    expect((await refused('datasets.attack', { ...attack, attack: 'none' })).code).toBe('usage');
    const broken = await finished(() => call('datasets.attack', { ...attack, target: 99 }));
    expect(broken).toMatchObject({ state: 'failed' });
  });

  test('previews of attacks that train a network are made once asked for, and can be given up', async () => {
    const quick = { 'surrogate-epochs': 1, steps: 2 };
    const wanted = (attack: string, parameters = {}) => ({
      ...{ datasetId, attack, rate: 0.1, target: 1, seed: 1 },
      parameters: { ...quick, ...parameters },
    });
    const patch = wanted('latent');
    expect(await call('datasets.attackPreview', patch)).toBeNull();
    const given = await finished(async () => {
      const started = await call('datasets.prepareAttackPreview', patch);
      await call('tasks.cancel', started.id);
      return started;
    });
    expect(given.state).toBe('cancelled');
    expect(await call('datasets.attackPreview', patch)).toBeNull();

    for (const one of [patch, wanted('label-consistent'), wanted('feature-collision', { instances: 2 })]) {
      const task = await finished(() => call('datasets.prepareAttackPreview', one));
      expect(task, task.error?.message).toMatchObject({ kind: 'preview', state: 'done', datasetId: null });
      const pairs = (await call('datasets.attackPreview', { ...one, name: 'Called otherwise' }))!;
      expect(pairs.count).toBe(6);
      expect(pairs.triggered).toHaveLength(6 * 32 * 32 * 3);
      for (let i = 0; i < 6; i++) {
        const image = (set: Uint8Array) => Buffer.from(set.subarray(i * 3072, (i + 1) * 3072));
        expect(image(pairs.triggered).equals(image(pairs.clean))).toBe(false);
      }
    }
    // One network served all three.
    expect(readdirSync(join(dataFolder, 'surrogates'))).toHaveLength(1);
    expect(
      (await finished(() => call('datasets.prepareAttackPreview', wanted('latent', { size: 60 })))).error,
    ).toMatchObject({ code: 'usage' });
  }, 120_000);

  test('one run at a time; a waiting one can be taken out', { timeout: 90_000 }, async () => {
    const first = await call('experiments.start', quick(poisonedId, { naiveEpochs: 2000 }));
    await next((event) => event.event === 'progress' && event.value.experimentId === first.id);
    const second = await call('experiments.start', quick(poisonedId));
    expect(api.training).toBe(first.id);
    expect(await call('experiments.show', second.id)).toMatchObject({ state: 'queued' });
    expect((await call('experiments.show', first.id)).progress).toMatchObject({
      method: 'naive',
      stage: 'train',
    });
    expect((await refused('experiments.trash', second.id)).code).toBe('busy');
    expect((await refused('engine.test')).code).toBe('busy');
    expect((await refused('backup.restore', join(folder, 'x.tar'))).code).toBe('busy');
    expect((await refused('datasets.remove', poisonedId, true)).code).toBe('busy');
    await call('experiments.stop', second.id);
    expect(await call('experiments.show', second.id)).toMatchObject({ state: 'cancelled' });
    const stopped = state(first.id, 'cancelled');
    await call('experiments.stop', first.id);
    await stopped;
    expect(api.training).toBeNull();
    expect((await refused('experiments.stop', first.id)).code).toBe('usage');
    await call('experiments.trash', first.id);
    expect((await refused('experiments.resume', first.id)).code).toBe('usage');
    expect((await refused('experiments.purge', second.id)).code).toBe('usage');
    expect((await call('experiments.purge', first.id)).freedBytes).toBeGreaterThan(1000);
    expect((await refused('experiments.show', first.id)).code).toBe('not-found');
    experimentId = second.id;
  });

  test('run, and what it says about single images', { timeout: 90_000 }, async () => {
    const done = state(experimentId, 'done', 'failed', 'interrupted');
    await call('experiments.resume', experimentId);
    await done;
    const detail: ExperimentDetail = await call('experiments.show', experimentId);
    expect(detail).toMatchObject({
      state: 'done',
      error: null,
      progress: null,
      target: 1,
      datasetId: poisonedId,
    });
    expect(detail.naive!.ca).toBeGreaterThan(0.9);
    expect(detail.evaluations.map(({ method, moment }) => `${method} ${moment}`)).toContain('abl final');
    expect(detail.epochs.length).toBeGreaterThan(20);
    expect(detail.fullVerdict).not.toBeNull();

    const page = await call('experiments.suspects', experimentId, { offset: 1, limit: 2 });
    expect(page.suspects.map(({ rank }) => rank)).toEqual([2, 3]);
    expect(page.images).toHaveLength(2 * 32 * 32 * 3);
    const bars = await call('experiments.histogram', experimentId);
    const sum = (counts: number[]) => counts.reduce((a, b) => a + b, 0);
    expect(bars.edges).toHaveLength(bars.all.length + 1);
    expect([sum(bars.all), sum(bars.isolated)]).toEqual([96, page.total]);
    expect(bars.poisoned!.every((count, i) => count <= bars.all[i]!)).toBe(true);

    const answers = await call('experiments.answers', experimentId, { split: 'test', index: 0 });
    expect(answers.map(({ method }) => method)).toEqual(['naive', 'abl']);
    for (const { predicted, probabilities } of answers) {
      expect(sum(probabilities)).toBeCloseTo(1, 4);
      expect(probabilities[predicted]).toBe(Math.max(...probabilities));
    }
    const [naive] = await call(
      'experiments.answersForFile',
      experimentId,
      join(pictures, 'slate', '000.png'),
    );
    expect(detail.classes[naive!.predicted]).toBe('slate');
    expect(
      await refused('experiments.answersForFile', experimentId, join(pictures, 'leaf', 'broken.png')),
    ).toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining('broken.png'),
    });
    expect((await refused('experiments.answers', experimentId, { split: 'test', index: 999 })).code).toBe(
      'not-found',
    );
    const csv = join(folder, 'suspects.csv');
    expect(await call('experiments.suspectsCsv', experimentId, csv, null)).toEqual({ rows: page.total });
    expect(readFileSync(csv, 'utf8').trim().split('\n')).toHaveLength(page.total + 1);
    expect(
      (await refused('experiments.suspectsCsv', experimentId, join(folder, 'no', 'x.csv'), null)).code,
    ).toBe('storage');
  });

  test('a run with an analyst’s marks leaves out what is marked poison and keeps what is marked clean', async () => {
    const { suspects } = await call('experiments.suspects', experimentId, { offset: 0, limit: 1000 });
    const isolated = suspects.map(({ index }) => index);
    const other = [...Array(100).keys()].find((index) => !isolated.includes(index))!;
    const mark = { ...quick(poisonedId), methods: ['abl' as const], marksFrom: experimentId };
    expect((await refused('experiments.start', mark)).code).toBe('usage');
    await call('experiments.mark', experimentId, [isolated[0]!], 'clean');
    await call('experiments.mark', experimentId, [other], 'poison');
    expect((await refused('experiments.mark', experimentId, [99_999], 'poison')).code).toBe('not-found');
    const { id } = await call('experiments.start', mark);
    await state(id, 'done');
    const again = await call('experiments.suspects', id, { offset: 0, limit: 1000 });
    const left = again.suspects.map(({ index }) => index);
    expect(left).toContain(other);
    expect(left).not.toContain(isolated[0]);
    expect((await call('experiments.show', id)).givenMarks).toBe(2);
    const ranking = await call('experiments.ranking', id);
    expect(ranking.losses).toEqual(again.suspects.map(({ loss }) => loss));
    const two = join(folder, 'two.csv');
    expect(await call('experiments.suspectsCsv', experimentId, two, 2)).toEqual({ rows: 2 });
    expect(readFileSync(two, 'utf8')).toMatch(/mark\n.*clean\n/);
    await call('experiments.mark', experimentId, [isolated[0]!, other], null);
    expect(await call('experiments.marks', experimentId)).toEqual([]);
    await call('experiments.trash', id);
    await call('experiments.purge', id);
  });

  test('estimates rest on what ran here', async () => {
    const estimate = await call('experiments.estimate', quick(poisonedId));
    const twice = await call('experiments.estimate', quick(poisonedId, { naiveEpochs: 60 }));
    expect(estimate.seconds).toBeGreaterThan(0);
    expect(twice.seconds).toBeGreaterThan(estimate.seconds!);
    const other = await call('experiments.estimate', { ...quick(poisonedId), preset: 'standard' });
    expect(other.seconds).toBeNull();
  });

  test('history: search, tags, notes, trash', async () => {
    await call('experiments.edit', experimentId, {
      name: 'Ann’s 100 % check',
      note: 'looks poisoned',
      tags: ['signs', 'may'],
    });
    const find = async (text: string) =>
      (await call('experiments.list', { text, offset: 0, limit: 10 })).total;
    expect(await find('ann check')).toBe(1);
    expect(await find('100 %')).toBe(1);
    expect(await find('POISONED badnets may')).toBe(1);
    expect(await find('nothing like it')).toBe(0);
    expect(await find("'; DROP TABLE experiments; --")).toBe(0);
    const { experiments } = await call('experiments.list', {
      tag: 'signs',
      sort: 'abl-ca',
      offset: 0,
      limit: 10,
    });
    expect(experiments[0]).toMatchObject({
      name: 'Ann’s 100 % check',
      note: 'looks poisoned',
      tags: ['may', 'signs'],
    });
    await call('experiments.edit', experimentId, { note: '', tags: [] });
    expect(await call('experiments.show', experimentId)).toMatchObject({
      note: '',
      tags: [],
      name: 'Ann’s 100 % check',
    });
    await call('experiments.trash', experimentId);
    expect((await call('experiments.list', { offset: 0, limit: 10 })).total).toBe(0);
    expect((await call('experiments.list', { trashed: true, offset: 0, limit: 10 })).total).toBe(1);
    await call('experiments.restore', experimentId);
  });

  test('backup and restore', { timeout: 30_000 }, async () => {
    const file = join(folder, 'all.backup');
    expect(await finished(() => call('backup.create', file))).toMatchObject({ state: 'done' });
    await call('datasets.rename', poisonedId, 'Renamed');
    expect((await call('datasets.list')).map(({ name }) => name)).toContain('Renamed');
    await call('app.changeSettings', { theme: 'dark' });
    const damaged = join(folder, 'damaged.backup');
    copyFileSync(file, damaged);
    writeFileSync(damaged, readFileSync(file).subarray(0, 20_000));
    expect(await finished(() => call('backup.restore', damaged))).toMatchObject({ state: 'failed' });
    expect((await call('datasets.list')).map(({ name }) => name)).toContain('Renamed');
    expect(await finished(() => call('backup.restore', file))).toMatchObject({ state: 'done', error: null });
    expect((await call('datasets.list')).map(({ name }) => name)).not.toContain('Renamed');
    expect(await call('experiments.show', experimentId)).toMatchObject({ state: 'done' });
    expect(
      (await call('datasets.images', poisonedId, { split: 'test', offset: 0, limit: 5 })).labels,
    ).toHaveLength(5);
    // The user's choices are no part of a backup.
    expect(new UserSettingsFile(dataFolder).get().theme).toBe('dark');
  });

  test('a data set goes with its experiments only if that was meant', async () => {
    expect((await refused('datasets.remove', poisonedId, false)).code).toBe('busy');
    await call('datasets.remove', poisonedId, true);
    expect((await refused('datasets.show', poisonedId)).code).toBe('not-found');
    expect((await refused('experiments.show', experimentId)).code).toBe('not-found');
    await call('datasets.remove', datasetId, false);
    expect(await call('datasets.list')).toEqual([]);
  });
});

test('another program’s changes are told', async () => {
  const other = new Database(join(dataFolder, 'history.db'));
  const told = next((event) => event.event === 'changed');
  other.exec('CREATE TABLE foreign_mark (x)');
  await told;
  other.exec('DROP TABLE foreign_mark');
  other.close();
});

test('a bug gets a reference that the log knows', async () => {
  const broken = join(folder, 'broken');
  const own = await createApi({ dataFolder: broken, host: 'browser' });
  const other = new Database(join(broken, 'history.db'));
  other.exec('ALTER TABLE tags RENAME TO lost');
  other.close();
  const reply = await own.call('experiments.list', [{ offset: 0, limit: 1 }]);
  await own.close();
  expect(reply).toMatchObject({ ok: false, error: { code: 'run-failed' } });
  const message = reply.ok ? '' : reply.error.message;
  const reference = /reference ([0-9a-f]{8})/.exec(message)![1]!;
  expect(message).not.toContain('tags');
  expect(readFileSync(join(broken, 'logs', 'host.log'), 'utf8')).toContain(reference);
});

test('settings that are written at once end as the last', async () => {
  const file = new UserSettingsFile(folder);
  await Promise.all((['light', 'dark', 'system', 'light'] as const).map((theme) => file.change({ theme })));
  expect(new UserSettingsFile(folder).get().theme).toBe('light');
  expect(new UserSettingsFile(folder).notice).toBeNull();
});

test('histograms of odd losses', () => {
  const none = new Set<number>();
  const flat = lossHistogram(Float32Array.of(0.5, 0.5, NaN), null, none, 0.5);
  expect(flat.all.reduce((a, b) => a + b)).toBe(2);
  expect(flat.edges.every((edge, i) => i === 0 || edge > flat.edges[i - 1]!)).toBe(true);
  const empty = lossHistogram(Float32Array.of(NaN), null, none, 0);
  expect(empty.all.reduce((a, b) => a + b)).toBe(0);
  const zeros = lossHistogram(Float32Array.of(0, 1e-30, 10), Uint8Array.of(1, 0, 0), new Set([0]), 0);
  expect([zeros.all[0], zeros.all.at(-1), zeros.poisoned![0], zeros.isolated[0]]).toEqual([2, 1, 1, 1]);
});
