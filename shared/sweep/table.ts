import { percentText, type SweepItem } from './item.ts';

/** What one finished run of a sweep gave, fractions 0..1; null = not known. */
export interface SweepFigures {
  ca: number | null;
  asr: number | null;
  ra: number | null;
  caReestimated: number | null;
  asrReestimated: number | null;
  raReestimated: number | null;
}

export interface SweepRun {
  item: SweepItem;
  /** Null while there is no experiment for it. */
  experiment: string | null;
  state: string;
  figures: SweepFigures | null;
  /** Why it failed. */
  problem: string | null;
}

/** Mean and sample standard deviation (null for one value) over the seeds. */
export interface Spread {
  mean: number;
  sd: number | null;
  count: number;
}

export interface SweepCell {
  asr: Spread | null;
  ca: Spread | null;
  ra: Spread | null;
  /** Runs that are done, and runs that there are to be. */
  done: number;
  planned: number;
}

export interface SweepRow {
  dataset: string;
  network: string | null;
  attack: string;
  rate: number | null;
  /** In the order of `SweepTable.methods`. */
  cells: SweepCell[];
}

export interface SweepTable {
  name: string;
  methods: string[];
  rows: SweepRow[];
  /** Mean of the rows with an attack, where there are two at least and all have the figure. */
  average: { asr: number | null; ca: number | null }[] | null;
}

/** Figures after batch-norm statistics were re-estimated, the honest ones, where that was done. */
const honest = (f: SweepFigures) => ({
  asr: f.asrReestimated ?? f.asr,
  ca: f.caReestimated ?? f.ca,
  ra: f.raReestimated ?? f.ra,
});

