import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { parse, stringify as yaml } from 'yaml';
import { z } from 'zod';
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
import type { Experiment } from '../history/experiments.ts';
import { experimentResult } from '../history/result.ts';
import { removeFolder } from './datasets.ts';
import { createExperiment, trashExperiment } from './experiments.ts';
import { resolveSettings } from './settings.ts';
import { noteDatasets } from './sweep-data.ts';
import type { Workspace } from './workspace.ts';
import { writeWhole } from './write-whole.ts';

const MAX_PLAN_BYTES = 1 << 20;
const problemsSchema = z.array(z.tuple([z.int().min(0), z.string().max(10_000)]));

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
 * Checks a whole plan before the first run: attacks, parameters, networks, presets, settings. Writes nothing.
 * @throws ExpectedError 'usage'
 */
export function plannedSweep(ws: Workspace, plan: Plan): Sweep {
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
  return { id, plan, items, folder: join(ws.folder.path, 'sweeps', id) };
}

/** Checks a plan, notes that it is begun and which data sets it means. @throws ExpectedError 'usage' */
export function openSweep(ws: Workspace, plan: Plan): Sweep {
  const sweep = plannedSweep(ws, plan);
  mkdirSync(sweep.folder, { recursive: true });
  writeWhole(join(sweep.folder, 'plan.json'), `${JSON.stringify(plan, null, 2)}\n`);
  noteDatasets(ws, sweep);
  return sweep;
}

/** A sweep that was begun in this data folder; null for what is none, or that of another version. */
export function storedSweep(ws: Workspace, id: string): Sweep | null {
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

/**
 * Forgets a sweep: its plan, tables and chart. Experiments and data sets stay, but belong to no sweep any more: the
 * same plan trains anew, because it may mean other data by then.
 * @param trash puts its experiments into the trash, too
 * @returns how many experiments went there
 * @throws ExpectedError 'busy' while a run of it is being trained
 */
export async function removeSweep(ws: Workspace, sweep: Sweep, trash: boolean): Promise<number> {
  const runs = sweepRuns(ws, sweep);
  const running = runs.find(({ state }) => state === 'running');
  if (running) {
    throw new ExpectedError(
      'busy',
      `A program is working on this sweep: ${itemText(running.item)} is being trained.`,
      'Stop it first.',
    );
  }
  const doomed = trash ? runs.flatMap(({ experiment }) => experiment ?? []) : [];
  for (const experiment of doomed) trashExperiment(ws, experiment);
  for (const { id, tags } of ws.history.experiments.list())
    for (const tag of tags) if (tag.startsWith(`sweep:${sweep.id}/`)) ws.history.tags.remove(id, tag);
  await removeFolder(sweep.folder, `the sweep ${sweep.folder}`);
  return doomed.length;
}

/** Why runs failed before they had an experiment, by their place in the plan: as the last start of the sweep left it. */
export function problemsOf(sweep: Pick<Sweep, 'folder'>): Map<number, string> {
  const file = join(sweep.folder, 'problems.json');
  if (!existsSync(file)) return new Map();
  try {
    return new Map(problemsSchema.parse(JSON.parse(readFileSync(file, 'utf8'))));
  } catch {
    return new Map();
  }
}

export function keepProblems(sweep: Pick<Sweep, 'folder'>, problems: ReadonlyMap<number, string>): void {
  writeWhole(join(sweep.folder, 'problems.json'), JSON.stringify([...problems]));
}

/** The tag by which the experiment of a run is found again. */
export function sweepTag(sweep: Pick<Sweep, 'id'>, item: Pick<SweepItem, 'index'>): string {
  return `sweep:${sweep.id}/${item.index}`;
}

/**
 * How far every run is. Experiments in the trash do not count.
 * @param problems why runs have no experiment, by their place in the plan; by default what was kept
 */
export function sweepRuns(
  ws: Workspace,
  sweep: Sweep,
  problems: ReadonlyMap<number, string> = problemsOf(sweep),
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
  plan: string;
}

/** Writes the table (Markdown, CSV), the list of runs, the chart and the plan; each file is replaced as a whole. */
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
    plan: join(folder, 'plan.yml'),
  };
  writeWhole(files.markdown, tableMarkdown(table));
  // Texts that a spreadsheet would take for formulas are marked as texts.
  const csv = (records: (string | number)[][]) => stringify(records, { escape_formulas: true });
  writeWhole(files.csv, csv(tableRecords(table)));
  writeWhole(files.runs, csv(runRecords(runs)));
  writeWhole(files.chart, chartSvg(table));
  writeWhole(files.plan, yaml(sweep.plan));
  return { table, files };
}
