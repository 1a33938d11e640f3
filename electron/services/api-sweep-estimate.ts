import type { SweepCheck } from '../../shared/contract/api.ts';
import { completeParameters } from '../../shared/attacks/parameters.ts';
import { attackByName } from '../../shared/attacks/registry.ts';
import type { DatasetManifest } from '../../shared/contract/dataset.ts';
import type { SweepItem } from '../../shared/sweep/item.ts';
import type { SweepRun } from '../../shared/sweep/table.ts';
import { networkByName } from '../../shared/networks/zoo.ts';
import type { ApiContext } from './api-context.ts';
import type { StoredSpeed } from './api-engine.ts';
import { estimateRun } from './api-estimate.ts';
import { classIndex } from './datasets.ts';
import { findDataset } from './lookup.ts';
import { resolveSettings } from './settings.ts';
import { meantDataset, SAMPLE_REFERENCE } from './sweep-data.ts';
import type { Sweep } from './sweeps.ts';

/**
 * How long the runs that are open will take here, and how many poisoned copies are made for the whole plan. Runs
 * that differ in seed and attack alone take equally long.
 * @throws ExpectedError 'not-found', 'usage', 'bad-input' where a data set is not there or does not fit the plan
 */
export function sweepEstimate(
  context: ApiContext,
  sweep: Sweep,
  runs: readonly SweepRun[],
  speed: StoredSpeed | null,
): Pick<SweepCheck, 'copies' | 'seconds' | 'basis'> {
  const { plan, items } = sweep;
  const manifests = new Map(plan.datasets.map((name) => [name, knownDataset(context, sweep, name)]));
  for (const item of items) checkFits(item, manifests.get(item.dataset)!);
  const poisoned = items.filter(({ rate }) => rate !== null);
  const copies = new Set(
    poisoned.map(({ dataset, attack, rate, seed }) => JSON.stringify([dataset, attack, rate, seed])),
  ).size;
  const unknown = plan.datasets.find((name) => !manifests.get(name));
  if (unknown !== undefined) {
    const made =
      unknown === SAMPLE_REFERENCE
        ? 'The sample is drawn first'
        : `“${unknown}” is imported first; how large it is shows then`;
    return { copies, seconds: null, basis: `${made}.` };
  }
  const known = new Map<string, { seconds: number | null; basis: string }>();
  const open = runs.filter(({ state }) => state !== 'done');
  let seconds: number | null = 0;
  const bases = new Set<string>();
  for (const { item } of open) {
    const key = JSON.stringify([item.dataset, item.network, item.method]);
    let one = known.get(key);
    if (!one) {
      const settings = resolveSettings(item.method.preset, item.method.set, item.network ?? undefined);
      const wanted = { settings, methods: item.method.methods, engine: plan.engine };
      one = estimateRun(context, manifests.get(item.dataset)!, wanted, speed);
      known.set(key, one);
    }
    bases.add(one.basis);
    seconds = seconds === null || one.seconds === null ? null : seconds + one.seconds;
  }
  if (open.length === 0) return { copies, seconds: 0, basis: 'All runs are done.' };
  if (bases.size === 1) return { copies, seconds, basis: [...bases][0]! };
  return {
    copies,
    seconds,
    basis: `The sum of its runs: some were measured on this computer, others are a rough guess from the speed test.`,
  };
}

/** Null for a source that has yet to be imported, and for the sample that has yet to be drawn. */
function knownDataset(context: ApiContext, sweep: Sweep, name: string): DatasetManifest | null {
  const known = meantDataset(context.ws, sweep, name);
  if (known || name === SAMPLE_REFERENCE || /[\\/]/.test(name)) return known;
  return findDataset(context.ws, name).manifest;
}

function checkFits({ attack, method, network }: SweepItem, manifest: DatasetManifest | null): void {
  if (!manifest) return;
  const { height, width, channels, classes } = manifest;
  const settings = resolveSettings(method.preset, method.set, network ?? undefined);
  networkByName(settings.network, { height, width, channels, classes: classes.length });
  if (attack.kind === 'none') return;
  classIndex(manifest, attack.target);
  const { name, parameters } = attackByName(attack.kind);
  completeParameters(name, parameters, attack.parameters);
}