/** Gathers runs into rows (data set, network, attack, rate) and columns (method), over the seeds. */
export function sweepTable(name: string, runs: readonly SweepRun[]): SweepTable {
  const methods = [...new Set(runs.map(({ item }) => item.method.label))];
  const groups = new Map<string, SweepRun[]>();
  for (const run of runs) {
    const { dataset, network, attack, rate } = run.item;
    const key = JSON.stringify([dataset, network, attack.label, rate]);
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  const rows = [...groups.values()].map((group): SweepRow => {
    const { dataset, network, attack, rate } = group[0]!.item;
    const cells = methods.map((label) => cellOf(group.filter(({ item }) => item.method.label === label)));
    return { dataset, network, attack: attack.label, rate, cells };
  });
  const attacked = rows.filter(({ rate }) => rate !== null);
  const average =
    attacked.length < 2
      ? null
      : methods.map((_, column) => ({
          asr: meanOf(attacked.map(({ cells }) => cells[column]!.asr)),
          ca: meanOf(attacked.map(({ cells }) => cells[column]!.ca)),
        }));
  return { name, methods, rows, average };
}

function cellOf(runs: SweepRun[]): SweepCell {
  const known = runs.flatMap(({ figures }) => (figures ? [honest(figures)] : []));
  const spreadOf = (key: 'asr' | 'ca' | 'ra') =>
    spread(known.flatMap((f) => (f[key] === null ? [] : [f[key]])));
  return {
    asr: spreadOf('asr'),
    ca: spreadOf('ca'),
    ra: spreadOf('ra'),
    done: known.length,
    planned: runs.length,
  };
}

/** Null for no values. */
export function spread(values: number[]): Spread | null {
  if (values.length === 0) return null;
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  if (values.length === 1) return { mean, sd: null, count: 1 };
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return { mean, sd: Math.sqrt(squares / (values.length - 1)), count: values.length };
}

function meanOf(spreads: (Spread | null)[]): number | null {
  if (spreads.some((one) => one === null)) return null;
  return spread(spreads.map((one) => one!.mean))!.mean;
}

/** "97.3 ± 0.4", in percent; "–" for nothing. */
export function spreadText(one: Spread | null): string {
  if (!one) return '–';
  const percent = (v: number) => (v * 100).toFixed(1);
  return one.sd === null ? percent(one.mean) : `${percent(one.mean)} ± ${percent(one.sd)}`;
}

const NOTE =
  'Percent, mean ± standard deviation over the seeds. ASR: triggered test images that get the attacker’s answer; CA: ' +
  'clean accuracy. After re-estimation of batch-norm statistics where that was done.';

/** The table for a paper or a report. Data set and network are left out where they are all the same. */
export function tableMarkdown(table: SweepTable): string {
  const { methods, rows, average } = table;
  const several = (of: (row: SweepRow) => string | null) => new Set(rows.map(of)).size > 1;
  const shown = [
    ...(several((row) => row.dataset) ? [['Data set', (row: SweepRow) => row.dataset] as const] : []),
    ...(several((row) => row.network) ? [['Network', (row: SweepRow) => row.network ?? ''] as const] : []),
    ['Attack', (row: SweepRow) => row.attack] as const,
    ['Rate', (row: SweepRow) => (row.rate === null ? '–' : percentText(row.rate))] as const,
  ];
  const cell = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('|', '\\|');
  const line = (cells: string[]) => `| ${cells.map(cell).join(' | ')} |`;
  const open = (c: SweepCell) => (c.done < c.planned ? ` (${c.done} of ${c.planned})` : '');
  const lines = [
    line([...shown.map(([title]) => title), ...methods.flatMap((m) => [`${m} ASR`, `${m} CA`])]),
    `| ${[...shown.map(() => '---'), ...methods.flatMap(() => ['---:', '---:'])].join(' | ')} |`,
    ...rows.map((row) =>
      line([
        ...shown.map(([, of]) => of(row)),
        ...row.cells.flatMap((c) => [spreadText(c.asr) + open(c), spreadText(c.ca)]),
      ]),
    ),
  ];
  if (average) {
    const figure = (v: number | null) => (v === null ? '–' : (v * 100).toFixed(1));
    const blanks = shown.slice(1).map(() => '');
    lines.push(
      line(['Mean of attacks', ...blanks, ...average.flatMap((a) => [figure(a.asr), figure(a.ca)])]),
    );
  }
  return `# ${table.name}\n\n${lines.join('\n')}\n\n${NOTE}\n`;
}

/** The same in figures, fractions 0..1: one record per row and method, with its header. */
export function tableRecords(table: SweepTable): (string | number)[][] {
  const header = ['dataset', 'network', 'attack', 'rate', 'method', 'runs', 'planned'];
  const figures = ['asr', 'ca', 'ra'] as const;
  const blank = (v: number | null | undefined) => v ?? '';
  return [
    [...header, ...figures.flatMap((f) => [`${f}_mean`, `${f}_sd`])],
    ...table.rows.flatMap((row) =>
      row.cells.map((cell, i) => [
        row.dataset,
        row.network ?? '',
        row.attack,
        blank(row.rate),
        table.methods[i]!,
        cell.done,
        cell.planned,
        ...figures.flatMap((f) => [blank(cell[f]?.mean), blank(cell[f]?.sd)]),
      ]),
    ),
  ];
}

/** Every run on its own, with its header. */
export function runRecords(runs: readonly SweepRun[]): (string | number)[][] {
  const figures = ['ca', 'asr', 'ra', 'caReestimated', 'asrReestimated', 'raReestimated'] as const;
  return [
    ['dataset', 'network', 'attack', 'rate', 'method', 'seed', 'experiment', 'state', ...figures, 'problem'],
    ...runs.map(({ item, experiment, state, figures: f, problem }) => [
      item.dataset,
      item.network ?? '',
      item.attack.label,
      item.rate ?? '',
      item.method.label,
      item.seed,
      experiment ?? '',
      state,
      ...figures.map((key) => f?.[key] ?? ''),
      problem ?? '',
    ]),
  ];
}
