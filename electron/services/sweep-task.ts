import { cpSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { planItems, planSchema } from '../../shared/sweep/plan.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import type { DatasetManifest } from '../../shared/contract/dataset.ts';
import { attackDataset } from '../datasets/attack.ts';
import { openDataset } from '../datasets/store.ts';
import { exportBundle } from './bundles.ts';
import { classIndex } from './datasets.ts';
import { runExperiment } from './run.ts';
import { taskFileSchema } from './slurm.ts';
import { sweepExperiment, sweepRuns, type Sweep } from './sweeps.ts';
import type { Workspace } from './workspace.ts';
import { writeWhole } from './write-whole.ts';

/**
 * One run of a sweep on a cluster's node, in a data folder of its own. What comes out is put into `results` beside
 * it as a bundle; what fails, as a reason. A task that Slurm starts again goes on from its checkpoint.
 * @param folder the sweep's folder for Slurm
 * @param environment further variables for the training process
 * @throws ExpectedError what made the run fail, after it was noted
 */
export async function runSweepTask(
  ws: Workspace,
  folder: string,
  index: number,
  { stop, environment }: { stop: AbortSignal; environment: Record<string, string> },
): Promise<void> {
  const parsed = taskFileSchema.parse(JSON.parse(readFileSync(join(folder, 'tasks.json'), 'utf8')));
  const plan = planSchema.parse(parsed.plan);
  const sweep: Sweep = { id: parsed.sweep, plan, items: planItems(plan), folder: ws.folder.path };
  const item = sweep.items[index];
  if (!item) throw new ExpectedError('usage', `The plan has no run ${index}.`);
  const result = join(folder, 'results', `${index}`);
  rmSync(`${result}.failed`, { force: true });
  try {
    const run = sweepRuns(ws, sweep)[index]!;
    const dataset = run.experiment
      ? ws.history.datasets.get(ws.history.experiments.get(run.experiment)!.datasetId)!.manifest
      : await ownDataset(ws, parsed.datasets[item.dataset]!, item, stop);
    const id = sweepExperiment(ws, sweep, run, dataset);
    if (run.state !== 'done') await runExperiment(ws, id, { stop, environment });
    rmSync(`${result}.part`, { force: true });
    await exportBundle(ws, id, { to: `${result}.part`, withDataset: false }, {});
    renameSync(`${result}.part`, `${result}.theriac`);
  } catch (error) {
    if (!stop.aborted) {
      const message = error instanceof Error ? error.message : String(error);
      writeWhole(`${result}.failed`, message);
    }
    throw error;
  }
}

/** The run's data set in the task's own folder: a copy of the clean one, or poisoned from it. */
async function ownDataset(
  ws: Workspace,
  source: string,
  { attack, rate, seed }: Sweep['items'][number],
  signal: AbortSignal,
): Promise<DatasetManifest> {
  const clean = await openDataset(source);
  const into = ws.folder.datasets;
  if (rate === null) {
    const copy = join(into, clean.manifest.id);
    if (!existsSync(copy)) {
      cpSync(source, `${copy}.part`, { recursive: true });
      renameSync(`${copy}.part`, copy);
    }
    // A task that was stopped right here has taken it in when it was started again.
    if (!ws.history.datasets.get(clean.manifest.id)) ws.history.datasets.add(clean.manifest);
    return clean.manifest;
  }
  const target = classIndex(clean.manifest, attack.target);
  const options = { into, attack: attack.kind, rate, target, seed, parameters: attack.parameters };
  const made = await attackDataset(source, options, { signal });
  ws.history.datasets.add(made);
  return made;
}
