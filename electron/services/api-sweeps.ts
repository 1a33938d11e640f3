import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { SweepDetail, SweepSummary } from '../../shared/contract/api.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { itemText } from '../../shared/sweep/item.ts';
import { planItems, planSchema } from '../../shared/sweep/plan.ts';
import { sweepTable, type SweepRun } from '../../shared/sweep/table.ts';
import { sweepRuns, type Sweep } from './sweeps.ts';
import type { Workspace } from './workspace.ts';

/** Every sweep that was begun in this data folder, the one last started first. */
export function listSweeps(ws: Workspace): SweepSummary[] {
  const folder = join(ws.folder.path, 'sweeps');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((id) => {
      const sweep = storedSweep(ws, id);
      return sweep ? [summary(sweep, sweepRuns(ws, sweep))] : [];
    })
    .sort((a, b) => b.started.localeCompare(a.started));
}

/** @throws ExpectedError 'not-found' */
export function showSweep(ws: Workspace, id: string): SweepDetail {
  const sweep = storedSweep(ws, id);
  if (!sweep) throw new ExpectedError('not-found', `There is no sweep ${id}.`);
  const runs = sweepRuns(ws, sweep);
  return {
    ...summary(sweep, runs),
    table: sweepTable(sweep.plan.name, runs),
    runs: runs.map(({ item, experiment, state, problem }) => ({
      text: itemText(item),
      experiment,
      state,
      problem,
    })),
  };
}

/** Null for what is no sweep, or that of another version. */
function storedSweep(ws: Workspace, id: string): Sweep | null {
  const folder = join(ws.folder.path, 'sweeps', id);
  const file = join(folder, 'plan.json');
  if (!/^[0-9a-f]{8}$/.test(id) || !existsSync(file)) return null;
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
  const plan = planSchema.safeParse(document);
  return plan.success ? { id, plan: plan.data, items: planItems(plan.data), folder } : null;
}

function summary({ id, plan, folder }: Sweep, runs: SweepRun[]): SweepSummary {
  const count = (...states: string[]) => runs.filter(({ state }) => states.includes(state)).length;
  return {
    id,
    name: plan.name,
    started: statSync(join(folder, 'plan.json')).mtime.toISOString(),
    planned: runs.length,
    done: count('done'),
    failed: count('failed', 'interrupted'),
  };
}
