import { CAREFUL } from '../../shared/abl/careful/settings.ts';
import { isolationFigures } from '../../shared/abl/isolation.ts';
import type { Settings } from '../../shared/abl/settings.ts';
import { trainStage, type StagePlan } from '../../shared/abl/stages.ts';
import type { Model } from '../../shared/contract/engine.ts';
import type { Examination, IsolationFigures, StageName } from '../../shared/contract/results.ts';
import { examineCarefully } from './careful/careful.ts';
import { checkStage, nextLook, stageOne } from './careful/stages.ts';
import type { JobContext } from './context.ts';

/** What the careful method hands to the rest of a run: the same things as isolation by lowest loss, and its reasons. */
export interface Examined {
  figures: IsolationFigures;
  /** Data-set indices of what is left out, by rising loss. */
  isolated: Int32Array;
  losses: Float32Array;
  examination: Examination;
}

/** The careful method's stages in the ABL model's place; the last trains anew on what is kept. */
export function carefulStages(settings: Settings, kept: Int32Array): StagePlan[] {
  const looks = Array.from({ length: CAREFUL.looks - 1 }, (_, i) => nextLook(settings, kept, i + 1, 0));
  return [stageOne(settings, kept), ...looks, checkStage(settings, kept), trainStage(settings, kept)];
}

/**
 * Examines the training set. Truth is used for the figures alone.
 * @param train trains one of the method's own models through a stage, under the name that is to be reported
 */
export async function examine(
  { engine, train: data, manifest, examples, job, truth }: JobContext,
  hooks: {
    pause(): Promise<void>;
    train(model: Model, plan: StagePlan, stage: StageName): Promise<void>;
  },
): Promise<Examined> {
  const classes = manifest.classes.length;
  const { settings, seed } = job;
  const found = await examineCarefully(
    { engine, data, classes, examples, settings, seed },
    {
      pause: () => hooks.pause(),
      train: (model, plan) => hooks.train(model, plan, plan.stage === 'isolate' ? 'isolate' : 'check'),
    },
  );
  const { losses, removed, conclusion } = found;
  const isolated = removed.slice().sort((a, b) => losses[a]! - losses[b]!);
  const about = { isolated, rate: isolated.length / examples.length, classes };
  return {
    figures:
      isolated.length > 0
        ? isolationFigures(about, losses, examples, data.labels, truth?.poisoned ?? null)
        : nothingIsolated(classes, truth?.poisoned ?? null),
    isolated,
    losses,
    examination: {
      verdict: conclusion.verdict,
      classes: conclusion.classes,
      poisonShare: conclusion.poisonShare,
      estimatedAsr: conclusion.estimatedAsr,
      evidence: conclusion.evidence.map((e) => ({
        ...e,
        figure: Number.isFinite(e.figure) ? e.figure : null,
      })),
    },
  };
}

function nothingIsolated(classes: number, poisoned: Uint8Array | null): IsolationFigures {
  return {
    rate: 0,
    count: 0,
    precision: null,
    recall: poisoned?.includes(1) ? 0 : null,
    auroc: null,
    concentration: 0,
    class: 0,
    labels: new Array<number>(classes).fill(0),
    threshold: 0,
  };
}
