import { describe, expect, it } from 'vitest';
import { evaluateAnswers } from '../metrics/answers.ts';
import type { EpochMetrics } from '../contract/results.ts';
import { LogisticModel } from './fixtures/logistic-model.ts';
import { inMemory } from '../images.ts';
import { tinyImages } from './fixtures/tiny-images.ts';
import { answersOn, lossesOf, reestimate } from './inspection.ts';
import { isolate } from './isolation.ts';
import { presetSettings } from './presets.ts';
import type { Settings } from './settings.ts';
import {
  fineTuneStage,
  isolateStage,
  jointStage,
  stagesAfterIsolation,
  stageSteps,
  trainStage,
  unlearnStage,
  type StagePlan,
} from './stages.ts';
import { runStage, startOfStage, type StagePosition, type StageRun } from './training.ts';

const data = inMemory(tinyImages(130, 4, 2, 20));
const all = Int32Array.from({ length: data.count }, (_, i) => i);
const settings: Settings = {
  ...presetSettings('official'),
  batchSize: 16,
  crop: 1,
  naiveEpochs: 4,
  isolationEpochs: 5,
  fineTuneEpochs: 3,
  jointEpochs: 3,
  unlearnSteps: 5,
  unlearnLearningRate: 0.05,
};
const noPause = async () => {};

function newRun(changes: Partial<Settings> = {}): StageRun & { model: LogisticModel } {
  let time = 0;
  return {
    model: new LogisticModel({ height: 4, width: 4, channels: 1, classes: 2 }),
    data,
    settings: { ...settings, ...changes },
    seed: 5,
    method: 'abl',
    now: () => (time += 1000),
  };
}

/** Trains on; stops after so many steps if asked. */
async function train(run: StageRun, plan: StagePlan, position = startOfStage(), stopAfter = Infinity) {
  const epochs: EpochMetrics[] = [];
  let steps = 0;
  for await (const event of runStage(run, plan, position)) {
    if (event.kind === 'epoch') epochs.push(event.metrics);
    else if (++steps >= stopAfter) break;
  }
  return { epochs, position };
}

describe('a stage', () => {
  it('learns, and reports each epoch', async () => {
    const run = newRun({ naiveAugment: false });
    const { epochs, position } = await train(run, trainStage(run.settings, all));
    expect(epochs.map((m) => [m.epoch, m.epochs, m.steps])).toEqual([
      [1, 4, 9],
      [2, 4, 18],
      [3, 4, 27],
      [4, 4, 36],
    ]);
    expect(epochs.map((m) => m.learningRate)).toEqual([0.1, 0.1, 0.1, 0.1 / 10]);
    expect(epochs[3]!.loss).toBeLessThan(0.8 * epochs[0]!.loss);
    expect(epochs[3]!.accuracy).toBeGreaterThan(epochs[0]!.accuracy);
    expect(position).toMatchObject({ ended: true, steps: 36, seconds: 36 });
    expect(run.model.steps.map((s) => s.labels.length).slice(0, 9)).toEqual([
      16, 16, 16, 16, 16, 16, 16, 16, 2,
    ]);
  });

  it('averages loss and accuracy over examples, not over batches', async () => {
    const run = newRun({ weightDecay: 0, naiveEpochs: 1, naiveLearningRate: 1e-12 });
    const { epochs } = await train(run, trainStage(run.settings, all));
    expect(epochs[0]!.loss).toBeCloseTo(Math.log(2), 6);
  });

  it('goes on after a stop exactly as without one, wherever it stopped', async () => {
    for (const stage of [trainStage, isolateStage, fineTuneStage, unlearnStage, joint]) {
      const whole = newRun();
      const plan = stage(settings, all);
      const expected = await train(whole, plan);
      for (const stopAfter of [1, 4, 9, 13]) {
        if (stopAfter >= stageSteps(plan)) continue;
        const before = newRun();
        const first = await train(before, plan, startOfStage(), stopAfter);
        const after = newRun();
        await after.model.write(await before.model.read(true));
        const stored = JSON.parse(JSON.stringify(first.position)) as StagePosition;
        const second = await train(after, plan, stored);
        const withoutTime = (m: EpochMetrics) => ({ ...m, seconds: 0 });
        expect([...first.epochs, ...second.epochs].map(withoutTime)).toEqual(
          expected.epochs.map(withoutTime),
        );
        expect(await after.model.read(true)).toEqual(await whole.model.read(true));
      }
    }
  });

  it('says in plain words when the loss is no longer a number', async () => {
    const run = newRun({ naiveLearningRate: 10 });
    run.model.step = async (input) => ({
      losses: new Float32Array(input.labels.length).fill(NaN),
      predicted: input.labels,
    });
    await expect(train(run, trainStage(run.settings, all))).rejects.toMatchObject({
      code: 'run-failed',
      message: expect.stringContaining('stage train, epoch 1'),
    });
  });
});

