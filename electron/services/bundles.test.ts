import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openPromise } from 'yauzl';
import type { ErrorCode } from '../../shared/contract/errors.ts';
import { excerptTables } from '../history/excerpt.ts';
import { exportBundle, openBundle, previewBundle } from './bundles.ts';
import { removeDataset } from './datasets.ts';
import { createExperiment, showExperiment, trashExperiment } from './experiments.ts';
import { canMount, sampleIn, TrainedBench } from './fixtures/trained.ts';
import { runExperiment } from './run.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

let bench: TrainedBench;
let id: string;
let whole: string;

beforeAll(async () => {
  bench = await TrainedBench.create();
  ({ id } = bench);
  bench.ws.history.notes.add(id, '2026-01-01T00:00:00.000Z', 'looked at it');
  bench.ws.history.tags.add(id, 'first');
  whole = bench.free('whole.theriac');
  await exportBundle(bench.ws, id, { to: whole, withDataset: true });
}, 120_000);

afterEach(() => bench.closeOthers());

afterAll(() => bench.dispose());

/** Everything the history knows of an experiment, without what belongs to a computer. */
function rows(db: Database.Database, experimentId: string) {
  const local = new Set(['owner_pid', 'owner_start', 'trainer_pid', 'trainer_start']);
  return Object.fromEntries(
    excerptTables(db).map(({ name, columns, scope }) => {
      const list = columns.filter((column) => !local.has(column)).join(', ');
      const where = scope.of === 'dataset' ? '1' : `${scope.column} = '${experimentId}'`;
      return [name, db.prepare(`SELECT ${list} FROM ${name} WHERE ${where} ORDER BY ${list}`).raw().all()];
    }),
  );
}

function sums(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex'),
      ]),
  );
}

async function members(file: string): Promise<Map<string, Buffer>> {
  const zip = await openPromise(file, { autoClose: false });
  const found = new Map<string, Buffer>();
  for await (const entry of zip.eachEntry()) {
    found.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)));
  }
  zip.close();
  return found;
}

describe('a bundle', () => {
  test('moved to an empty data folder shows the same experiment, bit for bit', async () => {
    const other = await bench.empty();
    expect(await previewBundle(other, whole)).toMatchObject({
      experiment: { id },
      dataset: { name: 'Tiny', included: true },
      known: null,
      datasetHere: false,
    });
    const progress: number[] = [];
    await openBundle(other, whole, { onProgress: ({ done, total }) => progress.push(done / total) });
    expect(progress.at(-1)).toBe(1);
    expect(rows(other.history.db, id)).toEqual(rows(bench.ws.history.db, id));
    expect(sums(join(other.folder.experiments, id))).toEqual(sums(join(bench.ws.folder.experiments, id)));
    const { datasetId } = other.history.experiments.get(id)!;
    expect(sums(join(other.folder.datasets, datasetId))).toEqual(
      sums(join(bench.ws.folder.datasets, datasetId)),
    );
    expect(await showExperiment(other, id)).toMatchObject({ notes: ['looked at it'] });
    expect(await previewBundle(other, whole)).toMatchObject({ known: 'here', datasetHere: true });
    trashExperiment(other, id);
    expect(await previewBundle(other, whole)).toMatchObject({ known: 'in-trash' });
    await expect(openBundle(other, whole)).rejects.toMatchObject({ code: 'usage' });
  });

  test('of a stopped run goes on elsewhere and ends as it would have here', { timeout: 60_000 }, async () => {
    const stopped = bench.experiment({ naiveEpochs: '6' });
    const stop = new AbortController();
    const run = runExperiment(bench.ws, stopped.id, {
      stop: stop.signal,
      onMessage: (message) => {
        if (message.type === 'epoch' && message.metrics.epoch === 2) stop.abort();
      },
    });
    await expect(run).rejects.toMatchObject({ code: 'cancelled' });
    const file = join(bench.root, 'stopped.theriac');
    await exportBundle(bench.ws, stopped.id, { to: file, withDataset: true });
    const other = await bench.empty();
    await openBundle(other, file);
    expect(other.history.experiments.get(stopped.id)!.state).toBe('cancelled');
    const [here, there] = [await runExperiment(bench.ws, stopped.id), await runExperiment(other, stopped.id)];
    expect([here.state, there.state]).toEqual(['done', 'done']);
    const weights = (one: Workspace) => sums(join(one.folder.experiments, stopped.id))['abl.safetensors'];
    expect(weights(other)).toBe(weights(bench.ws));
  });

  test('without images can be looked at, and uses the same images where they are', async () => {
    const file = join(bench.root, 'bare.theriac');
    await exportBundle(bench.ws, id, { to: file, withDataset: false });
    expect([...(await members(file)).keys()].filter((name) => name.startsWith('dataset/'))).toEqual([]);
    const other = await bench.empty();
    await openBundle(other, file);
    expect(other.history.experiments.get(id)).toMatchObject({ state: 'done', tags: ['first'] });
    expect(other.history.datasets.list()).toEqual([]);
    const third = await bench.empty();
    const mine = await sampleIn(third, 'Mine');
    third.history.datasets.add(mine);
    await openBundle(third, file);
    expect(third.history.experiments.get(id)!.datasetId).toBe(mine.id);
    expect(third.history.datasets.list({ removed: true })).toHaveLength(1);
  });

  test('brings images back that were removed', async () => {
    const other = await bench.empty();
    await openBundle(other, whole);
    const { datasetId } = other.history.experiments.get(id)!;
    const second = createExperiment(other, {
      dataset: datasetId,
      preset: 'quick',
      set: {},
      methods: ['naive'],
      engine: 'auto',
      seed: 1,
      tags: [],
    });
    other.history.experiments.delete(id);
    await removeDataset(other, datasetId, { force: true });
    await openBundle(other, whole);
    expect(other.history.datasets.list().map(({ manifest }) => manifest.id)).toEqual([datasetId]);
    expect(other.history.experiments.get(second.id)!.datasetId).toBe(datasetId);
  });
});

