import type { ExperimentState, SweepDetail } from '../contract/api.ts';
import type { Verdict } from '../contract/results.ts';

/** Of data sets, classes and experiments nothing is said: a notification may be seen by others, on a locked screen too. */
const VERDICTS: Record<Verdict['kind'], string> = {
  poisoned: 'The data are poisoned.',
  'no-evidence': 'No evidence of poison.',
  uncertain: 'Whether there is poison is uncertain.',
};

/**
 * The words of the system's notification that a run has ended, with its verdict.
 * @returns null for ends that somebody brought about
 */
export function endNotice(
  state: ExperimentState,
  verdict: Verdict['kind'] | null,
): { title: string; body: string } | null {
  const bodies: Partial<Record<ExperimentState, string>> = {
    done: `A run is done. ${verdict ? VERDICTS[verdict] : 'Its figures are ready.'}`,
    failed: 'A run failed. Theriac says why.',
    interrupted: 'A run was interrupted. It can be continued.',
  };
  const body = bodies[state];
  return body === undefined ? null : { title: 'Theriac', body };
}

/**
 * The same for a sweep, which a person gave its name to tell it by.
 * @param broken whether it ended before its time
 * @returns null for one that somebody stopped
 */
export function sweepNotice(
  { name, done, failed, planned }: Pick<SweepDetail, 'name' | 'done' | 'failed' | 'planned'>,
  broken: boolean,
): { title: string; body: string } | null {
  if (!broken && done + failed < planned) return null;
  const title = broken ? 'A sweep ended before its time' : 'A sweep is done';
  const rest = failed > 0 ? `, ${failed} failed` : '';
  return { title, body: `“${name}”: ${done} of ${planned} runs are done${rest}.` };
}
