import { expect, test } from 'vitest';
import { checkArguments } from '../../../shared/contract/schemas.ts';
import { exportChoices, exportModels, exportRequest, suggestedName } from './exports.ts';

const done = { state: 'done', isolation: {} as never, naive: null, abl: {} as never, oracle: null } as const;

test('every choice in every format is a request that the host takes', () => {
  const choices = exportChoices(done);
  expect(choices.length).toBeGreaterThan(3);
  for (const { what, formats } of choices) {
    for (const { value } of formats) {
      const request = exportRequest(what, value, { to: '/out/x', withDataset: true, model: 'abl' });
      expect(checkArguments('experiments.export', ['e1', request])).toEqual(['e1', request]);
    }
  }
});

test('what there is not is not offered', () => {
  const kinds = (one: Parameters<typeof exportChoices>[0]) => exportChoices(one).map(({ what }) => what);
  expect(kinds({ ...done, state: 'queued', isolation: null, abl: null })).toEqual(['metrics', 'bundle']);
  expect(kinds({ ...done, state: 'cancelled' })).not.toContain('dataset');
  expect(kinds(done)).toContain('dataset');
  expect(exportModels({ ...done, naive: {} as never })).toEqual(['abl', 'naive']);
});

test('names are made of plain letters', () => {
  const dataset = exportChoices(done).find(({ what }) => what === 'dataset');
  expect(suggestedName('Straße, careful: seed 1', dataset!, 'csv')).toBe('Stra-e-careful-seed-1-dataset.csv');
  expect(suggestedName('漢字', dataset!, '')).toBe('experiment-dataset');
});
