import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import type { Settings } from '../../../shared/abl/settings.ts';
import type { EpochMetrics, MethodName, StageName } from '../../../shared/contract/results.ts';

/** One stage of one method on the time axis of a whole experiment, in epochs from 0. */
export interface Phase {
  method: MethodName;
  stage: StageName;
  from: number;
  to: number;
}

/** A column of a line chart: undefined = not measured here, the line goes on; null = the line breaks. */
export type Column = (number | null | undefined)[];

export interface Timeline {
  phases: Phase[];
  /** The end of each epoch, counted over the whole experiment. */
  x: number[];
  loss: Column;
  isolatedLoss: Column;
  accuracy: Column;
  ca: Column;
  asr: Column;
  /** Epochs of all phases together. */
  length: number;
}

const ORDER: readonly MethodName[] = ['naive', 'abl', 'oracle'];

/** The stages to come, as the settings have them. Separate unlearning counts steps: one epoch until it is known. */
export function plannedStages(
  settings: Settings,
  methods: readonly MethodName[],
): { method: MethodName; stage: StageName; epochs: number }[] {
  const plan: { method: MethodName; stage: StageName; epochs: number }[] = [];
  for (const method of ORDER.filter((one) => methods.includes(one))) {
    const add = (stage: StageName, epochs: number) => {
      if (epochs > 0) plan.push({ method, stage, epochs });
    };
    if (method !== 'abl') {
      add('train', settings.naiveEpochs);
      continue;
    }
    if (settings.isolation === 'careful') {
      // Small data sets get more passes; the run itself tells how many.
      add('isolate', CAREFUL.stageOneEpochs + (CAREFUL.looks - 1) * CAREFUL.epochsBetweenLooks);
      add('check', CAREFUL.checkEpochs);
      add('train', settings.naiveEpochs);
      continue;
    }
    add('isolate', settings.isolationEpochs);
    add('fine-tune', settings.fineTuneEpochs);
    if (settings.unlearning === 'joint') add('joint', settings.jointEpochs);
    if (settings.unlearning === 'separate' && settings.unlearnSteps > 0) add('unlearn', 1);
  }
  return plan;
}

/** Puts the epochs that were reported, in any order, on one axis behind each other, stage by stage. */
export function timeline(
  epochs: readonly EpochMetrics[],
  settings: Settings,
  methods: readonly MethodName[],
): Timeline {
  const key = (one: { method: MethodName; stage: StageName }) => `${one.method} ${one.stage}`;
  const reported = new Map(epochs.map((one) => [key(one), one.epochs]));
  const plan = plannedStages(settings, methods);
  for (const one of epochs) {
    if (!plan.some((stage) => key(stage) === key(one)))
      plan.push({ method: one.method, stage: one.stage, epochs: 0 });
  }
  const phases: Phase[] = [];
  let at = 0;
  for (const { method, stage, epochs: planned } of plan) {
    const length = reported.get(key({ method, stage })) ?? planned;
    phases.push({ method, stage, from: at, to: at + length });
    at += length;
  }
  const start = new Map(phases.map((phase) => [key(phase), phase.from]));
  // A repeated epoch (after a resume) counts once: the last report wins.
  const byPlace = new Map(epochs.map((one) => [start.get(key(one))! + one.epoch, one]));
  const places = [...byPlace.keys()].sort((a, b) => a - b);
  const column = (pick: (one: EpochMetrics) => number | null): Column =>
    places.map((place) => pick(byPlace.get(place)!) ?? undefined);
  return {
    phases,
    x: places,
    loss: column((one) => one.loss),
    isolatedLoss: column((one) => one.isolatedLoss),
    accuracy: column((one) => one.accuracy),
    ca: column((one) => one.ca),
    asr: column((one) => one.asr),
    length: at,
  };
}

/** Breaks the lines where they would run from one model into the next. */
export function withGaps(line: Timeline): Timeline {
  const ends = new Set(
    line.phases
      .slice(0, -1)
      .filter((phase, i) => line.phases[i + 1]!.method !== phase.method)
      .map((phase) => phase.to),
  );
  const result: Timeline = { ...line, x: [], loss: [], isolatedLoss: [], accuracy: [], ca: [], asr: [] };
  line.x.forEach((x, i) => {
    result.x.push(x);
    for (const name of ['loss', 'isolatedLoss', 'accuracy', 'ca', 'asr'] as const)
      result[name].push(line[name][i]);
    if (!ends.has(x)) return;
    result.x.push(x + 0.001);
    for (const name of ['loss', 'isolatedLoss', 'accuracy', 'ca', 'asr'] as const) result[name].push(null);
  });
  return result;
}
