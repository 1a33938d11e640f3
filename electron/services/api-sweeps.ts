import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { SweepCheck, SweepDetail, SweepSummary } from '../../shared/contract/api.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { itemText } from '../../shared/sweep/item.ts';
import type { Plan } from '../../shared/sweep/plan.ts';
import { sweepTable, type SweepRun } from '../../shared/sweep/table.ts';
import { asStorageError, OTHER_FILE } from '../history/storage-errors.ts';
import type { ApiContext } from './api-context.ts';
import type { StoredSpeed } from './api-engine.ts';
import { sweepEstimate } from './api-sweep-estimate.ts';
import type { SweepQueue } from './api-sweep-queue.ts';
import { submittedJob, tasksLeft } from './slurm.ts';
import { meantDataset } from './sweep-data.ts';
import {
  openSweep,
  plannedSweep,
  problemsOf,
  readPlan,
  removeSweep,
  storedSweep,
  sweepRuns,
  writeReports,
  type Sweep,
  type SweepFiles,
} from './sweeps.ts';

/** Sweeps: list, show, plan, start, stop, go on, take the table out, delete. */
export class SweepCalls {
  readonly #context: ApiContext;
  readonly #queue: SweepQueue;

  constructor(context: ApiContext, queue: SweepQueue) {
    this.#context = context;
    this.#queue = queue;
  }

  /** Every sweep that was begun in this data folder, the one last started first. */
  list(): SweepSummary[] {
    const { ws } = this.#context;
    const folder = join(ws.folder.path, 'sweeps');
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .flatMap((id) => {
        const sweep = storedSweep(ws, id);
        return sweep ? [this.#summary(sweep, sweepRuns(ws, sweep))] : [];
      })
      .sort((a, b) => b.started.localeCompare(a.started));
  }

  show(id: string): SweepDetail {
    const sweep = this.#stored(id);
    const runs = sweepRuns(this.#context.ws, sweep);
    return {
      ...this.#summary(sweep, runs),
      plan: sweep.plan,
      datasets: sweep.plan.datasets.map((reference) => this.#datasetId(sweep, reference)),
      table: sweepTable(sweep.plan.name, runs),
      runs: runs.map(({ item, experiment, state, problem }) => ({
        text: itemText(item),
        experiment,
        state,
        problem,
      })),
    };
  }

  /** A plan file's contents. */
  open(file: string): Plan {
    return readPlan(resolve(file));
  }

  /** @throws ExpectedError 'usage', 'not-found' what is wrong with a plan, before anything is begun */
  check(plan: Plan, speed: StoredSpeed | null): SweepCheck {
    const { ws } = this.#context;
    const sweep = plannedSweep(ws, plan);
    const runs = sweepRuns(ws, sweep, problemsOf(sweep));
    return {
      id: sweep.id,
      planned: runs.length,
      done: runs.filter(({ state }) => state === 'done').length,
      ...sweepEstimate(this.#context, sweep, runs, speed),
    };
  }

  start(plan: Plan): { id: string } {
    let sweep: Sweep;
    try {
      sweep = openSweep(this.#context.ws, plan);
    } catch (error) {
      throw asStorageError(error, `the data folder ${this.#context.ws.folder.path}`);
    }
    this.#queue.add(sweep);
    return { id: sweep.id };
  }

  stop(id: string): null {
    this.#queue.stop(id);
    return null;
  }

  resume(id: string): null {
    this.start(this.#stored(id).plan);
    return null;
  }

  /** Writes table, runs, chart and plan into a folder. */
  save(id: string, to: string): SweepFiles {
    const sweep = this.#stored(id);
    const folder = resolve(to);
    try {
      return writeReports(sweep, sweepRuns(this.#context.ws, sweep), folder).files;
    } catch (error) {
      throw asStorageError(error, `the folder ${folder}`, OTHER_FILE);
    }
  }

  /** @throws ExpectedError 'busy' while it is worked on, here, by another program or on a cluster */
  async remove(id: string, withExperiments: boolean): Promise<{ experiments: number }> {
    const sweep = this.#stored(id);
    if (this.#queue.activity(id))
      throw new ExpectedError('busy', 'This sweep is being worked on.', 'Stop it first.');
    const { ws } = this.#context;
    const job = submittedJob(sweep)?.job;
    if (job !== undefined && (await tasksLeft(job).catch(withoutSlurm)) > 0) {
      throw new ExpectedError(
        'busy',
        `Slurm’s job ${job} is working on this sweep.`,
        `End it first with "scancel ${job}".`,
      );
    }
    const experiments = await removeSweep(ws, sweep, withExperiments);
    this.#context.tell('changed', { what: 'experiments' });
    return { experiments };
  }

  #stored(id: string): Sweep {
    const sweep = storedSweep(this.#context.ws, id);
    if (!sweep) throw new ExpectedError('not-found', `There is no sweep ${id}.`);
    return sweep;
  }

  #datasetId(sweep: Sweep, reference: string): string | null {
    try {
      return meantDataset(this.#context.ws, sweep, reference)?.id ?? null;
    } catch (error) {
      // A name that fits several by now.
      if (!(error instanceof ExpectedError)) throw error;
      return null;
    }
  }

  #summary({ id, plan, folder }: Sweep, runs: SweepRun[]): SweepSummary {
    const count = (state: string) => runs.filter((run) => run.state === state).length;
    return {
      id,
      name: plan.name,
      started: statSync(join(folder, 'plan.json')).mtime.toISOString(),
      planned: runs.length,
      done: count('done'),
      failed: count('failed'),
      activity: this.#queue.activity(id),
    };
  }
}

/** Where there is no Slurm, nothing of it can be at work that this computer knows of. */
function withoutSlurm(error: unknown): number {
  if (error instanceof ExpectedError && error.code === 'no-engine') return 0;
  throw error;
}
