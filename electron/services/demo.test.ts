import { describe, expect, it } from 'vitest';
import type { IsolationFigures, MethodFigures } from '../../shared/contract/results.ts';
import { isolation as isolationSample, manifest, settings } from '../history/fixtures/samples.ts';
import type { ExperimentResult } from '../history/result.ts';
import { explain } from './demo.ts';

const dataset = manifest('d1', {
  attack: { attack: 'badnets', parameters: {}, rate: 0.1, target: 1, seed: 1, sourceId: 'd0' },
});

function figures(asr: number | null, asrReestimated: number | null, ca = 0.8): MethodFigures {
  return { ca, caWithoutTarget: ca, asr, ra: 0, caReestimated: ca, asrReestimated, raReestimated: 0 };
}

function text(
  naive: MethodFigures,
  abl: MethodFigures,
  options: { unlearned?: boolean; isolation?: Partial<IsolationFigures> } = {},
): string {
  const { labels, ...isolation } = { ...isolationSample, precision: 0.97, recall: 0.5, ...options.isolation };
  expect(labels).toHaveLength(2);
  const result: ExperimentResult = {
    experiment: 'e',
    dataset: { id: 'd1', name: 'n', train: 100, test: 20, triggered: 10, classes: ['cat', 'dog'], hash: 'h' },
    engine: null,
    network: 'small-cnn',
    seed: 1,
    settings,
    naive,
    abl: { ...abl, isolation, unlearned: options.unlearned ?? true },
    oracle: null,
    verdict: null,
    seconds: null,
    imagesPerSecond: null,
  };
  return explain(result, dataset).join('\n');
}

describe('the explanation of the demonstration', () => {
  it('tells a hidden backdoor that comes back when statistics are re-estimated', () => {
    const told = text(figures(0.99, 0.98), figures(0.01, 0.93));
    expect(told).toMatch(
      /looks clean \(1\.0 %\)[\s\S]*back at 93\.0 %[\s\S]*Do not take this model for clean/,
    );
    expect(told).not.toContain('is unlearned, and not only hidden');
  });

  it('calls the attacker’s answer unlearned only when both figures are low', () => {
    expect(text(figures(0.99, 0.98), figures(0.02, 0.03))).toContain('is unlearned, and not only hidden');
    for (const abl of [
      figures(0.02, 0.15),
      figures(0.3, 0.3),
      figures(0.99, 0.98),
      figures(0.4, 0.02),
      figures(0.02, null),
    ]) {
      expect(text(figures(0.99, 0.98), abl)).not.toContain('is unlearned, and not only hidden');
    }
  });

  it('tells weakened, not removed and not attempted apart', () => {
    expect(text(figures(0.99, 0.98), figures(0.4, 0.4))).toContain(
      'weakened the backdoor but did not remove it',
    );
    expect(text(figures(0.99, 0.98), figures(0.97, 0.96))).toContain('did not remove the backdoor: 96.0 %');
    expect(text(figures(0.99, 0.98), figures(0.97, 0.96), { unlearned: false })).toContain('did not run');
  });

  it('says how good the isolation was, and when the naive model learned no trigger', () => {
    expect(text(figures(0.99, 0.98), figures(0, 0))).toContain('nearly all of them (97.0 %)');
    expect(text(figures(0.99, 0.98), figures(0, 0), { isolation: { precision: 0.02 } })).toContain(
      'hardly any of them (2.0 %)',
    );
    expect(text(figures(0.99, 0.98), figures(0, 0), { isolation: { precision: 1 } })).toContain(
      '; all of them (100.0 %)',
    );
    expect(text(figures(0.05, 0.05), figures(0, 0))).toContain('hardly learned the mark');
  });

  it('calls a backdoor hidden only in a model that is good on clean images', () => {
    expect(text(figures(0.99, 0.98, 0.8), figures(0, 0))).toContain('does not give this away');
    expect(text(figures(0.99, 0.98, 0.5), figures(0, 0))).not.toContain('does not give this away');
  });

  it('says so when the mark still leads the model astray', () => {
    const naive = figures(1, 1);
    expect(text(naive, { ...figures(0, 0), raReestimated: 0.25 })).toContain('only 25.0 % of marked images');
    expect(text(naive, { ...figures(0, 0), raReestimated: 0.75 })).not.toContain('still disturbs');
    expect(text(naive, { ...figures(0.9, 0.9), raReestimated: 0 })).not.toContain('still disturbs');
  });

  it('states the price in accuracy', () => {
    expect(text(figures(1, 1, 0.8), figures(0, 0, 0.7))).toContain('fell from 80.0 % to 70.0 %');
    expect(text(figures(1, 1, 0.8), figures(0, 0, 0.805))).toContain('stayed the same');
  });
});
