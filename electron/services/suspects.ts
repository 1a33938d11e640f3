import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { ExpectedError } from '../../shared/contract/errors.ts';
import type { Mark } from '../../shared/contract/marks.ts';
import type { Examination } from '../../shared/contract/results.ts';
import { marked, type MarkedExample } from '../exports/marks.ts';
import type { Experiment } from '../history/experiments.ts';
import { experimentResult } from '../history/result.ts';
import { openStored } from './datasets.ts';
import { experimentFolder } from './experiments.ts';
import { findExperiment } from './lookup.ts';
import { readLosses } from './recorder.ts';
import type { Workspace } from './workspace.ts';

/** An isolated example, as it is listed and handed on. */
export interface Suspect {
  /** 1 = lowest loss. */
  rank: number;
  /** Position in the training set. */
  index: number;
  /** Path in the source. */
  path: string;
  /** Name of the class it is labelled with. */
  label: string;
  /** In nats, at the end of stage 1. */
  loss: number;
  /** Share of the training images looked at that have a lower loss, 0..1. */
  shareBelow: number;
  /** What the run did about it. */
  decision: 'left out' | 'unlearned' | 'isolated only';
  /** Whether a trigger of its class was reconstructed; null where the run did not look for one. */
  triggerFound: boolean | null;
  /** Where the truth is known. */
  poisoned: boolean | null;
  /** What an analyst said, after the run or before it; null where nothing. */
  mark: Mark | null;
}

export interface SuspectList {
  experiment: Experiment;
  suspects: Suspect[];
  examination: Examination | null;
  /** Names of the classes. */
  classes: string[];
  /** What an analyst said of any example, after the run and before it. */
  marks: { made: MarkedExample[]; given: MarkedExample[] };
}

/** The isolated examples of an experiment by rising loss. @throws ExpectedError 'bad-input' before stage 1 is over */
export async function suspectsOf(ws: Workspace, reference: string): Promise<SuspectList> {
  const experiment = findExperiment(ws, reference);
  const { id } = experiment;
  const { history } = ws;
  const { lossFile } = requireIsolation(ws, experiment);
  const dataset = await openStored(ws, experiment.datasetId);
  const [ids, labels, truth] = await Promise.all([
    dataset.ids('train'),
    dataset.labels('train'),
    dataset.truth(),
  ]);
  const { classes } = dataset.manifest;
  const [made, given] = [history.marks.of(id), history.marks.given(id)];
  const marks = new Map([...given, ...made].map(({ example, mark }) => [example, mark]));
  const examination = history.outcomes.examination(id);
  // Images outside the training limit have no loss.
  const rising = readLosses(join(experimentFolder(ws, id), lossFile))
    .filter((loss) => !Number.isNaN(loss))
    .sort();
  const unlearned = experimentResult(history, experiment).abl?.unlearned ?? false;
  const decision = examination ? 'left out' : unlearned ? 'unlearned' : 'isolated only';
  const suspects = history.isolations.examples(id).map(({ rank, example, loss }): Suspect => ({
    rank,
    index: example,
    path: ids[example]!,
    label: classes[labels[example]!]!,
    loss,
    shareBelow: rising.length > 0 ? countBelow(rising, loss) / rising.length : 0,
    decision,
    triggerFound: examination && (examination.triggers ?? []).some((one) => one.class === labels[example]),
    poisoned: truth ? truth.poisoned[example] === 1 : null,
    mark: marks.get(example) ?? null,
  }));
  const named = { ids, labels, classes };
  return {
    experiment,
    suspects,
    examination,
    classes,
    marks: { made: marked(made, named), given: marked(given, named) },
  };
}

/** What stage 1 found. @throws ExpectedError 'bad-input' where it is not over */
export function requireIsolation(ws: Workspace, experiment: Experiment) {
  const record = ws.history.isolations.get(experiment.id);
  if (record) return record;
  const why = experiment.methods.includes('abl') ? ' yet' : ': it did not run ABL';
  throw new ExpectedError(
    'bad-input',
    `The experiment "${experiment.name}" (${experiment.id}) has isolated nothing${why}.`,
  );
}

/**
 * The list as CSV with a header. A path that a spreadsheet would take for a formula is led by an apostrophe:
 * file names come from a source that is not trusted.
 */
export function suspectsCsv(suspects: readonly Suspect[]): string {
  const known = (key: 'triggerFound' | 'poisoned') => suspects.some((suspect) => suspect[key] !== null);
  const columns = [
    ...['rank', 'index', 'path', 'label', 'loss', 'shareBelow', 'decision'],
    ...(known('triggerFound') ? ['triggerFound'] : []),
    ...(known('poisoned') ? ['poisoned'] : []),
    'mark',
  ];
  return stringify(suspects as Suspect[], {
    header: true,
    columns,
    cast: { boolean: (value) => (value ? '1' : '0') },
    escape_formulas: true,
  });
}

/** How many of rising numbers are smaller. */
function countBelow(rising: Float32Array, limit: number): number {
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
