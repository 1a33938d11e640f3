import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { extract, pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../shared/contract/errors.ts';
import { CHECKSUMS_NAME, HEADER_NAME, isAllowedName } from './backup-format.ts';
import { backup } from './backup.ts';
import { epoch, experiment, manifest } from './fixtures/samples.ts';
import { openHistory, type History } from './open.ts';
import { currentOwner } from './owner.ts';
import { restore } from './restore.ts';

let root: string;
let data: string;
let history: History;
let file: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'theriac-backup-'));
  data = join(root, 'data');
  file = join(root, 'saved.tar');
  mkdirSync(join(data, 'datasets', 'd1'), { recursive: true });
  mkdirSync(join(data, 'experiments', 'e1'), { recursive: true });
  writeFileSync(join(data, 'datasets', 'd1', 'train.images'), Buffer.alloc(300_000, 7));
  writeFileSync(join(data, 'datasets', 'd1', 'empty'), '');
  writeFileSync(join(data, 'experiments', 'e1', 'naïve.weights'), 'weights');
  writeFileSync(join(data, 'experiments', '.draft'), 'half-written');
  mkdirSync(join(data, 'sweeps', '0a1b2c3d', 'slurm'), { recursive: true });
  writeFileSync(join(data, 'sweeps', '0a1b2c3d', 'plan.json'), '{}');
  writeFileSync(join(data, 'sweeps', '0a1b2c3d', 'slurm', 'job.json'), '{}');
  history = openHistory(join(data, 'history.db'));
  history.datasets.add(manifest('d1'));
  history.experiments.add(experiment('e1', 'd1'));
  history.metrics.addEpochs('e1', [epoch(1)]);
  history.experiments.claim('e1', currentOwner(), '2026-01-01');
});

afterEach(() => {
  history.close();
  rmSync(root, { recursive: true, force: true });
});

const save = () => backup(history, { folder: data, to: file, appVersion: '0.1.0' });

async function refused(
  code: ErrorCode,
  message: RegExp,
  options: { replace?: boolean; folder?: string } = {},
) {
  const folder = options.folder ?? join(root, 'new');
  await expect(restore({ from: file, folder, replace: options.replace })).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
  if (!options.folder) expect(existsSync(folder)).toBe(false);
  expect(readdirSync(root).filter((name) => name.startsWith('.'))).toEqual([]);
}

/** Writes the backup anew, each entry changed, dropped (null) or followed by others. */
async function rewrite(
  change: (name: string, body: Buffer) => Buffer | null,
  extra: { name: string; body?: string; type?: 'symlink'; linkname?: string }[] = [],
) {
  const entries: { name: string; body: Buffer }[] = [];
  const reader = extract();
  reader.on('entry', (header, stream, next) => {
    void buffer(stream as unknown as AsyncIterable<Buffer>).then((body) => {
      entries.push({ name: header.name, body });
      next();
    });
  });
  const finished = new Promise<void>((done) => reader.on('finish', () => done()));
  reader.end(readFileSync(file));
  await finished;
  const tar = pack();
  for (const { name, body } of entries) {
    if (name === CHECKSUMS_NAME) {
      for (const { body: text, ...header } of extra) tar.entry(header, text ?? '');
    }
    const changed = change(name, body);
    if (changed) tar.entry({ name }, changed);
  }
  tar.finalize();
  writeFileSync(file, await buffer(tar as unknown as AsyncIterable<Buffer>));
}

