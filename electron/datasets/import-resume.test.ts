import { execFile, execFileSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { importSource, type ImportOptions } from './import.ts';
import { discardUnfinished, unfinishedImports } from './import-draft.ts';
import { openDataset } from './store.ts';
import { canMount, classFolders, png, refusal, temporaryFolder, writeFiles } from './test-support.ts';

/** Colour images in three classes, one of them damaged and one that repeats another. */
async function makeSource(folder: string): Promise<string> {
  const files = await classFolders({ a: 70, b: 60, c: 50 });
  files['b/broken.png'] = (await png(5)).subarray(0, 70);
  files['c/again.png'] = files['c/1.png']!;
  files['a/notes.txt'] = Buffer.from('no image');
  await writeFiles(path.join(folder, 'in'), files);
  return path.join(folder, 'in');
}

/** An import in a process of its own that is killed (SIGKILL, by itself) once so many steps of progress are told. */
async function importKilled(options: ImportOptions, steps: number): Promise<void> {
  const script = [
    `import { importSource } from ${JSON.stringify(path.resolve(import.meta.dirname, 'import.ts'))};`,
    'let told = 0;',
    `const onProgress = ({ note }) => { if (note === 'Decoding images' && ++told === ${steps}) process.kill(process.pid, 'SIGKILL'); };`,
    `await importSource(${JSON.stringify(options)}, { onProgress, noteEvery: 0 });`,
  ].join('\n');
  const signal = await new Promise((resolve) => {
    execFile(process.execPath, ['--input-type=module', '-e', script], (error) => resolve(error?.signal));
  });
  expect(signal).toBe('SIGKILL');
}

/** Everything that is stored but the id and the time. */
async function contents(into: string, id: string): Promise<Record<string, unknown>> {
  const dir = path.join(into, id);
  const found: Record<string, unknown> = {};
  for (const name of (await fs.readdir(dir)).sort()) {
    const bytes = await fs.readFile(path.join(dir, name));
    found[name] =
      name === 'dataset.json'
        ? { ...(JSON.parse(bytes.toString()) as object), id: '', created: '' }
        : bytes.toString('base64');
  }
  await (await openDataset(dir)).verify();
  return found;
}

async function goOn(options: ImportOptions) {
  const said: string[] = [];
  const decoded: number[] = [];
  const manifest = await importSource(options, {
    onResume: (message) => said.push(message),
    onProgress: ({ done, note }) => {
      if (note === 'Decoding images') decoded.push(done);
    },
  });
  return { manifest, said, firstDecoded: decoded[0] ?? Infinity };
}

describe('an import that was killed', () => {
  it.each([
    ['plain', {}],
    ['with a limit and a seed', { limit: 60, seed: 4, split: 0.3, size: 9 }],
  ])('goes on where it stopped, to the same bytes: %s', async (_, changes) => {
    await using folder = await temporaryFolder();
    const source = await makeSource(folder.path);
    const into = path.join(folder.path, 'store');
    const options = { source, into, resume: true, ...changes };
    const whole = await importSource({ ...options, into: path.join(folder.path, 'other'), resume: false });
    await importKilled(options, 1);
    const [left] = await unfinishedImports(into);
    expect(left).toMatchObject({ name: 'in', source, total: 183 });
    expect(left!.done).toBeGreaterThan(0);
    // Nothing half-imported is shown as a data set.
    expect((await fs.readdir(into)).every((name) => name.startsWith('.'))).toBe(true);
    await importKilled(options, 2);
    expect((await unfinishedImports(into))[0]!.done).toBeGreaterThan(left!.done);

    const { manifest, said, firstDecoded } = await goOn(options);
    expect(said).toEqual(['Going on where the earlier import stopped.']);
    expect(firstDecoded).toBeGreaterThan(183 + left!.done);
    expect(await contents(into, manifest.id)).toEqual(
      await contents(path.join(folder.path, 'other'), whole.id),
    );
    expect(await fs.readdir(into)).toEqual([manifest.id]);
    expect(await unfinishedImports(into)).toEqual([]);
  });

  it('repeats splits of their own as well, whichever it was in', async () => {
    await using folder = await temporaryFolder();
    await writeFiles(path.join(folder.path, 'in', 'train'), await classFolders({ a: 30, b: 30 }));
    await writeFiles(path.join(folder.path, 'in', 'test'), await classFolders({ a: 40, b: 40 }, 100));
    await writeFiles(path.join(folder.path, 'in', 'triggered'), await classFolders({ a: 40 }, 300));
    const source = path.join(folder.path, 'in');
    const other = path.join(folder.path, 'other');
    const whole = await importSource({ source, into: other });
    for (const steps of [1, 2, 3]) {
      const into = path.join(folder.path, `store${steps}`);
      await importKilled({ source, into, resume: true }, steps);
      const { manifest, said } = await goOn({ source, into, resume: true });
      expect(said).toHaveLength(1);
      expect(await contents(into, manifest.id)).toEqual(await contents(other, whole.id));
    }
  });

  it('begins anew, and says so, where the source has changed, and where it is told to', async () => {
    await using folder = await temporaryFolder();
    const source = await makeSource(folder.path);
    const into = path.join(folder.path, 'store');
    const options = { source, into, resume: true };
    await importKilled(options, 1);
    await fs.writeFile(path.join(source, 'a', '3.png'), await png(999));
    const { manifest, said } = await goOn(options);
    expect(said).toEqual([expect.stringContaining('has changed')]);
    const other = path.join(folder.path, 'other');
    const whole = await importSource({ source, into: other });
    expect(await contents(into, manifest.id)).toEqual(await contents(other, whole.id));

    await importKilled(options, 1);
    expect((await goOn({ ...options, resume: 'fresh' })).said).toEqual([]);
    expect(await unfinishedImports(into)).toEqual([]);
  });

  it('begins anew where what it left is damaged, and is passed over by other imports', async () => {
    await using folder = await temporaryFolder();
    const source = await makeSource(folder.path);
    const into = path.join(folder.path, 'store');
    await importKilled({ source, into, resume: true }, 1);
    // Other options, and an import that keeps nothing, have nothing to do with it.
    expect((await goOn({ source, into, resume: true, size: 8 })).said).toEqual([]);
    expect((await goOn({ source, into })).said).toEqual([]);
    const [left] = await unfinishedImports(into);
    await fs.truncate(path.join(into, `.import-${left!.id}`, 'train.images'), 100);
    expect((await goOn({ source, into, resume: true })).said).toEqual([expect.stringContaining('damaged')]);

    await importKilled({ source, into, resume: true }, 1);
    await discardUnfinished(into, (await unfinishedImports(into))[0]!.id);
    expect(await unfinishedImports(into)).toEqual([]);
    expect((await fs.readdir(into)).some((name) => name.startsWith('.'))).toBe(false);
  });
});

describe('an import that was cancelled', () => {
  it('keeps what is done, and goes on; one that is refused keeps nothing', async () => {
    await using folder = await temporaryFolder();
    const source = await makeSource(folder.path);
    const into = path.join(folder.path, 'store');
    const options = { source, into, resume: true };
    const abort = new AbortController();
    const onProgress = ({ note }: { note: string }) => {
      if (note === 'Decoding images') abort.abort();
    };
    const error = await refusal(importSource(options, { onProgress, signal: abort.signal }));
    expect(error.code).toBe('cancelled');
    // A process that lives on has given it back.
    expect(await unfinishedImports(into)).toHaveLength(1);
    const { manifest, said } = await goOn(options);
    expect(said).toHaveLength(1);
    expect(manifest.counts).toEqual({ train: 145, test: 36, triggered: 0 });

    await writeFiles(path.join(folder.path, 'one'), await classFolders({ a: 4 }));
    await refusal(importSource({ ...options, source: path.join(folder.path, 'one') }));
    expect(await fs.readdir(into)).toEqual([manifest.id]);
  });
});

describe.skipIf(!canMount())('an import that ran out of disk', () => {
  it('goes on once there is room', async () => {
    await using folder = await temporaryFolder();
    const source = await makeSource(folder.path);
    const disk = path.join(folder.path, 'disk');
    await fs.mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', disk]);
    try {
      const options = { source, into: disk, resume: true, size: 24 };
      const error = await refusal(importSource(options, { noteEvery: 0 }));
      expect(error.message).toContain('the disk is full');
      expect(error.remedy).toContain('goes on where it stopped');
      const [left] = await unfinishedImports(disk);
      expect(left!.done).toBeGreaterThan(10);
      execFileSync('mount', ['-o', 'remount,size=4m', disk]);
      const { manifest, said, firstDecoded } = await goOn(options);
      expect([said.length, firstDecoded > 183 + left!.done]).toEqual([1, true]);
      const other = path.join(folder.path, 'other');
      const whole = await importSource({ ...options, into: other, resume: false });
      expect(await contents(disk, manifest.id)).toEqual(await contents(other, whole.id));
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});
