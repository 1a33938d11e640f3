import { expect, test } from 'vitest';
import { presetSettings } from '../../../shared/abl/presets.ts';
import type { EpochMetrics } from '../../../shared/contract/results.ts';
import { epochMetrics } from './fixtures/epoch.ts';
import { lineStyle, overlay, spread } from './overlay.ts';

const settings = { ...presetSettings('quick'), naiveEpochs: 2, isolationEpochs: 2, fineTuneEpochs: 1 };
const epoch = (part: Partial<EpochMetrics>) =>
  epochMetrics({ method: 'abl', stage: 'isolate', epochs: 2, ...part });

test('thirty lines are told apart by colour and dashes, any number by their letters', () => {
  const styles = Array.from({ length: 30 }, (_, i) => lineStyle(i));
  expect(new Set(styles.map(({ colour, dash }) => `${colour} ${dash.join()}`)).size).toBe(30);
  expect(new Set(Array.from({ length: 80 }, (_, i) => lineStyle(i).letter)).size).toBe(80);
  expect([0, 25, 26].map((i) => lineStyle(i).letter)).toEqual(['A', 'Z', 'A2']);
});

test('curves of experiments of different lengths share an axis; each model begins at its own first epoch', () => {
  const short = [epoch({ loss: 3 }), epoch({ epoch: 2, loss: 2 })];
  const long = [
    epoch({ method: 'naive', stage: 'train', loss: 9, epochs: 2 }),
    epoch({ loss: 5 }),
    epoch({ epoch: 2, loss: 4 }),
    epoch({ stage: 'fine-tune', epochs: 1, loss: 1 }),
  ];
  const [a, b] = [
    { epochs: short, settings },
    { epochs: long, settings },
  ];
  expect(overlay([a, b], 'abl', 'loss')).toEqual({
    x: [1, 2, 3],
    columns: [
      [3, 2, undefined],
      [5, 4, 1],
    ],
    length: 3,
  });
  expect(overlay([a, b], 'naive', 'loss')).toEqual({ x: [1], columns: [[undefined], [9]], length: 1 });
});

test('a figure that nobody measured has no chart; what is measured now and then has only its points', () => {
  const epochs = [epoch({}), epoch({ epoch: 2, ca: 0.5 })];
  expect(overlay([{ epochs, settings }], 'abl', 'asr')).toBeNull();
  expect(overlay([{ epochs, settings }], 'oracle', 'loss')).toBeNull();
  expect(overlay([{ epochs, settings }], 'abl', 'ca')).toEqual({ x: [2], columns: [[0.5]], length: 2 });
});

test('labels are moved apart, within the field, in the order of their lines', () => {
  expect(spread([50, 20], 10, 0, 100)).toEqual([50, 20]);
  expect(spread([21, 20, 22], 10, 0, 100)).toEqual([30, 20, 40]);
  expect(spread([99, 98, 100], 10, 0, 100)).toEqual([90, 80, 100]);
});
