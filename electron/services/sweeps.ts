import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { parse } from 'yaml';
import { completeParameters } from '../../shared/attacks/parameters.ts';
import { attackByName } from '../../shared/attacks/registry.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { chartSvg } from '../../shared/sweep/chart.ts';
import { itemText, type SweepItem } from '../../shared/sweep/item.ts';
import { planItems, planSchema, type Plan } from '../../shared/sweep/plan.ts';
import {
  runRecords,
  sweepTable,
  tableMarkdown,
  tableRecords,
  type SweepRun,
  type SweepTable,
} from '../../shared/sweep/table.ts';
import type { DatasetManifest } from '../../shared/contract/dataset.ts';
import type { ImportHooks } from '../datasets/import-options.ts';
import type { Experiment } from '../history/experiments.ts';
import { experimentResult } from '../history/result.ts';
import { attackCopy, importOrReuse } from './datasets.ts';
import { createExperiment } from './experiments.ts';
import { findDataset } from './lookup.ts';
import { resolveSettings } from './settings.ts';
import type { Workspace } from './workspace.ts';

const MAX_PLAN_BYTES = 1 << 20;

/** A plan with its place in the data folder. The same plan is the same sweep: its id comes from its contents. */
export interface Sweep {
  id: string;
  plan: Plan;
  items: SweepItem[];
  /** Where its plan and reports lie. */
  folder: string;
}

/** @throws ExpectedError 'not-found', or 'bad-input' with the place and the reason */
export function readPlan(file: string): Plan {
  if (!existsSync(file) || !statSync(file).isFile()) {
    throw new ExpectedError('not-found', `There is no plan ${file}.`);
  }
  if (statSync(file).size > MAX_PLAN_BYTES) {
    throw new ExpectedError('bad-input', `The plan ${file} is larger than 1 MB.`);
  }
  let document: unknown;
  try {
    document = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ExpectedError(
      'bad-input',
      `The plan ${file} is no YAML: ${(error as Error).message.split('\n')[0]}`,
    );
  }
  const parsed = planSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  const place = first!.path.length > 0 ? ` at ${first!.path.join('.')}` : '';
  throw new ExpectedError(
    'bad-input',
    `The plan ${file} cannot be used${place}: ${first!.message}`,
    'See docs/sweeps.md for what a plan may hold.',
  );
}

/**
 * Checks a whole plan before the first run: attacks, parameters, networks, presets, settings.
 * @throws ExpectedError 'usage'
 */
export function openSweep(ws: Workspace, plan: Plan): Sweep {
  let items: SweepItem[];
  try {
    items = planItems(plan);
  } catch (error) {
    throw new ExpectedError('usage', `This cannot be done: ${(error as Error).message}.`);
  }
  for (const { attack, method, network } of items) {
    if (attack.kind !== 'none') {
      const { name, parameters } = attackByName(attack.kind);
      completeParameters(name, parameters, attack.parameters);
    }
    resolveSettings(method.preset, method.set, network ?? undefined);
  }
  const labels = new Set(
    plan.attacks.map((_, i) => planItems({ ...plan, attacks: [plan.attacks[i]!] })[0]!.attack.label),
  );
  const methods = new Set(items.map(({ method }) => method.label));
  if (labels.size < plan.attacks.length || methods.size < plan.methods.length) {
    throw new ExpectedError(
      'usage',
      'Two attacks or two methods of the plan have the same name, so the table could not tell them apart.',
      'Give them names of their own with "name".',
    );
  }
  const id = createHash('sha256').update(JSON.stringify(plan)).digest('hex').slice(0, 8);
  const folder = join(ws.folder.path, 'sweeps', id);
  mkdirSync(folder, { recursive: true });
  writeWhole(join(folder, 'plan.json'), `${JSON.stringify(plan, null, 2)}\n`);
  return { id, plan, items, folder };
}

/** The tag by which the experiment of a run is found again. */
export function sweepTag(sweep: Pick<Sweep, 'id'>, item: Pick<SweepItem, 'index'>): string {
  return `sweep:${sweep.id}/${item.index}`;
}

/**
 * How far every run is. Experiments in the trash do not count.
 * @param problems why runs have no experiment, by their place in the plan
 */
