import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { epoch, evaluation, experiment, isolation, manifest, settings } from './fixtures/samples.ts';
import { openHistory, type History } from './open.ts';
import { currentOwner } from './owner.ts';
import { experimentResult } from './result.ts';

let folder: string;
let history: History;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'theriac-history-'));
  history = openHistory(join(folder, 'history.db'));
  history.datasets.add(manifest('d1'));
  history.experiments.add(experiment('e1', 'd1'));
});

afterEach(() => {
  history.close();
  rmSync(folder, { recursive: true, force: true });
});

const at = '2026-02-03T04:05:06.000Z';

describe('data sets', () => {
  it('gives back what was added, with the number of experiments that use it', () => {
    expect(history.datasets.get('d1')).toEqual({ manifest: manifest('d1'), removed: null, experiments: 1 });
    expect(history.datasets.get('d2')).toBeNull();
  });

  it('keeps the row of a removed data set while an experiment needs it, and forgets it otherwise', () => {
    history.datasets.add(manifest('d2'));
    history.datasets.markRemoved('d1', at);
    history.datasets.markRemoved('d2', at);
    expect(history.datasets.list()).toEqual([]);
    expect(history.datasets.list({ removed: true }).map((d) => [d.manifest.id, d.removed])).toEqual([
      ['d1', at],
    ]);
    history.datasets.add(manifest('d1'));
    expect(history.datasets.get('d1')?.removed).toBeNull();
  });
});

describe('experiments', () => {
  it('begin waiting, with all that decides the run', () => {
    expect(history.experiments.get('e1')).toMatchObject({
      ...experiment('e1', 'd1'),
      state: 'queued',
      network: 'small-cnn',
      owner: null,
      engine: null,
      tags: [],
    });
  });

  it('of an earlier version have the settings that did not exist yet as they were: off', () => {
    const absent = { unlearnTrigger: 0, trusted: '', isolation: 'lowest-loss' };
    const earlier = Object.fromEntries(Object.entries(settings).filter(([key]) => !(key in absent)));
    history.db
      .prepare('UPDATE experiments SET preset = ?, settings = ? WHERE id = ?')
      .run('careful', JSON.stringify(earlier), 'e1');
    expect(history.experiments.get('e1')!.settings).toEqual({ ...earlier, ...absent });
  });

  it('can be claimed once, and again after they ended without being done', () => {
    const owner = currentOwner();
    expect(history.experiments.claim('e1', owner, at)).toBe(true);
    expect(history.experiments.claim('e1', owner, at)).toBe(false);
    expect(history.experiments.get('e1')).toMatchObject({ state: 'running', owner, started: at });
    history.experiments.end('e1', { state: 'failed', at, error: { code: 'run-failed', message: 'no' } });
    expect(history.experiments.get('e1')).toMatchObject({
      owner: null,
      error: { code: 'run-failed', message: 'no' },
    });
    expect(history.experiments.claim('e1', owner, at)).toBe(true);
    history.experiments.end('e1', { state: 'done', at });
    expect(history.experiments.claim('e1', owner, at)).toBe(false);
  });

  it('cannot be trashed or deleted while they run', () => {
    history.experiments.claim('e1', currentOwner(), at);
    expect(history.experiments.setTrashed('e1', at)).toBe(false);
    expect(history.experiments.delete('e1')).toBe(false);
    history.experiments.end('e1', { state: 'done', at });
    expect(history.experiments.setTrashed('e1', at)).toBe(true);
    expect(history.experiments.get('e1')?.trashed).toBe(at);
    history.metrics.addEpochs('e1', [epoch(1)]);
    expect(history.experiments.delete('e1')).toBe(true);
    expect(history.experiments.list()).toEqual([]);
    expect(history.metrics.epochs('e1')).toEqual([]);
  });

  it('need a data set', () => {
    expect(() => history.experiments.add(experiment('e2', 'nowhere'))).toThrow(/FOREIGN KEY/);
  });

  it('carry tags in order, each once, and notes', () => {
    for (const tag of ['night', 'cifar', 'night']) history.tags.add('e1', tag);
    expect(history.experiments.get('e1')?.tags).toEqual(['cifar', 'night']);
    history.tags.remove('e1', 'night');
    expect(history.tags.of('e1')).toEqual(['cifar']);
    const note = history.notes.add('e1', at, 'odd');
    history.notes.add('e1', at, 'again');
    history.notes.remove(note);
    expect(history.notes.of('e1').map((n) => n.text)).toEqual(['again']);
    history.notes.addWarning('e1', at, 'few examples');
    expect(history.notes.warnings('e1')).toEqual(['few examples']);
  });
});

