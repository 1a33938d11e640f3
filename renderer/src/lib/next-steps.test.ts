import { describe, expect, test } from 'vitest';
import type { ExperimentDetail } from '../../../shared/contract/api.ts';
import type { MethodFigures, Verdict } from '../../../shared/contract/results.ts';
import { nextSteps } from './next-steps.ts';

const figures = (ca: number | null, asr: number | null) =>
  ({ ca, asr, caReestimated: null, asrReestimated: null }) as MethodFigures;
const verdict = (kind: Verdict['kind']): Verdict => ({
  kind,
  class: 1,
  confidence: 0.9,
  estimatedAsr: null,
  reasons: [],
});
function steps(part: object, isolation: 'lowest-loss' | 'careful' = 'lowest-loss') {
  return nextSteps({
    id: 'e1',
    datasetId: 'd1',
    seed: 4,
    naive: figures(0.9, 1),
    abl: figures(0.9, 0.01),
    evaluations: [],
    target: 1,
    fullVerdict: verdict('poisoned'),
    isolation: { count: 10, concentration: 1 },
    settings: { isolation },
    ...part,
  } as unknown as ExperimentDetail);
}
const kinds = (...args: Parameters<typeof steps>) => steps(...args).map(({ kind }) => kind);

describe('what next', () => {
  test('poisoned and unlearned: use the ABL model, look at the suspects', () => {
    expect(kinds({})).toEqual(['use-abl', 'suspects', 'seed']);
  });

  test('poisoned and the backdoor stands: neither model, run Careful', () => {
    expect(kinds({ abl: figures(0.9, 0.8) })).toEqual(['use-neither', 'careful', 'suspects', 'seed']);
  });

  test('a model that takes images for the target class anyway is not said to have the backdoor, unless it always does', () => {
    const counted = (hits: number) => ({
      abl: figures(0.5, 0.3),
      evaluations: [
        {
          ...{ method: 'abl', moment: 'final' },
          evaluation: {
            confusion: [
              [100 - hits, hits],
              [0, 100],
            ],
            confusionTriggered: [
              [70, 30],
              [0, 0],
            ],
          },
        },
      ],
    });
    expect(kinds(counted(5), 'careful')[0]).toBe('use-neither');
    expect(kinds(counted(25), 'careful')[0]).toBe('use-abl');
    expect(kinds({ ...counted(25), target: 0 }, 'careful')[0]).toBe('use-neither');
    expect(steps({ ...counted(60), abl: figures(0.5, 0.6) }, 'careful')[0]!.text).toContain(
      'whatever they show',
    );
  });

  test('poisoned and not measured: says so', () => {
    expect(kinds({ abl: figures(0.9, null) })).toEqual(['measure', 'careful', 'suspects', 'seed']);
  });

  test('no evidence: the naive model; after a careful run there is nothing closer', () => {
    expect(kinds({ fullVerdict: verdict('no-evidence') })).toEqual(['use-naive', 'careful', 'seed']);
    expect(kinds({ fullVerdict: verdict('no-evidence') }, 'careful')).toEqual(['use-naive', 'seed']);
  });

  test('uncertain isolation: says that it is spread, and to run Careful', () => {
    const spread = { isolation: { count: 10, concentration: 0.3 } };
    expect(kinds({ fullVerdict: verdict('uncertain'), ...spread })).toEqual([
      'spread',
      'careful',
      'suspects',
      'seed',
    ]);
    expect(kinds({ fullVerdict: null, isolation: null })).toEqual(['careful', 'seed']);
  });

  test('accuracy that fell: keep the naive model unless there is poison', () => {
    const fell = { naive: figures(0.9, null), abl: figures(0.8, null) };
    const found = steps({ ...fell, fullVerdict: verdict('no-evidence') }).find((s) => s.kind === 'accuracy')!;
    expect(found.text).toMatch(/10 points.*keep the naive model/);
    expect(steps(fell).find((s) => s.kind === 'accuracy')!.text).toMatch(/careful run/);
    expect(kinds({ naive: figures(0.9, 1), abl: figures(0.88, 0) })).not.toContain('accuracy');
  });

  test('without a test set it says how to get one; the last step names the next seed', () => {
    const all = steps({ abl: figures(null, null), naive: null });
    expect(all.map(({ kind }) => kind)).toContain('test-set');
    expect(all.at(-1)!.link!.href).toBe('#/run?like=e1&seed=5');
  });
});
