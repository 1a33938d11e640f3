import { describe, expect, it } from 'vitest';
import type { IsolationFigures, MethodFigures, ModelEvaluation } from '../../shared/contract/results.ts';
import { evaluateAnswers } from '../../shared/metrics/answers.ts';
import { giveVerdict, type VerdictInput } from './verdict.ts';

const classes = ['airplane', 'automobile', 'bird'];

/** A model that answers so many of 1,000 images of each class with class 0, clean and triggered, else rightly. */
function model(anyway: number, triggered: number, perClass = 1000): ModelEvaluation {
  const answers = (wrong: number) => {
    const labels: number[] = [];
    const predicted: number[] = [];
    for (let c = 0; c < classes.length; c++) {
      for (let i = 0; i < perClass; i++) {
        labels.push(c);
        predicted.push(i < wrong ? 0 : c);
      }
    }
    return { labels: Int32Array.from(labels), predicted: Int32Array.from(predicted) };
  };
  return evaluateAnswers(answers(anyway), answers(triggered), classes.length, 0);
}

const figures = (ca: number, asr: number, asrReestimated: number): MethodFigures => ({
  ca,
  caWithoutTarget: ca,
  asr,
  ra: 0,
  caReestimated: ca,
  asrReestimated,
  raReestimated: 0,
});

const isolation: IsolationFigures = {
  rate: 0.01,
  count: 100,
  precision: null,
  recall: null,
  auroc: null,
  concentration: 1,
  class: 1,
  labels: [0, 100, 0],
  threshold: 0.00004,
};

const nothing: VerdictInput = {
  classes,
  target: 0,
  observations: [],
  naive: null,
  abl: null,
  ablAnyway: null,
  isolation: null,
  keptMedianLoss: null,
  unlearned: false,
  testCount: 3000,
};

const naiveModel = (evaluation: ModelEvaluation) => ({ model: 'the naive model', evaluation });

describe('a measured trigger', () => {
  it('is evidence of poison when it works', () => {
    const verdict = giveVerdict({ ...nothing, observations: [naiveModel(model(30, 980))] });
    expect(verdict).toMatchObject({ kind: 'poisoned', class: 0, estimatedAsr: 0.98 });
    expect(verdict.confidence).toBeGreaterThan(0.9);
    expect(verdict.confidence).toBeLessThan(0.98 - 0.03);
    expect(verdict.reasons[0]).toContain('answers “airplane” for 98.0 % of the 2000 test images');
    expect(verdict.reasons[0]).toContain('without it for 3.0 %');
  });

  it('is found by whichever model learnt it', () => {
    const stage1 = { model: 'the model after stage 1', evaluation: model(40, 900) };
    const verdict = giveVerdict({ ...nothing, observations: [naiveModel(model(30, 35)), stage1] });
    expect(verdict).toMatchObject({ kind: 'poisoned', class: 0, estimatedAsr: 0.9 });
    expect(verdict.reasons[0]).toContain('the model after stage 1');
  });

  it('says nothing on a model that gives most images the class anyway', () => {
    const verdict = giveVerdict({ ...nothing, observations: [naiveModel(model(995, 997))] });
    expect(verdict.kind).toBe('uncertain');
    expect(verdict.reasons.join(' ')).toContain('learnt too little');
  });

  it('gives no evidence when it does nothing, and says that this holds for it alone', () => {
    const verdict = giveVerdict({ ...nothing, observations: [naiveModel(model(30, 28))], isolation });
    expect(verdict).toMatchObject({ kind: 'no-evidence', class: null });
    expect(verdict.confidence).toBeLessThanOrEqual(0.5);
    expect(verdict.reasons.join(' ')).toContain('nothing about any other trigger');
    expect(verdict.reasons.join(' ')).toContain('That is no evidence');
  });

  it('is weighed against what the model answers anyway', () => {
    const verdict = giveVerdict({ ...nothing, observations: [naiveModel(model(600, 610))] });
    expect(verdict.kind).not.toBe('poisoned');
  });

  it('leaves it open when it changes some answers', () => {
    const verdict = giveVerdict({ ...nothing, observations: [naiveModel(model(40, 130))] });
    expect(verdict).toMatchObject({ kind: 'uncertain', class: 0, confidence: 0 });
  });

  it('leaves it open when there are too few images', () => {
    const verdict = giveVerdict({ ...nothing, observations: [naiveModel(model(0, 3, 5))] });
    expect(verdict.kind).toBe('uncertain');
    expect(verdict.reasons.join(' ')).toContain('too few');
  });

  it('names the class when the target is not known', () => {
    const verdict = giveVerdict({ ...nothing, target: null, observations: [naiveModel(model(30, 980))] });
    expect(verdict).toMatchObject({ kind: 'poisoned', class: 0 });
  });
});

