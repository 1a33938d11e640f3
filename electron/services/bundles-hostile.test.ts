import { createHash } from 'node:crypto';
import { createWriteStream, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openPromise } from 'yauzl';
import { ZipFile } from 'yazl';
import type { ErrorCode } from '../../shared/contract/errors.ts';
import { BUNDLE_FORMAT, HISTORY_NAME, MANIFEST_NAME, type BundleManifest } from '../exports/bundle/format.ts';
import { SCHEMA_VERSION } from '../history/migrations/index.ts';
import { exportBundle, openBundle } from './bundles.ts';
import { TrainedBench } from './fixtures/trained.ts';

let bench: TrainedBench;
let whole: string;

beforeAll(async () => {
  bench = await TrainedBench.create();
  bench.ws.history.tags.add(bench.id, 'first');
  whole = bench.free('whole.theriac');
  await exportBundle(bench.ws, bench.id, { to: whole, withDataset: true });
}, 120_000);

afterEach(() => bench.closeOthers());

afterAll(() => bench.dispose());

async function members(file: string): Promise<Map<string, Buffer>> {
  const zip = await openPromise(file, { autoClose: false });
  const found = new Map<string, Buffer>();
  for await (const entry of zip.eachEntry()) {
    found.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)));
  }
  zip.close();
  return found;
}

/** A bundle like the whole one, but for a change. @param resum whether the manifest is made to fit */
async function altered(change: (all: Map<string, Buffer>) => void, resum = true): Promise<string> {
  const all = await members(whole);
  change(all);
  if (resum && all.has(MANIFEST_NAME)) {
    const manifest = JSON.parse(all.get(MANIFEST_NAME)!.toString()) as BundleManifest;
    manifest.members = Object.fromEntries(
      [...all]
        .filter(([name]) => name !== MANIFEST_NAME)
        .map(([name, body]) => [
          name,
          { bytes: body.length, sha256: createHash('sha256').update(body).digest('hex') },
        ]),
    );
    all.set(MANIFEST_NAME, Buffer.from(JSON.stringify(manifest)));
  }
  return zipOf(all);
}

async function zipOf(all: Map<string, Buffer>): Promise<string> {
  const file = bench.free('altered.theriac');
  const zip = new ZipFile();
  for (const [name, body] of all) zip.addBuffer(body, name);
  zip.end();
  await pipeline(zip.outputStream as Readable, createWriteStream(file));
  return file;
}

function manifestChanged(change: (manifest: BundleManifest) => void): Promise<string> {
  return altered((all) => {
    const manifest = JSON.parse(all.get(MANIFEST_NAME)!.toString()) as BundleManifest;
    change(manifest);
    all.set(MANIFEST_NAME, Buffer.from(JSON.stringify(manifest)));
  }, false);
}

function historyChanged(change: (db: Database.Database) => void): Promise<string> {
  return altered((all) => {
    const db = new Database(all.get(HISTORY_NAME));
    change(db);
    all.set(HISTORY_NAME, db.serialize());
    db.close();
  });
}

