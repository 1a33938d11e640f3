import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSample } from '../datasets/sample.ts';
import { createExperiment } from './experiments.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

let root: string;
let ws: Workspace;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'theriac-trusted-'));
  ws = await openWorkspace(join(root, 'home'));
  const sample = async (name: string, seed: number, size: number) =>
    ws.history.datasets.add(
      await createSample({ into: ws.folder.datasets, seed, trainPerClass: 4, testPerClass: 1, size, name }),
    );
  await sample('suspect', 1, 16);
  await sample('trusted', 2, 16);
  await sample('larger', 3, 32);
});
afterAll(() => {
  ws.close();
  rmSync(root, { recursive: true, force: true });
});

const create = (trusted: string, preset = 'careful') =>
  createExperiment(ws, {
    dataset: 'suspect',
    preset,
    trusted,
    set: {},
    methods: ['abl'],
    engine: 'auto',
    seed: 1,
    tags: [],
  });

it('a run knows its trusted images by id', () => {
  const { settings } = create('trusted');
  const { id } = ws.history.datasets.list().find(({ manifest }) => manifest.name === 'trusted')!.manifest;
  expect(settings).toMatchObject({ trusted: id });
});

it('trusted images that cannot help are refused with a reason', () => {
  expect(() => create('suspect')).toThrow(/cannot vouch for themselves/);
  expect(() => create('larger')).toThrow(/32 x 32 colour, those of "suspect" 16 x 16 colour/);
  expect(() => create('trusted', 'quick')).toThrow(/Only the careful method/);
  expect(() => create('nowhere')).toThrow(/nowhere/);
});
