import type {
  IsolationFigures,
  MethodFigures,
  ModelEvaluation,
  Verdict,
} from '../../shared/contract/results.ts';
import { countWithout, shareAnswered, successBeyond } from '../../shared/metrics/answers.ts';
import { wilson, type Interval } from '../../shared/metrics/interval.ts';

/** A model trained on the suspect data, evaluated at some moment. */
export interface Observation {
  /** As a noun phrase for a sentence, e.g. 'the naive model'. */
  model: string;
  evaluation: ModelEvaluation;
}

export interface VerdictInput {
  classes: string[];
  /** Class that triggered images are meant to be answered with; null where it is not known. */
  target: number | null;
  /**
   * Every evaluation of a model trained on all of the data, before anything was unlearnt: the naive model's,
   * and ABL's after isolation and before unlearning. One of them may have learnt a trigger that another has not.
   */
  observations: Observation[];
  naive: MethodFigures | null;
  abl: MethodFigures | null;
  /** Share of clean images that ABL's final model, re-estimated, answers as the attacker wants anyway, see answeredAnyway; null if not known. */
  ablAnyway: number | null;
  isolation: IsolationFigures | null;
  /** Median loss of the training images that were kept, at the end of stage 1, in nats; null if not known. */
  keptMedianLoss: number | null;
  /** Whether stage 2 ran. */
  unlearned: boolean;
  /** Test images, all classes. */
  testCount: number;
}

/** A rise of answers by the trigger that counts as a working backdoor. */
const BACKDOOR_RISE = 0.3;
/** Below this a trigger does nothing worth the name. */
const NO_RISE = 0.05;
/** A model that gives this share of other classes' images the class has learnt nothing that a trigger could change. */
const ANYWAY = 0.5;
/** ASR that unlearning should fall below. */
const BROKEN_ASR = 0.1;
const FALL_OF_CA = 0.02;

interface TriggerEffect {
  observation: Observation;
  class: number;
  asr: number;
  asrInterval: Interval;
  /** Share of the same classes' clean test images that get the class anyway. */
  anyway: number;
  anywayInterval: Interval;
  images: number;
  /** Bounds of the rise, at least 95 %. */
  riseLow: number;
  riseHigh: number;
}

/**
 * Says whether the data are poisoned, as far as published ABL and a triggered test set can tell. Only a measured
 * trigger is evidence: an isolated set of one class, or one of very low loss, is found on clean data too. Without
 * a triggered test set the answer is therefore 'uncertain', with confidence 0. Truth is never looked at.
 *
 * `confidence` is a bound, not a probability: for 'poisoned' the rise of answers with the class that the trigger
 * causes at least (95 %); for 'no-evidence' at most one half, since only one trigger was tried.
 */
export function giveVerdict(input: VerdictInput): Verdict {
  const effect = strongestEffect(input);
  const base = effect ? fromTrigger(input, effect) : withoutTrigger();
  const reasons = [...base.reasons, ...isolationReasons(input, base.kind), ...outcomeReasons(input)];
  return { ...base, reasons };
}

function fromTrigger({ classes }: VerdictInput, e: TriggerEffect): Verdict {
  const name = quoted(classes, e.class);
  const measured =
    `With the trigger, ${e.observation.model} answers ${name} for ${percent(e.asr)} of the ${e.images} test images of ` +
    `other classes (${range(e.asrInterval)}); without it for ${percent(e.anyway)} (${range(e.anywayInterval)}).`;
  if (e.riseLow >= BACKDOOR_RISE) {
    return {
      kind: 'poisoned',
      class: e.class,
      confidence: e.riseLow,
      estimatedAsr: e.asr,
      reasons: [measured, `So the training data taught it to answer the trigger with ${name}.`],
    };
  }
  if (e.riseHigh < NO_RISE && e.anyway < ANYWAY) {
    return {
      kind: 'no-evidence',
      class: null,
      confidence: Math.max(0, 0.5 - e.riseHigh),
      estimatedAsr: e.asr,
      reasons: [
        measured,
        'So the given trigger does nothing here. This says nothing about any other trigger.',
      ],
    };
  }
  const why =
    e.anyway >= ANYWAY
      ? `It answers most images with ${name}, whatever they show: it has learnt too little to tell.`
      : e.riseLow > 0
        ? 'The trigger changes some answers, but too few to call it a backdoor: marks on an image can also simply disturb a model.'
        : 'The test images are too few to tell this difference from chance.';
  return { kind: 'uncertain', class: e.class, confidence: 0, estimatedAsr: e.asr, reasons: [measured, why] };
}

function withoutTrigger(): Verdict {
  return {
    kind: 'uncertain',
    class: null,
    confidence: 0,
    estimatedAsr: null,
    reasons: [
      'There are no triggered test images to measure a backdoor with, and nothing that ABL computes proves or rules one out.',
    ],
  };
}