/** Opening is refused, and nothing of it stays. */
async function refused(file: string, code: ErrorCode, message: RegExp): Promise<void> {
  const other = await bench.empty();
  await expect(openBundle(other, file)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
  expect(other.history.experiments.list()).toEqual([]);
  expect(other.history.datasets.list({ removed: true })).toEqual([]);
  expect(readdirSync(other.folder.experiments)).toEqual([]);
  expect(readdirSync(other.folder.datasets)).toEqual([]);
}

describe('a bundle that cannot be used is refused, and nothing stays', () => {
  test('no bundle at all', async () => {
    const text = join(bench.root, 'letter.theriac');
    writeFileSync(text, 'Dear Sir');
    await refused(text, 'bad-input', /is no bundle of Theriac/);
    await refused(join(bench.root, 'nowhere.theriac'), 'not-found', /nowhere/);
    await refused(bench.root, 'bad-input', /folder/);
    await refused(
      await zipOf(new Map([['dataset/a', Buffer.from('x')]])),
      'bad-input',
      /not made by Theriac/,
    );
  });

  test('truncated anywhere', async () => {
    const { length } = readFileSync(whole);
    for (const share of [0.2, 0.9, 0.999]) {
      const cut = await altered(() => undefined);
      truncateSync(cut, Math.floor(length * share));
      await refused(cut, 'bad-input', /end is missing|truncated/);
    }
  });

  test('from a newer version', async () => {
    await refused(await manifestChanged((m) => (m.format = BUNDLE_FORMAT + 1)), 'bad-input', /newer version/);
    await refused(
      await manifestChanged((m) => (m.schemaVersion = SCHEMA_VERSION + 1)),
      'bad-input',
      /newer version/,
    );
    const sly = await historyChanged((db) => db.pragma(`user_version = ${SCHEMA_VERSION + 1}`));
    await refused(sly, 'bad-input', /version/);
  });

  test('with a member that was changed, is missing, or does not belong there', async () => {
    const flip = (all: Map<string, Buffer>, name: string) => {
      const body = Buffer.from(all.get(name)!);
      body[body.length >> 1]! ^= 1;
      all.set(name, body);
    };
    const changed = await altered((all) => flip(all, 'dataset/train.images'), false);
    await refused(changed, 'bad-input', /train\.images in it is not what it was/);
    // With sums that fit, the data set's own hash tells.
    const sly = await altered((all) => flip(all, 'dataset/train.images'));
    await refused(sly, 'bad-input', /its data set is damaged/);
    await refused(
      await altered((all) => all.delete('dataset/train.images')),
      'bad-input',
      /data set is damaged/,
    );
    await refused(
      await altered((all) => all.delete('experiment/losses.f32')),
      'bad-input',
      /losses.f32 is missing/,
    );
    await refused(
      await altered((all) => all.delete('experiment/losses.f32'), false),
      'bad-input',
      /is missing/,
    );
    for (const name of ['evil.sh', 'dataset/.hidden', 'dataset/a/b', 'experiments/x']) {
      await refused(await altered((all) => all.set(name, Buffer.from('x'))), 'bad-input', /does not belong/);
    }
    await refused(
      await altered((all) => all.set('dataset/more.bin', Buffer.from('x')), false),
      'bad-input',
      /does not list/,
    );
  });

  test('with paths that lead out of it', async () => {
    const plain = await altered((all) => all.set('experiment/AAAAAAAA', Buffer.from('x')));
    const bytes = readFileSync(plain);
    for (const path of ['../../../evil.txt', '/etc/cron.d/evilxx']) {
      const hostile = Buffer.from(
        bytes.toString('latin1').replaceAll('experiment/AAAAAAAA', path.padEnd(19, 'x').slice(0, 19)),
        'latin1',
      );
      const file = join(bench.root, `hostile-${path.length}.theriac`);
      writeFileSync(file, hostile);
      await refused(file, 'bad-input', /cannot be opened/);
    }
  });

  test('that announces or holds more than it should', async () => {
    const huge = await manifestChanged((m) => (m.members['dataset/train.images']!.bytes = 2 ** 52));
    await refused(huge, 'bad-input', /another size/);
    const many = new Map(Array.from({ length: 1001 }, (_, i) => [`dataset/f${i}`, Buffer.alloc(0)] as const));
    await refused(await zipOf(many), 'bad-input', /1001 files/);
    // Announced by the zip itself too: far more than any disk.
    const bytes = readFileSync(whole);
    const { length } = (await members(whole)).get('dataset/train.images')!;
    const [small, large] = [Buffer.alloc(4), Buffer.alloc(4)];
    small.writeUInt32LE(length);
    large.writeUInt32LE(0xfffffff0);
    const at = bytes.lastIndexOf(small);
    expect(at).toBeGreaterThan(0);
    large.copy(bytes, at);
    const lying = join(bench.root, 'lying.theriac');
    writeFileSync(lying, bytes);
    await refused(lying, 'bad-input', /another size/);
  });

  test('with a history that is not one of ours', async () => {
    const refuse = async (change: (db: Database.Database) => void, message: RegExp) =>
      refused(await historyChanged(change), 'bad-input', message);
    await refuse(
      (db) => db.exec(`CREATE TRIGGER evil AFTER INSERT ON tags BEGIN DELETE FROM experiments; END`),
      /not laid out/,
    );
    await refuse((db) => db.exec('CREATE VIEW v AS SELECT 1'), /not laid out/);
    await refuse((db) => db.exec('ALTER TABLE tags RENAME TO labels'), /not laid out/);
    await refuse((db) => db.exec(`UPDATE weights SET file = '../../secret'`), /file outside/);
    await refuse((db) => db.exec(`UPDATE isolations SET loss_file = '/etc/passwd'`), /file outside/);
    await refuse((db) => db.exec(`UPDATE isolated_examples SET example = 100000 + rank`), /does not have/);
    await refuse(
      (db) => db.exec(`INSERT INTO marks SELECT id, 0, 999999, 'poison' FROM experiments`),
      /marks examples/,
    );
    await refuse((db) => db.exec(`UPDATE epochs SET accuracy = 7`), /cannot be understood/);
    await refuse((db) => db.exec(`UPDATE verdicts SET reasons = '{"a":1}'`), /cannot be understood/);
    await refuse((db) => db.exec(`UPDATE experiments SET dataset_hash = 'x'`), /other images/);
    await refuse(
      (db) => db.exec(`PRAGMA foreign_keys = OFF; UPDATE tags SET experiment_id = 'another'`),
      /another experiment/,
    );
    await refused(
      await altered((all) => all.set(HISTORY_NAME, Buffer.alloc(4096, 1))),
      'bad-input',
      /no database/,
    );
  });

  test('that is cancelled', async () => {
    const stop = new AbortController();
    const other = await bench.empty();
    const opening = openBundle(other, whole, { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(opening).rejects.toMatchObject({ code: 'cancelled' });
    expect(readdirSync(other.folder.experiments)).toEqual([]);
    expect(readdirSync(other.folder.datasets)).toEqual([]);
  });
});
