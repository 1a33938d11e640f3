import { ExpectedError } from '../../shared/contract/errors.ts';
import type { DatasetManifest } from '../../shared/contract/dataset.ts';
import { itemText, type SweepItem } from '../../shared/sweep/item.ts';
import { keepProblems, sweepExperiment, sweepRuns, type Sweep } from './sweeps.ts';
import type { Workspace } from './workspace.ts';

/** Who does the work of a sweep, and who hears of it. */
export interface SweepWork {
  /** The wish to stop; what is under way keeps a checkpoint. */
  stop: AbortSignal;
  dataset(item: SweepItem): Promise<DatasetManifest>;
  /** Resolves when the experiment is done. @throws ExpectedError why it is not */
  train(experiment: string, item: SweepItem): Promise<void>;
  /** A run is taken up. */
  begun(item: SweepItem): void;
  /** @param problem null = it is done */
  ended(item: SweepItem, problem: string | null): void;
}

/**
 * Does all runs of a sweep that are not done, one after the other. What fails is noted and the next one starts; a
 * stopped sweep goes on with the same call.
 * @throws ExpectedError 'cancelled' on the signal; 'storage' and 'no-engine', which no other run would get around;
 * 'busy' when another program works on the sweep
 */
export async function runSweep(ws: Workspace, sweep: Sweep, work: SweepWork): Promise<void> {
  // A program that died may have left a run that looks as if it was being trained.
  ws.history.experiments.interruptOrphans(new Date().toISOString());
  const problems = new Map<number, string>();
  keepProblems(sweep, problems);
  const runs = sweepRuns(ws, sweep, problems);
  const elsewhere = runs.find(({ state }) => state === 'running');
  if (elsewhere) {
    throw new ExpectedError(
      'busy',
      `Another program is working on this sweep: ${itemText(elsewhere.item)} is being trained.`,
      'Stop it there first.',
    );
  }
  for (const run of runs) {
    if (run.state === 'done') continue;
    if (work.stop.aborted) throw stopped();
    const { item } = run;
    work.begun(item);
    let problem: string | null = null;
    try {
      const dataset = await work.dataset(item);
      if (work.stop.aborted) throw stopped();
      await work.train(sweepExperiment(ws, sweep, run, dataset), item);
    } catch (error) {
      if (work.stop.aborted) throw stopped();
      if (!(error instanceof ExpectedError)) throw error;
      problem = error.message;
      problems.set(item.index, problem);
      keepProblems(sweep, problems);
      if (error.code === 'storage' || error.code === 'no-engine') throw error;
    }
    work.ended(item, problem);
  }
}

function stopped(): ExpectedError {
  return new ExpectedError('cancelled', 'The sweep was stopped.', 'It goes on where it stopped.');
}
