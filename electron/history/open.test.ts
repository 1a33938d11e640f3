import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { epoch, experiment, manifest } from './fixtures/samples.ts';
import { SCHEMA_VERSION } from './migrations/index.ts';
import { openHistory } from './open.ts';
import { currentOwner, isAlive } from './owner.ts';
import { asStorageError } from './storage-errors.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'theriac-open-'));
  file = join(folder, 'history.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function refusal(action: () => unknown): ExpectedError {
  try {
    action();
  } catch (error) {
    if (error instanceof ExpectedError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

describe('opening the history', () => {
  it('creates it in WAL mode with foreign keys on, and finds everything again', () => {
    const first = openHistory(file);
    expect(first.db.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(first.db.pragma('foreign_keys', { simple: true })).toBe(1);
    first.datasets.add(manifest('d1'));
    first.close();
    const second = openHistory(file);
    expect(second.datasets.get('d1')?.manifest).toEqual(manifest('d1'));
    second.close();
  });

  it('refuses a file from a newer version, says which, and leaves it alone', () => {
    openHistory(file).close();
    const db = new Database(file);
    db.pragma(`user_version = ${SCHEMA_VERSION + 4}`);
    db.close();
    const before = readFileSync(file);
    const error = refusal(() => openHistory(file));
    expect(error.code).toBe('history');
    expect(error.message).toContain(`history version ${SCHEMA_VERSION + 4}`);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('refuses a file that is no database, and leaves it alone', () => {
    writeFileSync(file, 'Dear diary');
    expect(refusal(() => openHistory(file))).toMatchObject({
      code: 'history',
      message: expect.stringContaining('damaged'),
    });
    expect(readFileSync(file, 'utf8')).toBe('Dear diary');
  });

  it('refuses a database that lost its end', () => {
    const history = openHistory(file);
    history.datasets.add(manifest('d1'));
    history.close();
    truncateSync(file, statSync(file).size - 8192);
    expect(refusal(() => openHistory(file)).code).toBe('history');
  });

  it('refuses a database with a page overwritten', () => {
    const history = openHistory(file);
    history.datasets.add(manifest('d1'));
    history.experiments.add(experiment('e1', 'd1'));
    history.metrics.addEpochs(
      'e1',
      Array.from({ length: 2000 }, (_, i) => epoch(i + 1)),
    );
    history.close();
    const bytes = readFileSync(file);
    bytes.fill(0xa5, bytes.length - 3 * 4096, bytes.length - 4096);
    writeFileSync(file, bytes);
    expect(refusal(() => openHistory(file)).code).toBe('history');
  });

  it('says that the disk is full when it is', () => {
    const history = openHistory(file);
    history.datasets.add(manifest('d1'));
    history.experiments.add(experiment('e1', 'd1'));
    const pages = history.db.pragma('page_count', { simple: true }) as number;
    history.db.pragma(`max_page_count = ${pages}`);
    const write = () =>
      history.metrics.addEpochs(
        'e1',
        Array.from({ length: 5000 }, (_, i) => epoch(i + 1)),
      );
    let thrown: unknown;
    try {
      write();
    } catch (error) {
      thrown = asStorageError(error, 'the history');
    }
    expect(thrown).toMatchObject({ code: 'storage', message: expect.stringContaining('disk is full') });
    expect(history.metrics.epochs('e1')).toEqual([]);
    history.close();
  });

  it('says that it cannot be written where a file stands in place of the folder', () => {
    writeFileSync(join(folder, 'file'), '');
    const error = refusal(() => openHistory(join(folder, 'file', 'history.db')));
    expect(error.code).toBe('storage');
    expect(error.message).toContain(join(folder, 'file', 'history.db'));
  });
});

describe('two processes on one history', () => {
  let child: ChildProcess | undefined;
  afterEach(() => {
    child?.kill('SIGKILL');
  });

  async function holder(): Promise<ChildProcess> {
    child = fork(join(import.meta.dirname, 'fixtures', 'holder.ts'), [file, 'e1'], { execArgv: [] });
    const [message] = (await once(child, 'message')) as [{ claimed: boolean }];
    expect(message).toEqual({ claimed: true });
    return child;
  }

  it('both write; an experiment belongs to one; its owner’s death makes it interrupted', async () => {
    const history = openHistory(file);
    history.datasets.add(manifest('d1'));
    history.experiments.add(experiment('e1', 'd1'));
    const other = await holder();

    expect(history.experiments.claim('e1', currentOwner(), '2026-01-01')).toBe(false);
    const living = openHistory(file);
    expect(living.experiments.get('e1')).toMatchObject({ state: 'running', owner: { pid: other.pid } });
    living.close();

    history.tags.add('e1', 'from this process');
    other.send('tag');
    await once(other, 'message');
    expect(history.tags.of('e1')).toEqual(['from the other process', 'from this process']);

    const owner = history.experiments.get('e1')!.owner!;
    expect(isAlive(owner)).toBe(true);
    expect(isAlive({ ...owner, start: 'another start' })).toBe(false);
    other.kill('SIGKILL');
    await once(other, 'exit');
    expect(isAlive(owner)).toBe(false);
    history.close();

    const after = openHistory(file);
    expect(after.experiments.get('e1')).toMatchObject({
      state: 'interrupted',
      owner: null,
      error: { code: 'run-failed', message: expect.stringContaining('ended before') },
    });
    expect(after.experiments.claim('e1', currentOwner(), '2026-01-01')).toBe(true);
    after.close();
  });
});
