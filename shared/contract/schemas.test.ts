import { expect, test } from 'vitest';
import { CALLS, EVENTS, isCall } from './channels.ts';
import { ExpectedError } from './errors.ts';
import { argumentSchemas, checkArguments } from './schemas.ts';

const PLAN = {
  name: 'Table 1',
  datasets: ['Signs'],
  attacks: ['none', { kind: 'blend', set: { alpha: 0.1 } }],
  rates: [0.1],
  methods: ['naive', { name: 'longer', preset: 'standard', set: { isolationEpochs: 30 } }],
  seeds: [1, 2],
  target: 'stop',
  preset: 'careful',
  set: {},
  engine: 'auto',
};

/** One good list of arguments for each call that takes any. */
const GOOD: Partial<Record<(typeof CALLS)[number], unknown[]>> = {
  'app.changeSettings': [{ theme: 'dark' }],
  'engine.install': [null],
  'tasks.cancel': ['t1'],
  'datasets.show': ['sample-1234abcd'],
  'datasets.preview': [{ source: '/pictures' }],
  'datasets.import': [{ source: '/pictures', size: 32, split: 0.2 }],
  'datasets.resumeImport': ['0123456789abcdef-0-01234567'],
  'datasets.discardImport': ['0123456789abcdef-0-01234567'],
  'datasets.attack': [
    { datasetId: 'a', attack: 'badnets', rate: 0.1, target: 0, seed: 1, parameters: { size: 3 } },
  ],
  'datasets.attackPreview': [
    { datasetId: 'a', attack: 'badnets', rate: 0.1, target: 0, seed: 1, parameters: {} },
  ],
  'datasets.prepareAttackPreview': [
    { datasetId: 'a', attack: 'latent', rate: 0.1, target: 0, seed: 1, parameters: {} },
  ],
  'datasets.rename': ['a', 'Street signs'],
  'datasets.remove': ['a', false],
  'datasets.images': ['a', { split: 'train', offset: 0, limit: 100 }],
  'experiments.list': [{ offset: 0, limit: 50 }],
  'experiments.show': ['e1'],
  'experiments.pin': [null],
  'experiments.estimate': [
    { datasetId: 'a', preset: 'quick', overrides: {}, methods: ['naive', 'abl'], engine: 'auto', seed: 1 },
  ],
  'experiments.start': [
    {
      datasetId: 'a',
      preset: 'quick',
      overrides: { naiveEpochs: 3 },
      methods: ['abl'],
      engine: 'cpu',
      seed: 1,
    },
  ],
  'experiments.stop': ['e1'],
  'experiments.resume': ['e1'],
  'experiments.edit': ['e1', { note: 'Seen by Ann.\nLooks poisoned.' }],
  'experiments.trash': ['e1'],
  'experiments.restore': ['e1'],
  'experiments.purge': ['e1'],
  'experiments.suspects': ['e1', { offset: 0, limit: 60 }],
  'experiments.histogram': ['e1'],
  'experiments.answers': ['e1', { split: 'test', index: 3 }],
  'experiments.answersForFile': ['e1', '/pictures/dog.png'],
  'experiments.picture': ['e1', new Uint8Array(4)],
  'experiments.try': ['e1', new Uint8Array(4)],
  'experiments.saliency': ['e1', new Uint8Array(4)],
  'experiments.suspectsCsv': ['e1', '/home/ann/suspects.csv', null],
  'experiments.ranking': ['e1'],
  'experiments.marks': ['e1'],
  'experiments.mark': ['e1', [1, 2], null],
  'experiments.export': ['e1', { what: 'bundle', to: '/home/ann/e1.theriac', withDataset: true }],
  'sweeps.show': ['0123abcd'],
  'sweeps.open': ['/home/ann/plan.yml'],
  'sweeps.check': [PLAN],
  'sweeps.start': [PLAN],
  'sweeps.stop': ['0123abcd'],
  'sweeps.resume': ['0123abcd'],
  'sweeps.save': ['0123abcd', '/home/ann/table'],
  'sweeps.remove': ['0123abcd', true],
  'bundles.preview': ['/home/ann/e1.theriac'],
  'bundles.open': ['/home/ann/e1.theriac'],
  'backup.create': ['/home/ann/theriac.backup'],
  'backup.restore': ['/home/ann/theriac.backup'],
};

const HOSTILE: unknown[] = [
  undefined,
  null,
  0,
  Number.NaN,
  -1,
  1e300,
  '',
  '../../etc',
  'a\0b',
  'x'.repeat(100_000),
  {},
  { __proto__: { id: 'a' } },
  [],
  [[]],
  true,
  new Uint8Array(4),
];

test('every call is named once and has a schema', () => {
  expect(new Set(CALLS).size).toBe(CALLS.length);
  expect(Object.keys(argumentSchemas).sort()).toEqual([...CALLS].sort());
  expect(new Set(EVENTS).size).toBe(EVENTS.length);
  for (const name of ['constructor', '__proto__', 'toString', '', 'app', null, 7])
    expect(isCall(name)).toBe(false);
});

test.each(CALLS)('%s takes what the screens send', (call) => {
  const args = GOOD[call] ?? [];
  expect(checkArguments(call, args)).toEqual(args);
});

test.each(CALLS)('%s refuses everything else', (call) => {
  const good = GOOD[call] ?? [];
  const refused = (args: unknown) => {
    try {
      checkArguments(call, args);
    } catch (error) {
      expect(error).toBeInstanceOf(ExpectedError);
      expect((error as ExpectedError).code).toBe('usage');
      return;
    }
    expect.fail(`${call} took ${JSON.stringify(args)?.slice(0, 80)}`);
  };
  for (const args of [null, undefined, 'x', {}, [...good, 1]]) refused(args);
  if (good.length > 0) refused([]);
  good.forEach((value, index) => {
    for (const bad of HOSTILE) {
      if (value === null ? bad === null || bad === '../../etc' : bad === value) continue;
      // A path may be any text that names a file; a flag takes both of its values.
      if (typeof value === 'string' && value.startsWith('/') && bad === '../../etc') continue;
      if (typeof value === 'boolean' && typeof bad === 'boolean') continue;
      // Bytes may be any bytes.
      if (value instanceof Uint8Array && bad instanceof Uint8Array) continue;
      if (call === 'datasets.rename' && index === 1 && bad === '../../etc') continue;
      // A change of nothing is allowed.
      if (['app.changeSettings', 'experiments.edit'].includes(call) && isEmptyObject(bad)) continue;
      refused(good.map((other, i) => (i === index ? bad : other)));
    }
    if (value !== null && typeof value === 'object') {
      refused(good.map((other, i) => (i === index ? { ...value, extra: 1 } : other)));
    }
  });
});

test('ids cannot leave their folder', () => {
  for (const id of ['..', '.', 'a/b', 'a\\b', '/etc', 'a b', '%2e%2e', '.hidden', '-rf', 'é']) {
    expect(() => checkArguments('datasets.show', [id])).toThrow(ExpectedError);
  }
});

function isEmptyObject(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
  );
}