describe('an export is refused', () => {
  const refusal = async (to: string, code: ErrorCode, message: RegExp) => {
    await expect(exportBundle(bench.ws, id, { to, withDataset: true })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  };

  test('where the file exists, in the data folder, and where there is no folder', async () => {
    const taken = join(bench.root, 'taken.theriac');
    writeFileSync(taken, 'precious');
    await refusal(taken, 'usage', /exists already/);
    expect(readFileSync(taken, 'utf8')).toBe('precious');
    await refusal(join(bench.ws.folder.path, 'x.theriac'), 'usage', /data folder/);
    symlinkSync(bench.ws.folder.experiments, join(bench.root, 'link'));
    await refusal(join(bench.root, 'link', 'x.theriac'), 'usage', /data folder/);
    await refusal(join(bench.root, 'nowhere', 'x.theriac'), 'storage', /does not exist/);
    await refusal(join(taken, 'x.theriac'), 'storage', /is a file, not a folder/);
    expect(readdirSync(bench.root).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('while the experiment runs', async () => {
    const { id: running } = bench.experiment();
    bench.ws.history.experiments.claim(running, { pid: process.pid, start: 'unknown' }, '2026-01-01');
    const to = join(bench.root, 'running.theriac');
    await expect(exportBundle(bench.ws, running, { to, withDataset: true })).rejects.toMatchObject({
      code: 'busy',
    });
    bench.ws.history.experiments.end(running, { state: 'cancelled', at: '2026-01-01' });
    expect(existsSync(to)).toBe(false);
  });

  test('when it is cancelled', async () => {
    const stop = new AbortController();
    const to = join(bench.root, 'cancelled.theriac');
    const run = exportBundle(
      bench.ws,
      id,
      { to, withDataset: true },
      { signal: stop.signal, onProgress: () => stop.abort() },
    );
    await expect(run).rejects.toMatchObject({ code: 'cancelled' });
    expect(existsSync(to)).toBe(false);
    expect(readdirSync(bench.root).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test.skipIf(!canMount())('on a full and on a read-only disk', async () => {
    const disk = join(bench.root, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', disk]);
    try {
      await refusal(join(disk, 'x.theriac'), 'storage', /disk is full/);
      expect(readdirSync(disk)).toEqual([]);
      execFileSync('mount', ['-o', 'remount,ro', disk]);
      await refusal(join(disk, 'x.theriac'), 'storage', /read-only disk/);
    } finally {
      execFileSync('umount', [disk]);
    }
  });

  test.skipIf(!canMount())('and so is opening one where there is no room', async () => {
    const disk = join(bench.root, 'small');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=700k', 'tmpfs', disk]);
    const other = await openWorkspace(disk);
    try {
      await expect(openBundle(other, whole)).rejects.toMatchObject({ code: 'storage' });
      expect(readdirSync(other.folder.experiments)).toEqual([]);
      expect(readdirSync(other.folder.datasets)).toEqual([]);
    } finally {
      other.close();
      execFileSync('umount', [disk]);
    }
  });
});