describe('what a run reports', () => {
  it('epochs come back in the order of the stages, a repeated one replaced', () => {
    const fineTune = epoch(1, { stage: 'fine-tune', isolatedLoss: 0.125 });
    history.metrics.addEpochs('e1', [fineTune, epoch(2), epoch(1)]);
    history.metrics.addEpochs('e1', [epoch(1, { method: 'naive', stage: 'train' }), epoch(2, { loss: 0.5 })]);
    expect(history.metrics.epochs('e1')).toEqual([
      epoch(1, { method: 'naive', stage: 'train' }),
      epoch(1),
      epoch(2, { loss: 0.5 }),
      fineTune,
    ]);
  });

  it('a batch of epochs is written whole or not at all', () => {
    const broken = epoch(2, { loss: null as unknown as number });
    expect(() => history.metrics.addEpochs('e1', [epoch(1), broken])).toThrow(/NOT NULL/);
    expect(history.metrics.epochs('e1')).toEqual([]);
  });

  it('isolation is replaced together with its examples', () => {
    const examples = [
      { rank: 1, example: 42, loss: 0.015625 },
      { rank: 2, example: 7, loss: 0.03125 },
    ];
    history.isolations.set('e1', { figures: isolation, lossFile: 'losses.f32' }, examples);
    expect(history.isolations.get('e1')).toEqual({ figures: isolation, lossFile: 'losses.f32' });
    expect(history.isolations.examples('e1')).toEqual(examples);
    history.isolations.set('e1', { figures: isolation, lossFile: 'other.f32' }, examples.slice(0, 1));
    expect(history.isolations.examples('e1')).toEqual(examples.slice(0, 1));
  });

  it('evaluations, weights and the verdict come back as written', () => {
    history.outcomes.setEvaluation('e1', 'abl', 'final', evaluation());
    expect(history.outcomes.evaluation('e1', 'abl', 'final')).toEqual(evaluation());
    expect(history.outcomes.evaluation('e1', 'abl', 'reestimated')).toBeNull();
    history.outcomes.setWeights('e1', 'abl', 'abl.weights');
    expect(history.outcomes.weights('e1', 'abl')).toBe('abl.weights');
    const verdict = {
      kind: 'poisoned',
      class: 1,
      confidence: 0.9,
      estimatedAsr: null,
      reasons: ['because'],
    } as const;
    history.outcomes.setVerdict('e1', { ...verdict, reasons: [...verdict.reasons] });
    expect(history.outcomes.verdict('e1')).toEqual(verdict);
    history.outcomes.clear('e1');
    expect(history.outcomes.verdict('e1')).toBeNull();
    expect(history.outcomes.evaluation('e1', 'abl', 'final')).toBeNull();
    expect(history.experiments.get('e1')).not.toBeNull();
  });
});

describe('the result', () => {
  it('has the shape of the command line contract', () => {
    history.experiments.setEngine('e1', {
      kind: 'native',
      device: 'cpu',
      version: '2.21.0',
      reason: 'found',
    });
    history.experiments.setTotals('e1', {
      seconds: { naive: 1, abl: 2, oracle: null, total: 3.5 },
      imagesPerSecond: 1000,
      peakMemoryBytes: 1e9,
    });
    history.outcomes.setEvaluation('e1', 'naive', 'final', evaluation());
    history.outcomes.setEvaluation('e1', 'abl', 'before-unlearn', evaluation({ ca: 0.1 }));
    history.outcomes.setEvaluation('e1', 'abl', 'final', evaluation({ asr: 0.01 }));
    history.outcomes.setEvaluation('e1', 'abl', 'reestimated', evaluation({ asr: 0.99, ca: 0.8, ra: 0.25 }));
    history.isolations.set('e1', { figures: isolation, lossFile: 'losses.f32' }, []);
    history.metrics.setStage('e1', { method: 'abl', stage: 'unlearn', state: 'done', seconds: 1 });
    expect(experimentResult(history, history.experiments.get('e1')!)).toEqual({
      experiment: 'e1',
      dataset: {
        id: 'd1',
        name: 'Set d1',
        train: 100,
        test: 20,
        triggered: 10,
        classes: ['cat', 'dog'],
        hash: 'ab'.repeat(32),
      },
      engine: { kind: 'native', device: 'cpu', version: '2.21.0' },
      network: 'small-cnn',
      seed: 7,
      settings,
      naive: {
        ca: 0.75,
        caWithoutTarget: 0.5,
        asr: 1,
        ra: 0,
        caReestimated: null,
        asrReestimated: null,
        raReestimated: null,
      },
      abl: {
        ca: 0.75,
        caWithoutTarget: 0.5,
        asr: 0.01,
        ra: 0,
        caReestimated: 0.8,
        asrReestimated: 0.99,
        raReestimated: 0.25,
        isolation: {
          rate: 0.02,
          count: 2,
          precision: 0.5,
          recall: 0.1,
          auroc: null,
          concentration: 1,
          class: 0,
          threshold: 0.03125,
        },
        unlearned: true,
      },
      oracle: null,
      verdict: null,
      seconds: { naive: 1, abl: 2, oracle: null, total: 3.5 },
      imagesPerSecond: 1000,
    });
  });

  it('does not call a model unlearned whose ascent was only begun', () => {
    history.outcomes.setEvaluation('e1', 'abl', 'final', evaluation());
    history.metrics.setStage('e1', { method: 'abl', stage: 'unlearn', state: 'started', seconds: 0 });
    expect(experimentResult(history, history.experiments.get('e1')!).abl?.unlearned).toBe(false);
  });
});
