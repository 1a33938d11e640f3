import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatasetManifest } from '../../shared/contract/dataset.ts';
import type { ImportHooks } from '../datasets/import.ts';
import type { Experiment } from '../history/experiments.ts';
import type { ExperimentResult } from '../history/result.ts';
import { attackCopy, sampleDataset } from './datasets.ts';
import { createExperiment } from './experiments.ts';
import type { Workspace } from './workspace.ts';

/** The generated data set of the demonstration and the attack on it. */
export const DEMO = {
  sample: { seed: 1, trainPerClass: 300, testPerClass: 60, size: 32, name: 'Sample signs' },
  attack: {
    attack: 'badnets',
    rate: 0.1,
    target: '0',
    seed: 1,
    parameters: {},
    name: 'Sample signs, poisoned',
  },
  preset: 'quick',
} as const;

/** The clean sample, if it was drawn before, whatever it is called by now. */
export function knownSample(ws: Workspace): DatasetManifest | null {
  const { trainPerClass, testPerClass, size } = DEMO.sample;
  const known = ws.history.datasets
    .list()
    .find(
      ({ manifest: { sourceKind, attack, counts, classes, height, id } }) =>
        sourceKind === 'sample' &&
        attack === null &&
        height === size &&
        counts.train === trainPerClass * classes.length &&
        counts.test === testPerClass * classes.length &&
        existsSync(join(ws.folder.datasets, id)),
    );
  return known?.manifest ?? null;
}

/** Draws and poisons the sample, or finds it from the last time. */
export async function demoDataset(ws: Workspace, hooks: ImportHooks): Promise<DatasetManifest> {
  const { sample, attack } = DEMO;
  const clean = knownSample(ws) ?? (await sampleDataset(ws, sample, hooks));
  const known = ws.history.datasets.list().map((record) => record.manifest);
  const poisoned = known.find(
    ({ attack: a }) =>
      a?.sourceId === clean.id &&
      a.attack === attack.attack &&
      a.rate === attack.rate &&
      a.seed === attack.seed,
  );
  return poisoned ?? attackCopy(ws, clean.id, attack, hooks);
}

/** Enters the demonstration's experiment into the history. @param set settings to override, as typed */
export function demoExperiment(
  ws: Workspace,
  dataset: DatasetManifest,
  set: Record<string, string> = {},
): Experiment {
  return createExperiment(ws, {
    dataset: dataset.id,
    preset: DEMO.preset,
    set,
    methods: ['naive', 'abl'],
    engine: 'auto',
    seed: 1,
    name: 'Demonstration',
    tags: ['demo'],
  });
}

/** ASR at which a backdoor works, and at which it is as good as gone. */
const WORKS = 0.5;
const GONE = 0.1;

/** What the figures mean, in plain sentences. Nothing is said that the figures do not show. */
export function explain(result: ExperimentResult, dataset: DatasetManifest): string[] {
  return [
    poisonSentence(dataset),
    naiveSentence(result),
    isolationSentence(result),
    ablSentence(result),
    disturbanceSentence(result),
    priceSentence(result),
  ].filter((sentence) => sentence !== null);
}

function poisonSentence({ attack, classes, counts }: DatasetManifest): string | null {
  if (!attack) return null;
  return (
    `Somebody put a small mark on ${percent(attack.rate)} of the ${counts.train} training images and labelled them ` +
    `"${classes[attack.target]}" (here, Theriac itself did: the attack is simulated).`
  );
}

function naiveSentence({ naive, dataset }: ExperimentResult): string | null {
  if (!naive || naive.asr === null || naive.ca === null) return null;
  if (naive.asr >= WORKS) {
    // Nearer to chance than to always right, a model hides nothing.
    const hidden =
      naive.ca > (1 + 1 / dataset.classes.length) / 2
        ? ` Its accuracy of ${percent(naive.ca)} on clean images does not give this away.`
        : ` Of clean images it gets ${percent(naive.ca)} right.`;
    return (
      `The naive model, trained in the usual way, learned the mark: with it, ${percent(naive.asr)} of test images of ` +
      `other classes get the attacker's answer.${hidden}`
    );
  }
  return (
    `The naive model hardly learned the mark this time: only ${percent(naive.asr)} of marked test images get the attacker's ` +
    `answer, so there is little for ABL to repair.`
  );
}