function isolationReasons(
  { classes, isolation: i, keptMedianLoss }: VerdictInput,
  kind: Verdict['kind'],
): string[] {
  if (!i) return [];
  const name = quoted(classes, i.class);
  const share = `Of the ${i.count} images of lowest loss (${percent(i.rate)} of the training set), ${percent(i.concentration)} are labelled ${name}`;
  const reasons = [
    kind === 'poisoned'
      ? `${share}.`
      : `${share}. That is no evidence: on clean data too the easiest class fills this set.`,
  ];
  if (keptMedianLoss !== null) {
    const caution = kind === 'poisoned' ? '' : ' Clean data show such a gap as well.';
    reasons.push(
      `Their loss is at most ${loss(i.threshold)}; half of the other images have a loss above ${loss(keptMedianLoss)}.${caution}`,
    );
  }
  return reasons;
}

function outcomeReasons({ naive, abl, ablAnyway, unlearned, testCount }: VerdictInput): string[] {
  if (!abl || !unlearned) return [];
  const reasons: string[] = [];
  const { asr, asrReestimated } = abl;
  if (asr !== null && asrReestimated !== null) {
    const stands = successBeyond(asrReestimated, ablAnyway ?? 0) >= 2 * BROKEN_ASR;
    if (asr < BROKEN_ASR && stands) {
      reasons.push(
        `The ABL model as trained answers ${percent(asr)} of triggered images with the target class, but ` +
          `${percent(asrReestimated)} once its batch-norm statistics are re-estimated on kept training images: unlearning ` +
          'moved the statistics, and the backdoor is still in the weights. Do not use this model as clean.',
      );
    } else if (stands) {
      reasons.push(
        `The ABL model still answers ${percent(asrReestimated)} of triggered images with the target class: unlearning did not break the backdoor.`,
      );
    } else if (naive?.asr != null && naive.asr >= BACKDOOR_RISE && asrReestimated < BROKEN_ASR) {
      reasons.push(
        `The ABL model answers ${percent(asrReestimated)} of triggered images with the target class, also with ` +
          `re-estimated batch-norm statistics; the naive model ${percent(naive.asr)}.`,
      );
    }
  }
  if (naive?.ca != null && abl.ca !== null && testCount > 0) {
    // Both models answer the same images, so the models' own intervals make this test a cautious one.
    const before = wilson(Math.round(naive.ca * testCount), testCount);
    const after = wilson(Math.round(abl.ca * testCount), testCount);
    if (naive.ca - abl.ca > FALL_OF_CA && after.high < before.low) {
      const again =
        abl.caReestimated !== null
          ? ` (${percent(abl.caReestimated)} with re-estimated batch-norm statistics)`
          : '';
      reasons.push(
        `Unlearning had a price: clean accuracy is ${percent(abl.ca)}${again}, against ${percent(naive.ca)} of the naive model on ${testCount} test images.`,
      );
    }
  }
  return reasons;
}

/** Over all observations, and over all classes where the target is not known: where the trigger does most. */
function strongestEffect({ classes, target, observations }: VerdictInput): TriggerEffect | null {
  const candidates = target !== null ? [target] : classes.map((_, index) => index);
  // Many comparisons make chance findings likelier: the bounds of the rise are then taken at 99.9 %.
  const z = candidates.length * observations.length > 4 ? 3.29 : 1.96;
  let best: TriggerEffect | null = null;
  for (const observation of observations) {
    for (const candidate of candidates) {
      const effect = effectOf(observation, candidate, z);
      if (effect && (!best || isStronger(effect, best))) best = effect;
    }
  }
  return best;
}

function isStronger(a: TriggerEffect, b: TriggerEffect): boolean {
  return a.riseLow === b.riseLow ? a.riseHigh > b.riseHigh : a.riseLow > b.riseLow;
}

function effectOf(observation: Observation, target: number, z: number): TriggerEffect | null {
  const { confusion, confusionTriggered } = observation.evaluation;
  if (!confusion || !confusionTriggered) return null;
  const asr = shareAnswered(confusionTriggered, target);
  const anyway = shareAnswered(confusion, target);
  if (asr === null || anyway === null) return null;
  const images = countWithout(confusionTriggered, target);
  const clean = countWithout(confusion, target);
  const hits = Math.round(asr * images);
  const hitsAnyway = Math.round(anyway * clean);
  const [triggered, untriggered] = [wilson(hits, images, z), wilson(hitsAnyway, clean, z)];
  return {
    observation,
    class: target,
    asr,
    asrInterval: wilson(hits, images),
    anyway,
    anywayInterval: wilson(hitsAnyway, clean),
    images,
    riseLow: Math.max(0, triggered.low - untriggered.high),
    riseHigh: Math.max(0, triggered.high - untriggered.low),
  };
}

function percent(share: number): string {
  const value = share * 100;
  return `${value >= 99.95 || value < 0.05 ? value.toFixed(0) : value.toFixed(1)} %`;
}

function range({ low, high }: Interval): string {
  return `95 % interval ${percent(low)} to ${percent(high)}`;
}

function loss(value: number): string {
  if (value === 0) return '0';
  return value < 0.001 ? value.toExponential(1) : value.toFixed(3);
}

function quoted(classes: string[], index: number): string {
  return `“${classes[index] ?? index}”`;
}
