import { expect, test } from 'vitest';
import { checkArguments } from '../../../shared/contract/schemas.ts';
import { exportChoices, exportRequest, suggestedName } from './exports.ts';

const done = { state: 'done', isolation: {} as never } as const;

test('every choice in every format is a request that the host takes', () => {
  const choices = exportChoices(done);
  expect(choices.length).toBeGreaterThan(3);
  for (const { what, formats } of choices) {
    for (const { value } of formats) {
      const request = exportRequest(what, value, { to: '/out/x', withDataset: true });
      expect(checkArguments('experiments.export', ['e1', request])).toEqual(['e1', request]);
    }
  }
});

test('what there is not is not offered', () => {
  const kinds = (one: Parameters<typeof exportChoices>[0]) => exportChoices(one).map(({ what }) => what);
  expect(kinds({ state: 'queued', isolation: null })).toEqual(['metrics', 'bundle']);
  expect(kinds({ ...done, state: 'cancelled' })).not.toContain('dataset');
  expect(kinds(done)).toContain('dataset');
});

test('names are made of plain letters', () => {
  const [dataset] = exportChoices(done);
  expect(suggestedName('Straße, careful: seed 1', dataset!, 'csv')).toBe('Stra-e-careful-seed-1-dataset.csv');
  expect(suggestedName('漢字', dataset!, '')).toBe('experiment-dataset');
});
