import { CAREFUL } from '../../shared/abl/careful/settings.ts';
import type { Unlearnable } from '../../shared/abl/careful/unlearning.ts';
import { isolationFigures } from '../../shared/abl/isolation.ts';
import { withMarks } from '../../shared/abl/marks.ts';
import type { Settings } from '../../shared/abl/settings.ts';
import { trainStage, type StagePlan } from '../../shared/abl/stages.ts';
import type { Model } from '../../shared/contract/engine.ts';
import { NO_ORDERS } from '../../shared/contract/marks.ts';
import type { Examination, IsolationFigures, StageName, Verdict } from '../../shared/contract/results.ts';
import { examineCarefully } from './careful/careful.ts';
import { differencesOf, triggersOf } from './careful/pictures.ts';
import { unlearnableOf } from './careful/poison.ts';
import { checkStage, nextLook, stageOne } from './careful/stages.ts';
import type { JobContext } from './context.ts';

/** What the careful method hands to the rest of a run: the same things as isolation by lowest loss, and its reasons. */
export interface Examined {
  figures: IsolationFigures;
  /** Data-set indices of what is left out, by rising loss. */
  isolated: Int32Array;
  losses: Float32Array;
  examination: Examination;
  /** Triggers that the ABL model is to unlearn. */
  unlearnable: Unlearnable[];
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
  { engine, train: data, manifest, examples, job, truth, trusted }: JobContext,
  hooks: {
    pause(): Promise<void>;
    train(model: Model, plan: StagePlan, stage: StageName): Promise<void>;
    remember<T>(part: string, work: () => Promise<T>): Promise<T>;
  },
): Promise<Examined> {
  const classes = manifest.classes.length;
  const { settings, seed } = job;
  const found = await examineCarefully(
    { engine, data, classes, examples, settings, seed, trusted, marks: job.marks },
    {
      pause: () => hooks.pause(),
      remember: (part, work) => hooks.remember(part, work),
      train: (model, plan) => hooks.train(model, plan, plan.stage === 'isolate' ? 'isolate' : 'check'),
    },
  );
  const { losses, removed, conclusion } = found;
  // An analyst who has looked at an example knows more of it than any loss.
  const isolated = withMarks(removed, job.marks ?? NO_ORDERS, losses, examples);
  const unlearnable = unlearnableOf(found, isolated, settings.unlearnTrigger);
  const about = { isolated, rate: isolated.length / examples.length, classes };
  return {
    figures: isolationFigures(about, losses, examples, data.labels, truth?.poisoned ?? null),
    isolated,
    losses,
    examination: {
      verdict: unlearnable.length > 0 ? withUnlearning(conclusion.verdict) : conclusion.verdict,
      classes: conclusion.classes,
      poisonShare: conclusion.poisonShare,
      estimatedAsr: conclusion.estimatedAsr,
      evidence: conclusion.evidence.map((e) => ({
        ...e,
        figure: Number.isFinite(e.figure) ? e.figure : null,
      })),
      triggers: triggersOf(found, data),
      differences: await differencesOf(found, data, seed),
    },
    unlearnable,
  };
}

/** A verdict with a word on what is done besides, before its last, which is about confidence. */
function withUnlearning(verdict: Verdict): Verdict {
  const word =
    'A trigger still does something to a model that never saw these images, so some of the poison seems to have stayed. The ABL ' +
    'model therefore also learns copies of kept images with the reconstructed trigger under their own labels.';
  return { ...verdict, reasons: verdict.reasons.toSpliced(-1, 0, word) };
}
