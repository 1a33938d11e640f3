import type { Settings } from '../../shared/abl/settings.ts';
import type { EngineInfo } from '../../shared/contract/engine.ts';
import type { IsolationFigures, MethodFigures, MethodName, Verdict } from '../../shared/contract/results.ts';
import type { Experiment } from './experiments.ts';
import type { History } from './open.ts';

/** An experiment's outcome as `theriac run --json` prints it. Null stands for what is not known (yet). */
export interface ExperimentResult {
  experiment: string;
  dataset: {
    id: string;
    name: string;
    /** Training, test and triggered test images. */
    train: number;
    test: number;
    triggered: number;
    /** Names; a class elsewhere in the result is an index into them. */
    classes: string[];
    hash: string;
  };
  engine: Pick<EngineInfo, 'kind' | 'device' | 'version'> | null;
  network: string;
  seed: number;
  settings: Settings;
  naive: MethodFigures | null;
  abl: (MethodFigures & { isolation: Omit<IsolationFigures, 'labels'> | null; unlearned: boolean }) | null;
  oracle: MethodFigures | null;
  verdict: Verdict | null;
  seconds: { naive: number | null; abl: number | null; oracle: number | null; total: number } | null;
  imagesPerSecond: number | null;
}

/** Reads the outcome from the rows. A method that has no figures yet is null. */
export function experimentResult(history: History, experiment: Experiment): ExperimentResult {
  const { id } = experiment;
  const record = history.datasets.get(experiment.datasetId);
  if (!record) throw new Error(`experiment ${id} names an unknown data set`);
  const { manifest } = record;
  const abl = methodFigures(history, id, 'abl');
  const isolation = history.isolations.get(id);
  return {
    experiment: id,
    dataset: {
      id: manifest.id,
      name: manifest.name,
      ...manifest.counts,
      classes: manifest.classes,
      hash: experiment.datasetHash,
    },
    engine: experiment.engine && {
      kind: experiment.engine.kind,
      device: experiment.engine.device,
      version: experiment.engine.version,
    },
    network: experiment.network,
    seed: experiment.seed,
    settings: experiment.settings,
    naive: methodFigures(history, id, 'naive'),
    abl: abl && {
      ...abl,
      isolation: isolation && withoutLabels(isolation.figures),
      unlearned: unlearned(history, id),
    },
    oracle: methodFigures(history, id, 'oracle'),
    verdict: history.outcomes.verdict(id),
    seconds: experiment.seconds,
    imagesPerSecond: experiment.imagesPerSecond,
  };
}

function methodFigures(history: History, id: string, method: MethodName): MethodFigures | null {
  const final = history.outcomes.evaluation(id, method, 'final');
  if (!final) return null;
  const again = history.outcomes.evaluation(id, method, 'reestimated');
  return {
    ca: final.ca,
    caWithoutTarget: final.caWithoutTarget,
    asr: final.asr,
    ra: final.ra,
    caReestimated: again?.ca ?? null,
    asrReestimated: again?.asr ?? null,
    raReestimated: again?.ra ?? null,
  };
}

/** Whether something was done against the isolated: unlearning, or, by the careful method, training without them. */
function unlearned(history: History, id: string): boolean {
  if (history.outcomes.examination(id)) return (history.isolations.get(id)?.figures.count ?? 0) > 0;
  const done = (stage: string) => stage === 'unlearn' || stage === 'joint';
  return history.metrics
    .stages(id)
    .some(({ method, stage, state }) => method === 'abl' && done(stage) && state === 'done');
}

function withoutLabels(figures: IsolationFigures): Omit<IsolationFigures, 'labels'> {
  const { labels, ...rest } = figures;
  void labels;
  return rest;
}