describe('backup and restore', () => {
  it('brings history, data sets, experiments and sweeps back; what was running is interrupted', async () => {
    const saved = await save();
    expect(saved.files).toBe(5);
    const folder = join(root, 'new', 'deeper');
    const restored = await restore({ from: file, folder });
    expect(restored).toMatchObject({ files: 5, bytes: saved.bytes, keptAside: null, appVersion: '0.1.0' });
    expect(
      readFileSync(join(folder, 'datasets', 'd1', 'train.images')).equals(Buffer.alloc(300_000, 7)),
    ).toBe(true);
    expect(readFileSync(join(folder, 'datasets', 'd1', 'empty'))).toHaveLength(0);
    expect(readFileSync(join(folder, 'experiments', 'e1', 'naïve.weights'), 'utf8')).toBe('weights');
    expect(existsSync(join(folder, 'experiments', '.draft'))).toBe(false);
    expect(readdirSync(join(folder, 'sweeps', '0a1b2c3d'))).toEqual(['plan.json']);
    const copy = openHistory(join(folder, 'history.db'));
    expect(copy.metrics.epochs('e1')).toEqual([epoch(1)]);
    expect(copy.experiments.get('e1')?.state).toBe('interrupted');
    copy.close();
    expect(history.experiments.get('e1')?.state).toBe('running');
  });

  it('does not overwrite an existing file', async () => {
    writeFileSync(file, 'precious');
    await expect(save()).rejects.toMatchObject({ code: 'usage' });
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });

  it('says so when it cannot write there', async () => {
    await expect(
      backup(history, { folder: data, to: join(root, 'nowhere', 'x.tar'), appVersion: '0' }),
    ).rejects.toMatchObject({ code: 'storage', message: expect.stringContaining('nowhere') });
    writeFileSync(join(root, 'file'), '');
    await expect(
      backup(history, { folder: data, to: join(root, 'file', 'x.tar'), appVersion: '0' }),
    ).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining(`${join(root, 'file')} is a file, not a folder.`),
      remedy: 'Choose another file name or folder.',
    });
  });

  it('refuses a folder that is not empty, unless told to put it aside', async () => {
    await save();
    const folder = join(root, 'other');
    mkdirSync(folder);
    writeFileSync(join(folder, 'mine'), 'mine');
    await refused('usage', /not empty/, { folder });
    const { keptAside } = await restore({ from: file, folder, replace: true });
    expect(readFileSync(join(keptAside!, 'mine'), 'utf8')).toBe('mine');
    expect(readdirSync(folder).sort()).toEqual(['datasets', 'experiments', 'history.db', 'sweeps']);
  });

  it('refuses a missing file, another file, and another tar', async () => {
    await refused('not-found', /does not exist/);
    writeFileSync(file, Buffer.alloc(5000, 'x'));
    await refused('bad-input', /is not a backup/);
    writeFileSync(file, 'a short text');
    await refused('bad-input', /is not a backup/);
    writeFileSync(file, '');
    await refused('bad-input', /is not a backup/);
    const tar = pack();
    tar.entry({ name: 'readme.txt' }, 'hello');
    tar.finalize();
    writeFileSync(file, await buffer(tar as unknown as AsyncIterable<Buffer>));
    await refused('bad-input', /is not a backup/);
  });

  it('refuses a truncated backup, wherever it is cut', async () => {
    const { bytes } = await save();
    for (const size of [bytes, 150_000, 2048]) {
      truncateSync(file, size);
      await refused('bad-input', /incomplete/);
    }
  });

  it('refuses one from a newer version and says which', async () => {
    await save();
    await rewrite((name, body) =>
      name === HEADER_NAME
        ? Buffer.from(
            JSON.stringify({ ...JSON.parse(body.toString()), schemaVersion: 99, appVersion: '9.9' }),
          )
        : body,
    );
    await refused('bad-input', /newer version of Theriac \(9\.9, history version 99/);
  });

  it('refuses a changed, a missing and an added file', async () => {
    await save();
    const original = readFileSync(file);
    await rewrite((name, body) => (name.endsWith('weights') ? Buffer.from('WEIGHTS') : body));
    await refused('bad-input', /weights has changed/);
    writeFileSync(file, original);
    await rewrite((name, body) => (name.endsWith('weights') ? null : body));
    await refused('bad-input', /weights is missing/);
    writeFileSync(file, original);
    await rewrite((_, body) => body, [{ name: 'datasets/new/file', body: 'x' }]);
    await refused('bad-input', /was not in it/);
  });

  it.each([
    { name: '../escaped', body: 'x' },
    { name: 'datasets/../../escaped', body: 'x' },
    { name: '/tmp/theriac-escaped', body: 'x' },
    { name: 'datasets\\..\\..\\escaped', body: 'x' },
    { name: 'elsewhere/file', body: 'x' },
    { name: 'datasets/link', type: 'symlink' as const, linkname: '/etc' },
  ])('refuses the hostile entry $name', async (entry) => {
    await save();
    await rewrite((_, body) => body, [entry]);
    await refused('bad-input', /does not belong in a backup/);
    expect(existsSync(join(root, 'escaped'))).toBe(false);
  });
});

describe('names in a backup', () => {
  it.each(['history.db', 'datasets/a/b.bin', 'experiments/é/x', 'sweeps/0a1b2c3d/plan.json'])(
    'allows %s',
    (name) => {
      expect(isAllowedName(name)).toBe(true);
    },
  );
  it.each([
    '',
    'datasets',
    'datasets/',
    'datasets//x',
    'datasets/./x',
    'C:/x',
    'datasets/a:b',
    'history.db/x',
    'sweeps/0a1b2c3d/slurm/job.json',
    'datasets/\0',
  ])('refuses %j', (name) => {
    expect(isAllowedName(name)).toBe(false);
  });
});
