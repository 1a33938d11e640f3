import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Catalogue } from './catalogue.ts';
import { copyExperiment } from './excerpt.ts';
import { experiment, manifest } from './fixtures/samples.ts';
import { openHistory, type History } from './open.ts';

let folder: string;
let history: History;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'theriac-baseline-'));
  history = openHistory(join(folder, 'history.db'));
  history.datasets.add(manifest('d'));
  for (const id of ['a', 'b']) history.experiments.add(experiment(id, 'd'));
});
afterEach(() => {
  history.close();
  rmSync(folder, { recursive: true, force: true });
});

test('there is one baseline at most, and it is remembered', () => {
  const { baseline } = history;
  expect(baseline.get()).toBeNull();
  baseline.pin('a');
  baseline.pin('b');
  expect(baseline.get()).toBe('b');
  const pinned = (id: string) => new Catalogue(history.db).experiment(id)!.baseline;
  expect([pinned('a'), pinned('b')]).toEqual([false, true]);
  history.close();
  history = openHistory(join(folder, 'history.db'));
  expect(history.baseline.get()).toBe('b');
  history.baseline.pin(null);
  expect(history.baseline.get()).toBeNull();
  expect(() => history.baseline.pin('nobody')).toThrow(/FOREIGN KEY/);
});

test('in the trash it is none, until it is taken out; deleted it is gone', () => {
  const { baseline, experiments } = history;
  baseline.pin('a');
  experiments.setTrashed('a', '2026-01-01T00:00:00.000Z');
  expect(baseline.get()).toBeNull();
  experiments.setTrashed('a', null);
  expect(baseline.get()).toBe('a');
  experiments.delete('a');
  expect(baseline.get()).toBeNull();
});

test('a bundle does not carry it elsewhere', () => {
  history.baseline.pin('a');
  const other = openHistory(join(folder, 'other.db'));
  copyExperiment(history.db, other.db, { experimentId: 'a' });
  expect(other.experiments.get('a')).not.toBeNull();
  expect(other.baseline.get()).toBeNull();
  other.close();
});