export function sweepRuns(
  ws: Workspace,
  sweep: Sweep,
  problems: ReadonlyMap<number, string> = new Map(),
): SweepRun[] {
  const byTag = new Map<string, Experiment>();
  for (const experiment of ws.history.experiments.list()) {
    if (experiment.trashed !== null) continue;
    for (const tag of experiment.tags) if (tag.startsWith(`sweep:${sweep.id}/`)) byTag.set(tag, experiment);
  }
  return sweep.items.map((item) => {
    const experiment = byTag.get(sweepTag(sweep, item));
    if (!experiment) {
      const problem = problems.get(item.index) ?? null;
      return { item, experiment: null, state: problem ? 'failed' : 'planned', figures: null, problem };
    }
    const { id, state, error } = experiment;
    const result = state === 'done' ? experimentResult(ws.history, experiment) : null;
    const figures = result && result[item.method.methods[0]!];
    return {
      item,
      experiment: id,
      state,
      figures: figures && {
        ca: figures.ca,
        asr: figures.asr,
        ra: figures.ra,
        caReestimated: figures.caReestimated,
        asrReestimated: figures.asrReestimated,
        raReestimated: figures.raReestimated,
      },
      problem: error?.message ?? null,
    };
  });
}

/** The clean data set that a plan names: known by name or id, or imported from its path. */
export async function cleanDataset(
  ws: Workspace,
  reference: string,
  hooks: ImportHooks,
): Promise<DatasetManifest> {
  try {
    return findDataset(ws, reference).manifest;
  } catch (error) {
    if (!(error instanceof ExpectedError) || error.code !== 'not-found' || !existsSync(reference))
      throw error;
    return (await importOrReuse(ws, { source: reference }, hooks)).manifest;
  }
}

/** The data set of a run: the clean one, or its poisoned copy, made once and found again. */
export async function poisonedDataset(
  ws: Workspace,
  item: SweepItem,
  hooks: ImportHooks,
): Promise<DatasetManifest> {
  const clean = await cleanDataset(ws, item.dataset, hooks);
  const { attack, rate, seed } = item;
  if (rate === null) return clean;
  const { name, parameters } = attackByName(attack.kind);
  const wanted = JSON.stringify(completeParameters(name, parameters, attack.parameters));
  const known = ws.history.datasets.list().find(({ manifest: { attack: made, id } }) => {
    if (
      !made ||
      made.sourceId !== clean.id ||
      made.attack !== name ||
      made.rate !== rate ||
      made.seed !== seed
    )
      return false;
    const target = clean.classes[made.target];
    if (attack.target !== target && attack.target !== String(made.target)) return false;
    return JSON.stringify(made.parameters) === wanted && existsSync(join(ws.folder.datasets, id));
  });
  if (known) return known.manifest;
  return attackCopy(
    ws,
    clean.id,
    { attack: name, rate, target: attack.target, seed, parameters: attack.parameters },
    hooks,
  );
}

/** The experiment of a run: the one begun before, or a new one. */
export function sweepExperiment(
  ws: Workspace,
  sweep: Sweep,
  run: SweepRun,
  dataset: DatasetManifest,
): string {
  if (run.experiment) return run.experiment;
  const { method, seed, network } = run.item;
  return createExperiment(ws, {
    dataset: dataset.id,
    preset: method.preset,
    ...(network === null ? {} : { network }),
    set: method.set,
    methods: method.methods,
    engine: sweep.plan.engine,
    seed,
    name: `${sweep.plan.name}: ${itemText(run.item)}`.slice(0, 200),
    tags: [sweepTag(sweep, run.item)],
  }).id;
}

export interface SweepFiles {
  markdown: string;
  csv: string;
  runs: string;
  chart: string;
}

/** Writes the table (Markdown, CSV), the list of runs and the chart; each file is replaced as a whole. */
export function writeReports(
  sweep: Sweep,
  runs: SweepRun[],
  folder: string,
): { table: SweepTable; files: SweepFiles } {
  mkdirSync(folder, { recursive: true });
  const table = sweepTable(sweep.plan.name, runs);
  const files = {
    markdown: join(folder, 'table.md'),
    csv: join(folder, 'table.csv'),
    runs: join(folder, 'runs.csv'),
    chart: join(folder, 'chart.svg'),
  };
  writeWhole(files.markdown, tableMarkdown(table));
  // Texts that a spreadsheet would take for formulas are marked as texts.
  const csv = (records: (string | number)[][]) => stringify(records, { escape_formulas: true });
  writeWhole(files.csv, csv(tableRecords(table)));
  writeWhole(files.runs, csv(runRecords(runs)));
  writeWhole(files.chart, chartSvg(table));
  return { table, files };
}

function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.part`, text);
  renameSync(`${file}.part`, file);
}