describe('stage 2', () => {
  const joined = all.subarray(0, 20);
  const kept = all.subarray(20);

  it('ascends for the given number of steps, also in the middle of a pass', async () => {
    const run = newRun();
    await train(run, trainStage(run.settings, all));
    const plan = unlearnStage(run.settings, joined);
    const { epochs } = await train(run, plan);
    expect(epochs.map((m) => [m.epoch, m.epochs, m.steps])).toEqual([
      [1, 3, 2],
      [2, 3, 4],
      [3, 3, 5],
    ]);
    expect(epochs.every((m) => m.isolatedLoss === m.loss)).toBe(true);
    expect(epochs[2]!.loss).toBeGreaterThan(epochs[0]!.loss);
  });

  it('stops the ascent once the isolated are no longer recognised', async () => {
    const run = newRun({ unlearnSteps: 400, unlearnStopAccuracy: 0.3 });
    await train(run, trainStage(run.settings, all));
    const { epochs } = await train(run, unlearnStage(run.settings, joined));
    expect(epochs.at(-1)!.accuracy).toBeLessThan(0.3);
    expect(epochs.slice(0, -1).every((m) => m.accuracy >= 0.3)).toBe(true);
    expect(epochs.at(-1)!.steps).toBeLessThan(400);
  });

  it('forgets momentum before the ascent only if asked', async () => {
    const moved = async (unlearnCarryMomentum: boolean) => {
      const run = newRun({ unlearnCarryMomentum, unlearnSteps: 1 });
      await train(run, trainStage(run.settings, all));
      await train(run, unlearnStage(run.settings, joined));
      return run.model.read();
    };
    expect(await moved(true)).not.toEqual(await moved(false));
  });

  it('joins isolated examples to each step of the kept', async () => {
    const run = newRun();
    const { epochs } = await train(run, jointStage({ ...run.settings, jointWeight: 0.5 }, kept, joined));
    const first = run.model.steps[0]!;
    expect(first.labels).toHaveLength(16 + 4);
    expect([...first.weights.subarray(0, 16)]).toEqual(new Array(16).fill(1 / 16));
    expect([...first.weights.subarray(16)]).toEqual(new Array(4).fill(-0.125));
    expect([...first.labels.subarray(16)]).toEqual([0, 0, 0, 0]);
    expect(epochs.at(-1)!.isolatedLoss).toBeGreaterThan(epochs.at(-1)!.loss);
  });

  it('has only the stages that the settings ask for', () => {
    const stages = (changes: Partial<Settings>) =>
      stagesAfterIsolation({ ...settings, ...changes }, kept, joined).map((plan) => plan.stage);
    expect(stages({})).toEqual(['fine-tune', 'unlearn']);
    expect(stages({ unlearning: 'none' })).toEqual(['fine-tune']);
    expect(stages({ unlearning: 'joint', fineTuneEpochs: 0 })).toEqual(['joint']);
    expect(stages({ unlearnSteps: 0 })).toEqual(['fine-tune']);
    const one = stagesAfterIsolation(settings, all.subarray(1), all.subarray(0, 1));
    expect(one.map((plan) => plan.stage)).toEqual(['fine-tune']);
  });
});

describe('isolation on a model', () => {
  it('finds examples with a trigger that the model learned first', async () => {
    const run = newRun({ isolationObjective: 'plain', isolationEpochs: 15 });
    await train(run, isolateStage(run.settings, all));
    const losses = await lossesOf(run.model, data, all, noPause);
    const { isolated } = isolate(losses, all, 0.1);
    expect([...isolated].filter((index) => index < 20).length).toBeGreaterThan(7);
    const answers = await answersOn(run.model, data, noPause);
    const { confusion } = evaluateAnswers(answers, null, 2, null);
    expect(confusion!.flat().reduce((a, b) => a + b)).toBe(data.count);
  });

  it('looks only at the examples in use, however many batches they take', async () => {
    const many = tinyImages(700, 4, 2);
    const run = newRun();
    const some = Int32Array.from({ length: 600 }, (_, i) => i + 50);
    const losses = await lossesOf(run.model, inMemory(many), some, noPause);
    expect([...losses].filter(Number.isFinite)).toHaveLength(600);
    expect(Number.isNaN(losses[0])).toBe(true);
    const answers = await answersOn(run.model, inMemory(many), noPause);
    const direct = await run.model.evaluate(many.images, many.labels);
    expect(answers.predicted).toEqual(direct.predicted);
    expect(losses.subarray(50, 650)).toEqual(direct.losses.subarray(50, 650));
  });

  it('re-estimates statistics as the mean over batches of the kept images', async () => {
    const run = newRun();
    await train(run, trainStage(run.settings, all));
    const weights = (await run.model.read(true)).get('fc/kernel');
    const many = tinyImages(300, 4, 2);
    const kept = Int32Array.from({ length: 300 }, (_, i) => i);
    await reestimate(run.model, inMemory(many), kept, 1000, 3, noPause);
    const after = await run.model.read(true);
    expect(after.get('fc/kernel')).toEqual(weights);
    const mean = new Float64Array(16);
    many.images.forEach((value, i) => (mean[i % 16]! += value / 255 / 300));
    mean.forEach((value, p) => expect(after.get('norm/mean')![p]).toBeCloseTo(value, 6));
  });
});

function joint(settings: Settings, examples: Int32Array): StagePlan {
  return jointStage(settings, examples.subarray(20), examples.subarray(0, 20));
}
