import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { experiment, manifest } from './fixtures/samples.ts';
import { openHistory, type History } from './open.ts';

let folder: string;
let history: History;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'theriac-marks-'));
  history = openHistory(join(folder, 'history.db'));
  history.datasets.add(manifest('d'));
  history.experiments.add(experiment('a', 'd'));
});
afterEach(() => {
  history.close();
  rmSync(folder, { recursive: true, force: true });
});

test('marks are set, changed and taken away; those of a run stay as they were given', () => {
  history.marks.set('a', [5, 2], 'poison');
  history.marks.set('a', [2], 'clean');
  history.marks.give('a', [{ example: 2, mark: 'poison' }]);
  expect(history.marks.of('a')).toEqual([
    { example: 2, mark: 'clean' },
    { example: 5, mark: 'poison' },
  ]);
  history.marks.set('a', [2, 5, 9], null);
  expect(history.marks.of('a')).toEqual([]);
  expect(history.marks.given('a')).toEqual([{ example: 2, mark: 'poison' }]);
});

test('marks go with their experiment', () => {
  history.marks.set('a', [1], 'unsure');
  history.experiments.delete('a');
  expect(history.marks.of('a')).toEqual([]);
});
