import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CliBench, TINY } from './fixtures/cli.ts';

// Each case starts the program several times.
vi.setConfig({ testTimeout: 180_000 });

let bench: CliBench;
beforeAll(() => {
  bench = new CliBench();
});
afterAll(() => bench.dispose());

describe('usage', () => {
  it('prints version and help', async () => {
    const version = await bench.run('--version');
    expect([version.code, version.stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
    const help = await bench.run('--help');
    expect(help.code).toBe(0);
    for (const command of [
      'demo',
      'import',
      'datasets',
      'attack',
      'attacks',
      'run',
      'resume',
      'experiments',
      'suspects',
      'predict',
      'export',
      'import-bundle',
      'engine',
      'backup',
      'restore',
    ]) {
      expect(help.stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    }
    expect(help.stdout).toContain('Examples:');
  });

  it.each([
    [['frobnicate'], /unknown command/],
    [[], /^No command was given\.$/],
    [['engine', 'frob'], /^unknown command 'frob'$/],
    [['datasets', 'list', 'frob'], /^too many arguments for 'list'/],
    [['run'], /missing required argument/],
    [['run', 'x', '--preset', 'lazy'], /Allowed choices are careful/],
    [['run', 'x', '--methods', 'naive,magic'], /Methods are naive, abl, oracle/],
    [['run', 'x', '--set', 'gamma'], /key=value/],
    [['import', 'x', '--split', '2'], /number from 0 to 0.9/],
  ])('refuses %j with exit code 2', async (args, message) => {
    const json = await bench.run(...args, '--json');
    expect([json.code, json.stderr]).toEqual([2, '']);
    expect(json.json()).toMatchObject({ error: { code: 'usage', message: expect.stringMatching(message) } });
  });

  it('says it in plain text without --json', async () => {
    const text = await bench.run('run', 'x', '--preset', 'lazy');
    expect([text.code, text.stdout]).toEqual([2, '']);
    expect(text.stderr).toContain('Allowed choices are careful');
  });

  it('a setting that cannot be is refused with its meaning and range, before anything is imported', async () => {
    const source = bench.source('unused', { a: 4, b: 4 });
    const wrong = await bench.run('run', source, '--set', 'isolationRate=2', '--json');
    expect(wrong.code).toBe(2);
    expect(wrong.json().error.message).toBe(
      'The setting isolationRate cannot be "2". Share of the training set that is isolated. Allowed: 0.0001 to 0.9.',
    );
    const unknown = await bench.run('run', source, '--set', 'isolated=2', '--json');
    expect(unknown.json().error).toMatchObject({
      message: 'There is no setting "isolated".',
      remedy: expect.stringContaining('isolationRate'),
    });
    expect((await bench.run('datasets', '--json')).json()).toEqual([]);
  });

  it('an answer to what is what reaches the import of a run, and is refused where it says nothing', async () => {
    const source = bench.source('mapped', { a: 4, b: 4 });
    const unknown = await bench.run('run', source, '--map', 'colour=red', '--json');
    expect(unknown.json().error).toMatchObject({ code: 'usage', message: '--map does not know "colour".' });
    const unused = await bench.run('run', source, '--map', 'axes=NHWC', '--json');
    expect(unused.code).toBe(2);
    expect(unused.json().error.message).toContain('axes');
    expect((await bench.run('datasets', '--json')).json()).toEqual([]);
  });

  it('a reader that closes the pipe is no error', async () => {
    const { child, finished } = bench.start('run', '--help');
    child.stdout!.destroy();
    expect(await finished).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('the data folder', () => {
  it('that cannot be made is refused with exit code 3', async () => {
    writeFileSync(join(bench.root, 'file'), '');
    const refused = await bench.run('datasets', '--data', join(bench.root, 'file', 'data'), '--json');
    expect(refused.code).toBe(3);
    expect(refused.json().error).toMatchObject({
      code: 'storage',
      message: expect.stringContaining(`${join(bench.root, 'file')} is a file, not a folder.`),
    });
    const file = await bench.run('datasets', '--data', join(bench.root, 'file'));
    expect(file.code).toBe(3);
    expect(file.stderr).toContain(`${join(bench.root, 'file')} is a file, not a folder.`);
  });

  it('with a damaged history is refused and left alone', async () => {
    const data = join(bench.root, 'damaged');
    mkdirSync(data);
    writeFileSync(join(data, 'history.db'), 'not a database');
    const refused = await bench.run('experiments', '--data', data);
    expect([refused.code, refused.stdout]).toEqual([3, '']);
    expect(refused.stderr).toContain('history.db is damaged');
    expect(readFileSync(join(data, 'history.db'), 'utf8')).toBe('not a database');
  });
});

describe('data sets', () => {
  it('are imported, listed, shown, attacked and removed', async () => {
    const source = bench.source('pets', { cat: 12, dog: 8 });
    writeFileSync(join(source, 'cat', 'broken.png'), 'not an image');
    const imported = await bench.run('import', source, '--name', 'Pets', '--json');
    expect(imported.code).toBe(0);
    const manifest = imported.json();
    expect(manifest).toMatchObject({ name: 'Pets', classes: ['cat', 'dog'], skippedCount: 1 });
    expect(manifest.counts.train + manifest.counts.test).toBe(20);

    const listed = await bench.run('datasets');
    expect(listed.stdout).toMatch(/^ID +Name/);
    expect(listed.stdout).toContain('Pets');
    const shown = (await bench.run('datasets', 'show', 'Pets', '--json')).json();
    expect(shown.trainPerClass.reduce((a: number, b: number) => a + b)).toBe(manifest.counts.train);
    expect((await bench.run('datasets', 'show', 'Pets')).stdout).toContain('broken.png');

    const attacked = await bench.run(
      'attack',
      'Pets',
      '--kind',
      'badnets',
      '--rate',
      '0.2',
      '--target',
      'dog',
      '--set',
      'size=2',
      '--json',
    );
    expect(attacked.json()).toMatchObject({
      target: 1,
      hasTruth: true,
      attack: { attack: 'badnets', rate: 0.2, parameters: { size: 2 } },
    });
    const wrong = await bench.run(
      'attack',
      'Pets',
      '--kind',
      'badnets',
      '--rate',
      '0.2',
      '--target',
      'bird',
      '--json',
    );
    expect([wrong.code, wrong.json().error]).toMatchObject([
      2,
      { message: 'The data set "Pets" has no class "bird".', remedy: 'Classes: cat, dog.' },
    ]);

    for (const id of [attacked.json().id, 'Pets'])
      expect((await bench.run('datasets', 'remove', id)).code).toBe(0);
    expect((await bench.run('datasets', '--json')).json()).toEqual([]);
    expect(readdirSync(join(bench.data, 'datasets'))).toEqual([]);
  });

  it.each([
    ['an empty folder', () => (mkdirSync(join(bench.root, 'empty')), 'empty')],
    ['a single class', () => (bench.source('single', { only: 5 }), 'single')],
    ['a missing path', () => 'nowhere'],
  ])('%s is refused with exit code 3 and leaves nothing', async (_, prepare) => {
    const name = prepare();
    for (const command of ['import', 'run']) {
      const refused = await bench.run(command, name, '--json');
      expect(refused.code).toBe(3);
      expect(refused.json().error.message).toContain(name);
    }
    expect((await bench.run('datasets', '--json')).json()).toEqual([]);
    expect((await bench.run('experiments', '--json')).json()).toEqual([]);
  });
});

describe('the main job', () => {
  it('runs from a source to suspects, predictions, comparison, trash, backup and restore', async () => {
    await bench.sample(12);
    const attacked = await bench.run(
      'attack',
      'Tiny',
      '--kind',
      'badnets',
      '--rate',
      '0.1',
      '--target',
      '0',
      '--json',
    );
    const ran = await bench.run(
      'run',
      attacked.json().id,
      ...TINY,
      '--methods',
      'naive,abl,oracle',
      '--name',
      'First',
      '--tag',
      'night',
      '--tag',
      'ä',
      '--json',
    );
    expect(ran.stderr).toContain('ABL model, stage 2, joint unlearning');
    expect(ran.code).toBe(0);
    const result = ran.json();
    expect(result).toMatchObject({
      dataset: {
        name: expect.stringContaining('Tiny'),
        train: 120,
        test: 40,
        triggered: 36,
        hash: attacked.json().hash,
      },
      network: 'small-cnn',
      seed: 1,
      settings: { naiveEpochs: 2, batchSize: 16 },
      abl: { isolation: { rate: 0.05, count: 6 }, unlearned: true },
    });
    for (const figures of [result.naive, result.abl, result.oracle]) {
      for (const key of ['ca', 'caWithoutTarget', 'asr', 'asrReestimated', 'ra']) {
        expect(figures[key]).toBeGreaterThanOrEqual(0);
        expect(figures[key]).toBeLessThanOrEqual(1);
      }
    }
    expect(['poisoned', 'no-evidence', 'uncertain']).toContain(result.verdict.kind);
    expect(result.seconds.total).toBeGreaterThan(0);

    const again = await bench.run(
      'run',
      attacked.json().id,
      ...TINY,
      '--methods',
      'naive',
      '--name',
      'Second',
      '--json',
    );
    expect(again.json().naive).toEqual(result.naive);
    expect(again.json().abl).toBeNull();

    const suspects = (await bench.run('suspects', 'First', '--json')).json().suspects;
    expect(suspects).toHaveLength(6);
    expect(suspects[0]).toMatchObject({
      rank: 1,
      path: expect.stringMatching(/^train\//),
      poisoned: expect.any(Boolean),
    });
    const losses = suspects.map((suspect: { loss: number }) => suspect.loss);
    expect(losses).toEqual([...losses].sort((a, b) => a - b));
    expect((await bench.run('suspects', 'First', '--csv', 'out.csv')).stdout).toContain('Wrote 6 suspects');
    const csv = readFileSync(join(bench.root, 'out.csv'), 'utf8').trim().split('\n');
    expect(csv[0]).toBe('rank,index,path,label,loss,shareBelow,decision,poisoned,mark');
    expect(csv).toHaveLength(7);
    const none = await bench.run('suspects', 'Second', '--json');
    expect([none.code, none.json().error.message]).toEqual([3, expect.stringContaining('did not run ABL')]);

    const image = join(bench.source('images', { x: 1 }), 'x', '0.ppm');
    const predicted = (await bench.run('predict', 'First', image, '--model', 'naive', '--json')).json();
    expect(predicted.predictions).toHaveLength(1);
    expect(predicted.predictions[0].answers).toHaveLength(5);
    const noImage = await bench.run('predict', 'First', 'missing.png', '--json');
    expect([noImage.code, noImage.json().error.message]).toEqual([3, expect.stringContaining('missing.png')]);
    expect((await bench.run('predict', 'Second', image, '--json')).json().error.code).toBe('not-found');

    expect((await bench.run('experiments', 'compare', 'First', 'Second')).stdout).toContain(
      'ABL: attack success, re-estimated',
    );
    const { baseline } = (await bench.run('experiments', 'baseline', 'First', '--json')).json();
    expect(baseline).toBe(result.experiment);
    const other = [...TINY, '--methods', 'naive', '--seed', '2', '--name', 'Third'];
    expect((await bench.run('run', attacked.json().id, ...other, '--json')).code).toBe(0);
    const against = await bench.run('experiments', 'compare', 'Third');
    expect(against.stdout).toContain(`${baseline} (baseline)`);
    expect(against.stdout).toMatch(/^Naive: .* \([+-]\d/m);
    await bench.run('experiments', 'remove', 'Third', '--forever');
    expect((await bench.run('experiments', 'baseline', '--none', '--json')).json()).toEqual({
      baseline: null,
    });
    const shown = (await bench.run('experiments', 'show', 'First', '--json')).json();
    expect(shown.experiment).toMatchObject({ state: 'done', tags: ['night', 'ä'] });
    expect(shown.result).toEqual(result);
    expect(shown.epochs).toHaveLength(8);
    const done = await bench.run('resume', 'First', '--json');
    expect([done.code, done.json().error.message]).toEqual([2, expect.stringContaining('nothing to resume')]);

    const used = await bench.run('datasets', 'remove', attacked.json().id, '--json');
    expect([used.code, used.json().error.message]).toEqual([
      2,
      expect.stringContaining('used by 2 experiments'),
    ]);

    expect((await bench.run('backup', 'saved.tar', '--json')).code).toBe(0);
    const folder = join(bench.data, 'experiments', again.json().experiment);
    expect((await bench.run('experiments', 'remove', 'Second', '--json')).json()).toEqual({
      trashed: again.json().experiment,
    });
    expect(existsSync(folder)).toBe(true);
    expect((await bench.run('experiments', '--trash')).stdout).toContain('Second');
    expect((await bench.run('experiments', 'restore', 'Second')).code).toBe(0);
    expect(
      (await bench.run('experiments', 'remove', 'Second', '--forever', '--json')).json().freedBytes,
    ).toBeGreaterThan(1000);
    expect(existsSync(folder)).toBe(false);
    expect((await bench.run('experiments', 'show', 'Second')).code).toBe(3);

    expect((await bench.run('restore', 'saved.tar', '--json')).json().error.code).toBe('usage');
    const replaced = (await bench.run('restore', 'saved.tar', '--replace', '--json')).json();
    expect(existsSync(join(replaced.keptAside, 'history.db'))).toBe(true);
    expect((await bench.run('experiments', 'show', 'First', '--json')).json().result).toEqual(result);
    expect((await bench.run('predict', 'Second', image, '--model', 'naive')).code).toBe(0);
  });

  it.skipIf(process.platform !== 'linux')('a full disk is said to be full', async () => {
    const full = await bench.run('suspects', 'First', '--csv', '/dev/full', '--json');
    expect(full.code).toBe(3);
    expect(full.json().error).toMatchObject({
      code: 'storage',
      message: expect.stringContaining('The disk is full'),
    });
  });

  it('the same source is imported once', async () => {
    const source = bench.source('twice', { cat: 12, dog: 12 });
    const first = (await bench.run('run', source, ...TINY, '--methods', 'naive', '--json')).json();
    const second = await bench.run('run', source, ...TINY, '--methods', 'naive', '--seed', '2', '--json');
    expect(second.json().dataset).toEqual(first.dataset);
    expect(second.stderr).toContain('imported already');
    writeFileSync(
      join(source, 'cat', '0.ppm'),
      Buffer.concat([Buffer.from('P6 16 16 255\n'), Buffer.alloc(768, 9)]),
    );
    const third = (await bench.run('run', source, ...TINY, '--methods', 'naive', '--json')).json();
    expect(third.dataset.id).not.toBe(first.dataset.id);
  });
});
