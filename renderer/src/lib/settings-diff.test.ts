import { expect, test } from 'vitest';
import { presetSettings } from '../../../shared/abl/presets.ts';
import { settingsDiff } from './settings-diff.ts';

const run = (part: object = {}) => ({
  settings: presetSettings('quick'),
  datasetName: 'Signs',
  datasetHash: 'aa',
  preset: 'quick',
  network: 'small-cnn',
  seed: 1,
  methods: ['naive' as const, 'abl' as const],
  engine: null,
  appVersion: '1.0.0',
  ...part,
});
const differing = (...runs: ReturnType<typeof run>[]) =>
  settingsDiff(runs)
    .filter(({ differs }) => differs)
    .map(({ title }) => title);

test('every line has a key and a title of its own, although settings share names', () => {
  const rows = settingsDiff([run(), run({ settings: presetSettings('paper') })]);
  expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
  expect(new Set(rows.map(({ title }) => title)).size).toBe(rows.length);
  const titles = rows.map(({ title }) => title);
  expect(titles).toEqual(expect.arrayContaining(['Stage 1: isolation: learning rate', 'Batch size']));
});

test('what differs is told apart from what is the same', () => {
  expect(differing(run(), run())).toEqual([]);
  const other = run({ seed: 2, settings: { ...presetSettings('quick'), gamma: 0.25 } });
  expect(differing(run(), run(), other)).toEqual(['Seed', 'Gamma (loss threshold)']);
});

test('data sets of one name with other images differ', () => {
  expect(differing(run(), run({ datasetHash: 'bb' }))).toEqual(['Data set']);
});

test('a setting that an older version did not have is a dash', () => {
  const { gamma, ...older } = presetSettings('quick');
  const rows = settingsDiff([run({ settings: older }), run()]);
  expect(rows.find(({ key }) => key === 'gamma')).toMatchObject({
    values: ['–', String(gamma)],
    differs: true,
  });
});