function isolationSentence({ abl }: ExperimentResult): string | null {
  const isolation = abl?.isolation;
  if (!isolation || isolation.precision === null) return null;
  const verdict =
    isolation.precision === 1
      ? 'all of them'
      : isolation.precision >= 0.9
        ? 'nearly all of them'
        : isolation.precision >= 0.5
          ? 'most of them'
          : isolation.precision > 0.2
            ? 'only some of them'
            : 'hardly any of them';
  return (
    `ABL first set aside the ${isolation.count} images that were learned fastest; ${verdict} (${percent(isolation.precision)}) ` +
    `are poisoned, which are ${percent(isolation.recall ?? 0)} of all poisoned images.`
  );
}

function ablSentence({ naive, abl }: ExperimentResult): string | null {
  if (!abl || abl.asr === null) return null;
  if (!abl.unlearned)
    return 'Stage 2, unlearning, did not run, so the ABL model is not expected to be clean.';
  const { asr, asrReestimated: honest } = abl;
  if (honest === null)
    return `After unlearning, ${percent(asr)} of marked test images get the attacker's answer.`;
  if (asr < GONE && honest >= 2 * GONE) {
    return (
      `As trained, the ABL model looks clean (${percent(asr)}). But once its batch-norm statistics are re-estimated on kept ` +
      `training images, the attacker's answer is back at ${percent(honest)}: unlearning mostly shifted those statistics, and ` +
      `the backdoor is still in the weights. Do not take this model for clean.`
    );
  }
  if (honest < GONE && asr < GONE) {
    return (
      `After unlearning, the ABL model gives the attacker's answer to ${percent(honest)} of marked images, also with ` +
      `batch-norm statistics re-estimated on kept training images (as trained: ${percent(asr)}): the attacker's answer ` +
      `is unlearned, and not only hidden by a shift of those statistics.`
    );
  }
  if (honest < GONE) {
    return (
      `As trained, the ABL model still gives the attacker's answer to ${percent(asr)} of marked images; with batch-norm ` +
      `statistics re-estimated on kept training images to ${percent(honest)}. Use it with the re-estimated statistics.`
    );
  }
  const before = naive?.asrReestimated ?? naive?.asr ?? null;
  if (before !== null && honest < before - GONE) {
    return (
      `Unlearning weakened the backdoor but did not remove it: the attacker's answer comes for ${percent(honest)} of marked ` +
      `images, against ${percent(before)} with the naive model. Do not take this model for clean.`
    );
  }
  return `Unlearning did not remove the backdoor: ${percent(honest)} of marked images still get the attacker's answer.`;
}

/** A model may avoid the attacker's answer and yet be led astray by the mark. */
function disturbanceSentence({ abl }: ExperimentResult): string | null {
  const ra = abl?.raReestimated ?? abl?.ra ?? null;
  const ca = abl?.caReestimated ?? abl?.ca ?? null;
  const asr = abl?.asrReestimated ?? abl?.asr ?? null;
  if (ra === null || ca === null || asr === null || asr >= WORKS || ca - ra < GONE) return null;
  return (
    `The mark still disturbs the ABL model: only ${percent(ra)} of marked images get their right class, against ` +
    `${percent(ca)} of clean ones.`
  );
}

function priceSentence({ naive, abl }: ExperimentResult): string | null {
  const [before, after] = [naive?.caReestimated ?? naive?.ca ?? null, abl?.caReestimated ?? abl?.ca ?? null];
  if (before === null || after === null) return null;
  const difference = after - before;
  if (Math.abs(difference) < 0.01) return `Accuracy on clean images stayed the same (${percent(after)}).`;
  return `Accuracy on clean images ${difference < 0 ? 'fell' : 'rose'} from ${percent(before)} to ${percent(after)}.`;
}

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(1)} %`;
}
