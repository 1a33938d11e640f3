import { stringify } from 'csv-stringify/sync';
import { ExpectedError } from '../../shared/contract/errors.ts';
import type { Mark } from '../../shared/contract/marks.ts';
import type { Experiment } from '../history/experiments.ts';
import { openStored } from './datasets.ts';
import { findExperiment } from './lookup.ts';
import type { Workspace } from './workspace.ts';

/** An isolated example, by name. */
export interface Suspect {
  /** 1 = lowest loss. */
  rank: number;
  /** Position in the training set. */
  example: number;
  /** Path in the source. */
  path: string;
  /** Name of the class it is labelled with. */
  label: string;
  /** In nats, at the end of stage 1. */
  loss: number;
  /** Where the truth is known. */
  poisoned: boolean | null;
  /** What an analyst said; null where nothing. */
  mark: Mark | null;
}

/** The isolated examples of an experiment by rising loss. @throws ExpectedError 'bad-input' before stage 1 is over */
export async function suspectsOf(
  ws: Workspace,
  reference: string,
): Promise<{ experiment: Experiment; suspects: Suspect[] }> {
  const experiment = findExperiment(ws, reference);
  if (!ws.history.isolations.get(experiment.id)) {
    throw new ExpectedError(
      'bad-input',
      `The experiment "${experiment.name}" (${experiment.id}) has isolated nothing${experiment.methods.includes('abl') ? ' yet' : ': it did not run ABL'}.`,
    );
  }
  const dataset = await openStored(ws, experiment.datasetId);
  const [ids, labels, truth] = await Promise.all([
    dataset.ids('train'),
    dataset.labels('train'),
    dataset.truth(),
  ]);
  const { classes } = dataset.manifest;
  const marks = new Map(ws.history.marks.of(experiment.id).map(({ example, mark }) => [example, mark]));
  const suspects = ws.history.isolations.examples(experiment.id).map(({ rank, example, loss }) => ({
    rank,
    example,
    path: ids[example]!,
    label: classes[labels[example]!]!,
    loss,
    poisoned: truth ? truth.poisoned[example] === 1 : null,
    mark: marks.get(example) ?? null,
  }));
  return { experiment, suspects };
}

/**
 * The list as CSV with a header. A path that a spreadsheet would take for a formula is led by an apostrophe:
 * file names come from a source that is not trusted.
 */
export function suspectsCsv(suspects: readonly Suspect[]): string {
  const known = suspects.some((suspect) => suspect.poisoned !== null);
  const marked = suspects.some((suspect) => suspect.mark !== null);
  return stringify(suspects as Suspect[], {
    header: true,
    columns: ['rank', 'path', 'label', 'loss', ...(known ? ['poisoned'] : []), ...(marked ? ['mark'] : [])],
    cast: { boolean: (value) => (value ? '1' : '0') },
    escape_formulas: true,
  });
}
