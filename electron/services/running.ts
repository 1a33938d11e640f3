import { existsSync } from 'node:fs';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { openHistory } from '../history/open.ts';
import type { DataFolder } from './data-folder.ts';

/**
 * Refuses to go on while an experiment of the data folder runs. A history that cannot be opened runs nothing:
 * putting it aside is what a restore is for.
 * @throws ExpectedError 'busy'
 */
export function refuseWhileRunning(folder: DataFolder): void {
  if (!existsSync(folder.history)) return;
  let history;
  try {
    history = openHistory(folder.history);
  } catch (error) {
    if (error instanceof ExpectedError && error.code === 'history') return;
    throw error;
  }
  try {
    const running = history.experiments.list().find((experiment) => experiment.state === 'running');
    if (!running) return;
    throw new ExpectedError(
      'busy',
      `The experiment "${running.name}" (${running.id}) is running in process ${running.owner?.pid}.`,
      'Stop it first.',
    );
  } finally {
    history.close();
  }
}
