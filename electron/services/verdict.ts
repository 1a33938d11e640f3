import { join } from 'node:path';
import { MOMENTS } from '../../shared/contract/trainer.ts';
import { answeredAnyway } from '../../shared/metrics/answers.ts';
import { joinVerdicts } from '../analysis/careful-verdict.ts';
import { giveVerdict, type Observation } from '../analysis/verdict.ts';
import { experimentResult } from '../history/result.ts';
import { experimentFolder } from './experiments.ts';
import { readLosses } from './recorder.ts';
import type { Workspace } from './workspace.ts';

/** Gives a finished experiment its verdict and records it. */
export function judge(ws: Workspace, id: string): void {
  const { history } = ws;
  const experiment = history.experiments.get(id)!;
  const { manifest } = history.datasets.get(experiment.datasetId)!;
  const { naive, abl } = experimentResult(history, experiment);
  const examination = history.outcomes.examination(id);
  const reestimated = history.outcomes.evaluation(id, 'abl', 'reestimated');
  const verdict = giveVerdict({
    classes: manifest.classes,
    target: manifest.target,
    observations: observations(ws, id),
    naive,
    abl,
    ablAnyway: reestimated && answeredAnyway(reestimated, manifest.target),
    // What the careful method leaves out is no set of lowest loss, and its own sentences describe it.
    isolation: examination ? null : (history.isolations.get(id)?.figures ?? null),
    keptMedianLoss: examination ? null : keptMedianLoss(ws, id),
    unlearned: abl?.unlearned ?? false,
    testCount: manifest.counts.test,
  });
  history.outcomes.setVerdict(
    id,
    examination ? joinVerdicts(examination, verdict, manifest.classes) : verdict,
  );
}

/** The models trained on all of the data, before anything was unlearnt. */
function observations({ history }: Workspace, id: string): Observation[] {
  const found: Observation[] = [];
  const naive = history.outcomes.evaluation(id, 'naive', 'final');
  if (naive) found.push({ model: 'the naive model', evaluation: naive });
  for (const moment of MOMENTS) {
    const evaluation = history.outcomes.evaluation(id, 'abl', moment);
    if (!evaluation) continue;
    if (moment === 'after-isolate') found.push({ model: 'the ABL model after isolation', evaluation });
    if (moment === 'before-unlearn') found.push({ model: 'the ABL model before unlearning', evaluation });
  }
  return found;
}

/** Median loss of the training images that were looked at and not isolated, in nats. */
function keptMedianLoss(ws: Workspace, id: string): number | null {
  const record = ws.history.isolations.get(id);
  if (!record) return null;
  const losses = readLosses(join(experimentFolder(ws, id), record.lossFile));
  for (const { example } of ws.history.isolations.examples(id)) losses[example] = NaN;
  // Images outside the training limit have no loss.
  const kept = losses.filter((loss) => !Number.isNaN(loss)).sort();
  const middle = kept.length >> 1;
  if (kept.length === 0) return null;
  return kept.length % 2 === 1 ? kept[middle]! : (kept[middle - 1]! + kept[middle]!) / 2;
}
