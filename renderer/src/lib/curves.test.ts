import { describe, expect, test } from 'vitest';
import { presetSettings } from '../../../shared/abl/presets.ts';
import { epochMetrics } from './fixtures/epoch.ts';
import { plannedStages, timeline, withGaps } from './curves.ts';

const settings = {
  ...presetSettings('quick'),
  naiveEpochs: 3,
  isolationEpochs: 2,
  fineTuneEpochs: 0,
  unlearning: 'joint' as const,
  jointEpochs: 4,
};

describe('the stages to come', () => {
  test('stand in the order of training, without empty ones', () => {
    expect(plannedStages(settings, ['oracle', 'abl', 'naive'])).toEqual([
      { method: 'naive', stage: 'train', epochs: 3 },
      { method: 'abl', stage: 'isolate', epochs: 2 },
      { method: 'abl', stage: 'joint', epochs: 4 },
      { method: 'oracle', stage: 'train', epochs: 3 },
    ]);
  });

  test('the careful method isolates, checks and trains anew', () => {
    const careful = { ...settings, isolation: 'careful' as const };
    expect(plannedStages(careful, ['abl']).map(({ stage }) => stage)).toEqual(['isolate', 'check', 'train']);
  });

  test('separate unlearning without steps is no stage', () => {
    const none = { ...settings, unlearning: 'separate' as const, unlearnSteps: 0 };
    expect(plannedStages(none, ['abl'])).toEqual([{ method: 'abl', stage: 'isolate', epochs: 2 }]);
  });
});

describe('the time axis', () => {
  test('puts stages behind each other, also those that have not begun', () => {
    const line = timeline([epochMetrics({ epoch: 2 }), epochMetrics({ epoch: 1 })], settings, [
      'naive',
      'abl',
    ]);
    expect(line.x).toEqual([1, 2]);
    expect(line.length).toBe(9);
    expect(line.phases.map(({ from, to }) => [from, to])).toEqual([
      [0, 3],
      [3, 5],
      [5, 9],
    ]);
  });

  test('an epoch that was repeated after a resume counts once, the last time', () => {
    const line = timeline([epochMetrics({ loss: 2 }), epochMetrics({ loss: 1.5 })], settings, ['naive']);
    expect(line.x).toEqual([1]);
    expect(line.loss).toEqual([1.5]);
  });

  test('what was reported beats what was planned', () => {
    const joint = epochMetrics({ method: 'abl', stage: 'joint', epoch: 1, epochs: 6, isolatedLoss: 3 });
    const line = timeline([joint], settings, ['abl']);
    expect(line.length).toBe(8);
    expect(line.x).toEqual([3]);
    expect(line.isolatedLoss).toEqual([3]);
    expect(line.asr).toEqual([undefined]);
  });

  test('a stage that nobody planned is shown all the same', () => {
    const line = timeline(
      [epochMetrics({ method: 'abl', stage: 'fine-tune', epochs: 5, epoch: 5 })],
      settings,
      ['abl'],
    );
    expect(line.phases.at(-1)).toEqual({ method: 'abl', stage: 'fine-tune', from: 6, to: 11 });
    expect(line.x).toEqual([11]);
  });

  test('lines break between models and nowhere else', () => {
    const all = [1, 2, 3].map((n) => epochMetrics({ epoch: n }));
    const abl = [1, 2].map((n) => epochMetrics({ method: 'abl', stage: 'isolate', epochs: 2, epoch: n }));
    const joint = epochMetrics({ method: 'abl', stage: 'joint', epochs: 4, epoch: 1 });
    const line = withGaps(timeline([...all, ...abl, joint], settings, ['naive', 'abl']));
    expect(line.loss.map((value) => value === null)).toEqual([
      false,
      false,
      false,
      true,
      false,
      false,
      false,
    ]);
    expect(line.x.every((x, i) => i === 0 || x > line.x[i - 1]!)).toBe(true);
  });
});
