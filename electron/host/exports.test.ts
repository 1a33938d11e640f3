import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CliBench, TINY } from './fixtures/cli.ts';

// Each case starts the program several times.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let bench: CliBench;
beforeAll(async () => {
  bench = new CliBench();
  const dataset = await bench.sample(8);
  const run = await bench.run('run', dataset, ...TINY, '--name', 'First', '--json');
  expect([run.code, run.stderr]).toEqual([0, expect.any(String)]);
});
afterAll(() => bench.dispose());

describe('export', () => {
  it('needs to know what and where to', async () => {
    for (const args of [['First'], ['First', '--what', 'bundle'], ['First', '--what', 'soul', '--to', 'x']]) {
      expect((await bench.run('export', ...args, '--json')).code).toBe(2);
    }
    const unknown = await bench.run('export', 'Nobody', '--what', 'bundle', '--to', 'x.theriac', '--json');
    expect([unknown.code, unknown.json().error.code]).toEqual([3, 'not-found']);
    expect(existsSync(join(bench.root, 'x.theriac'))).toBe(false);
  });

  it('knows the formats of each kind, and takes the first one by itself', async () => {
    const take = (what: string, to: string, ...more: string[]) =>
      bench.run('export', 'First', '--what', what, '--to', to, ...more, '--json');
    const wrong = await take('suspects', 'x', '--format', 'npz');
    expect([wrong.code, wrong.json().error.remedy]).toEqual([2, 'Formats: csv, json.']);
    const suspects = await take('suspects', 'suspects.csv');
    expect([suspects.code, suspects.json().count]).toEqual([0, 4]);
    expect(readFileSync(join(bench.root, 'suspects.csv'), 'utf8')).toMatch(/^rank,index,path,label,loss/);
    const dataset = await take('dataset', 'cleaned');
    expect(dataset.json()).toMatchObject({
      format: 'folders',
      counts: { removed: 4 },
      notes: expect.any(Array),
    });
    expect(readdirSync(join(bench.root, 'cleaned')).sort()).toEqual([
      'manifest.json',
      'removed',
      'test',
      'train',
    ]);
    expect((await take('metrics', 'figures.json', '--format', 'json')).code).toBe(0);
    expect((await take('metrics', 'figures.json', '--format', 'json')).json().error.code).toBe('usage');
  });

  it('a model answers alike in each place', async () => {
    const image = join(bench.source('images', { x: 1 }), 'x', '0.ppm');
    const ours = (await bench.run('predict', 'First', image, '--model', 'naive', '--json')).json();
    for (const format of ['onnx', 'savedmodel', 'tfjs', 'safetensors']) {
      const args = ['--what', 'model', '--model', 'naive', '--format', format, '--to', format, '--json'];
      expect((await bench.run('export', 'First', ...args)).json()).toMatchObject({ format, model: 'naive' });
      const files = readdirSync(join(bench.root, format));
      expect(files).toEqual(expect.arrayContaining(['MODEL_CARD.md', 'labels.txt', 'preprocessing.json']));
    }
    const card = readFileSync(join(bench.root, 'onnx', 'MODEL_CARD.md'), 'utf8');
    expect(card).toContain('If the data are poisoned, this model has the backdoor');
    expect(card).not.toMatch(/undefined|NaN|\[object/);
    for (const model of ['onnx', join('onnx', 'model.onnx'), 'savedmodel']) {
      const theirs = (await bench.run('predict', model, image, '--json')).json();
      expect(theirs.predictions).toEqual(ours.predictions);
    }
    const foreign = await bench.run('predict', 'tfjs', image, '--json');
    expect([foreign.code, foreign.json().error.code]).toEqual([3, 'bad-input']);
  });

  it('a bundle shows the same in an empty data folder', async () => {
    const before = (await bench.run('experiments', 'show', 'First', '--json')).json();
    const made = await bench.run('export', 'First', '--what', 'bundle', '--to', 'first.theriac', '--json');
    expect([made.code, made.json().to]).toEqual([0, join(bench.root, 'first.theriac')]);
    const other = ['--data', join(bench.root, 'other'), '--json'];
    const taken = await bench.run('import-bundle', 'first.theriac', ...other);
    expect(taken.json()).toMatchObject({ ...before.result, name: 'First', state: 'done' });
    const after = (await bench.run('experiments', 'show', 'First', ...other)).json();
    expect({ ...after, experiment: { ...after.experiment, trainer: null } }).toEqual({
      ...before,
      experiment: { ...before.experiment, trainer: null },
    });
    const twice = await bench.run('import-bundle', 'first.theriac', ...other);
    expect([twice.code, twice.json().error.message]).toEqual([2, expect.stringContaining('here already')]);
    const again = await bench.run('export', 'First', '--what', 'bundle', '--to', 'first.theriac', '--json');
    expect([again.code, again.json().error.message]).toEqual([2, expect.stringContaining('exists already')]);
  });
});