describe('without a triggered test set', () => {
  it('describes what ABL isolated, but stays uncertain: on clean data it looks the same', () => {
    const verdict = giveVerdict({
      ...nothing,
      observations: [naiveModel({ ...model(30, 30), confusionTriggered: null, asr: null, ra: null })],
      isolation,
      keptMedianLoss: 0.84,
    });
    expect(verdict).toMatchObject({ kind: 'uncertain', class: null, confidence: 0, estimatedAsr: null });
    const text = verdict.reasons.join(' ');
    expect(text).toContain(
      'Of the 100 images of lowest loss (1.0 % of the training set), 100 % are labelled “automobile”',
    );
    expect(text).toContain('at most 4.0e-5; half of the other images have a loss above 0.840');
    expect(text).toContain('Clean data show such a gap as well');
    const known = giveVerdict({
      ...nothing,
      observations: [naiveModel({ ...model(30, 30), confusionTriggered: null, asr: null, ra: null })],
      isolation: { ...isolation, threshold: 0 },
      keptMedianLoss: 0.84,
    });
    expect(known.reasons.join(' ')).toContain('Their loss is at most 0; half');
  });
});

describe('what unlearning did', () => {
  const observations = [naiveModel(model(30, 980))];
  const naive = figures(0.65, 0.98, 0.98);

  it('is exposed where it only moved batch-norm statistics', () => {
    const abl = figures(0.64, 0.006, 0.93);
    const { reasons } = giveVerdict({ ...nothing, observations, naive, abl, unlearned: true });
    expect(reasons.join(' ')).toContain('93.0 % once its batch-norm statistics are re-estimated');
    expect(reasons.join(' ')).toContain('Do not use this model as clean');
  });

  it('is said to have failed where the backdoor stays', () => {
    const { reasons } = giveVerdict({
      ...nothing,
      observations,
      naive,
      abl: figures(0.64, 0.7, 1),
      unlearned: true,
    });
    expect(reasons.join(' ')).toContain('did not break the backdoor');
  });

  it('is not said to have failed where the model answers so without a trigger, too', () => {
    const failed = (ablAnyway: number | null) =>
      giveVerdict({
        ...{ ...nothing, observations, naive, unlearned: true },
        ...{ abl: figures(0.4, 0.25, 0.25), ablAnyway },
      })
        .reasons.join(' ')
        .includes('did not break the backdoor');
    expect(failed(null)).toBe(true);
    expect(failed(0.05)).toBe(true);
    expect(failed(0.15)).toBe(false);
  });

  it('is acknowledged where it worked', () => {
    const { reasons } = giveVerdict({
      ...nothing,
      observations,
      naive,
      abl: figures(0.64, 0.01, 0.015),
      unlearned: true,
    });
    expect(reasons.join(' ')).toContain('answers 1.5 % of triggered images');
    expect(reasons.join(' ')).not.toContain('price');
  });

  it('has its price named when clean accuracy fell by more than chance', () => {
    const abl = figures(0.55, 0.01, 0.01);
    const price = (testCount: number) =>
      giveVerdict({ ...nothing, observations, naive, abl, unlearned: true, testCount }).reasons.join(' ');
    expect(price(3000)).toContain(
      'clean accuracy is 55.0 % (55.0 % with re-estimated batch-norm statistics), against 65.0 %',
    );
    expect(price(50)).not.toContain('price');
  });
});
