import { randomBytes } from 'node:crypto';
import { ExpectedError } from '../../shared/contract/errors.ts';
import type { DatasetRecord } from '../history/datasets.ts';
import type { Experiment } from '../history/experiments.ts';
import type { Workspace } from './workspace.ts';

const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';

/** A new experiment's id: short enough to type, no letters that look alike. */
export function newId(): string {
  return Array.from(randomBytes(8), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

/**
 * The data set that is meant: by id, by name, or by the beginning of its id.
 * @throws ExpectedError 'not-found' or, when several fit, 'usage'
 */
export function findDataset(ws: Workspace, reference: string): DatasetRecord {
  return find(ws.history.datasets.list(), reference, (d) => d.manifest, 'data set', 'theriac datasets');
}

/** Likewise for an experiment, those in the trash included. */
export function findExperiment(ws: Workspace, reference: string): Experiment {
  return find(ws.history.experiments.list(), reference, (e) => e, 'experiment', 'theriac experiments');
}

function find<T>(
  all: T[],
  reference: string,
  naming: (item: T) => { id: string; name: string },
  kind: string,
  command: string,
): T {
  const exact = all.find((item) => naming(item).id === reference);
  if (exact) return exact;
  const named = all.filter((item) => naming(item).name === reference);
  const found =
    named.length > 0 || reference.length < 2
      ? named
      : all.filter((item) => naming(item).id.startsWith(reference));
  if (found.length === 1) return found[0]!;
  if (found.length === 0) {
    throw new ExpectedError(
      'not-found',
      `There is no ${kind} "${reference}".`,
      `See them with "${command}".`,
    );
  }
  const ids = found.map((item) => naming(item).id).join(', ');
  throw new ExpectedError('usage', `"${reference}" fits several ${kind}s: ${ids}.`, 'Name one by its id.');
}
