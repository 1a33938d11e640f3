import type { DatasetManifest } from '../../../shared/contract/dataset.ts';
import type { Examination, IsolationFigures, Verdict } from '../../../shared/contract/results.ts';
import type { StoredDataset } from '../../datasets/store.ts';
import type { IsolatedExample } from '../../history/isolations.ts';

/** What an experiment says about its data set, as far as removing examples goes. */
export interface CleaningSource {
  experiment: {
    id: string;
    name: string;
    preset: string;
    network: string;
    seed: number;
    appVersion: string;
    /** ISO 8601. */
    finished: string | null;
    /** At most so many training examples were looked at; 0 = all. */
    trainLimit: number;
  };
  dataset: DatasetManifest;
  isolation: IsolationFigures;
  isolated: readonly IsolatedExample[];
  /** Null where another method than the careful one ran. */
  examination: Examination | null;
  verdict: Verdict | null;
  /** Of the training images, where it is known. */
  poisoned: Uint8Array | null;
}

export interface Removed {
  /** Position in the training set. */
  index: number;
  path: string;
  label: string;
  /** 1 = lowest loss. */
  rank: number;
  /** In nats. */
  loss: number;
  reason: string;
}

/** A data set without what an experiment isolated. */
export interface CleanedSet {
  stored: StoredDataset;
  /** Positions in the training set, rising. */
  kept: Int32Array;
  removed: Removed[];
  /** Path in the source of every image. */
  ids: { train: string[]; test: string[] };
  labels: { train: Int32Array; test: Int32Array };
  manifest: CleanedManifest;
}

/** `manifest.json` of a cleaned data set. */
export interface CleanedManifest {
  kind: 'theriac-cleaned-dataset';
  format: 1;
  experiment: CleaningSource['experiment'];
  /** Verdict, target class by name. */
  verdict: { kind: Verdict['kind']; class: string | null; confidence: number } | null;
  source: { name: string; source: string; hash: string; width: number; height: number; channels: number };
  classes: string[];
  counts: { kept: number; removed: number; test: number };
  /** Plain sentences: what was removed and why, and what that does not mean. */
  notes: string[];
  removed: Removed[];
}

/** @throws ExpectedError 'bad-input' when the stored data set is damaged */
export async function cleanedSet(stored: StoredDataset, source: CleaningSource): Promise<CleanedSet> {
  const { classes, counts } = stored.manifest;
  const [train, test, trainLabels, testLabels] = await Promise.all([
    stored.ids('train'),
    stored.ids('test'),
    stored.labels('train'),
    stored.labels('test'),
  ]);
  const removed = source.isolated.map(({ rank, example, loss }) => {
    const label = classes[trainLabels[example]!]!;
    return { index: example, path: train[example]!, label, rank, loss, reason: reason(source, rank, label) };
  });
  const gone = new Set(removed.map(({ index }) => index));
  const kept = Int32Array.from({ length: counts.train }, (_, i) => i).filter((i) => !gone.has(i));
  const { verdict, dataset } = source;
  const { name, hash, width, height, channels } = dataset;
  return {
    stored,
    kept,
    removed,
    ids: { train, test },
    labels: { train: trainLabels, test: testLabels },
    manifest: {
      kind: 'theriac-cleaned-dataset',
      format: 1,
      experiment: source.experiment,
      verdict: verdict && {
        kind: verdict.kind,
        class: verdict.class === null ? null : classes[verdict.class]!,
        confidence: verdict.confidence,
      },
      source: { name, source: dataset.source, hash, width, height, channels },
      classes,
      counts: { kept: kept.length, removed: removed.length, test: counts.test },
      notes: cleaningNotes(source),
      removed,
    },
  };
}

function reason({ examination, isolation }: CleaningSource, rank: number, label: string): string {
  if (examination) {
    return `Judged to carry the trigger of class "${label}" and left out before the model was trained anew.`;
  }
  return `Rank ${rank} of the ${isolation.count} training images with the lowest loss after isolation.`;
}

/** What was removed and why, and what that does not mean; plain, one thought each. */
export function cleaningNotes(source: CleaningSource): string[] {
  const { examination, isolation, verdict, poisoned, dataset, experiment } = source;
  const notes: string[] = [];
  const count = isolation.count;
  if (count === 0) {
    notes.push('Nothing was removed: the run found nothing to leave out.');
  } else if (examination) {
    notes.push(
      `${count} training images were removed: those that the run judged to carry a trigger and left out before it trained its model anew.`,
    );
  } else {
    notes.push(
      `${count} training images were removed: those with the lowest loss after isolation (isolation rate ${round(isolation.rate * 100)} %).`,
      'This method isolates a small share on purpose. Where more of the data set is poisoned than that, most of the poison is STILL IN IT. A run with the preset "careful" looks for all of it.',
    );
  }
  if (verdict && verdict.kind !== 'poisoned') {
    const said =
      verdict.kind === 'no-evidence'
        ? 'found no evidence of poison'
        : 'could not tell whether there is poison';
    notes.push(
      `The run ${said}: ${count > 0 ? 'what was removed may be innocent, and ' : ''}what was kept is not shown to be clean.`,
    );
  } else {
    notes.push('What was kept is not shown to be clean: a trigger of another kind may have gone unnoticed.');
  }
  const looked = experiment.trainLimit > 0 ? Math.min(experiment.trainLimit, dataset.counts.train) : null;
  if (looked !== null && looked < dataset.counts.train) {
    notes.push(
      `The run looked at ${looked} of the ${dataset.counts.train} training images only; the others were kept without a look.`,
    );
  }
  if (poisoned) notes.push(truthNote(poisoned, source.isolated));
  notes.push(
    `Images are in the working size of the import, ${dataset.width} x ${dataset.height} pixels. The source was not touched; "path" says where in it each image came from.`,
  );
  return notes;
}

function truthNote(poisoned: Uint8Array, isolated: readonly IsolatedExample[]): string {
  const all = poisoned.reduce((sum, flag) => sum + flag, 0);
  const found = isolated.filter(({ example }) => poisoned[example] === 1).length;
  return `By ground truth ${found} of the removed images are poisoned, and ${all - found} of the kept ones.`;
}

function round(number: number): number {
  return Math.round(number * 100) / 100;
}
