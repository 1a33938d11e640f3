/**
 * The careful method beside other defences on the same images and the same network: published ABL's isolation (presets
 * "official" and "paper"), Activation Clustering and Spectral Signatures. What each would leave out, as a table.
 *
 *   npm run bench:method -- [--bases cifar10=DIR,fmnist=DIR,…] [--out FILE] [--data DIR] [--half report|families|…]
 *     [--only TEXT] [--defences careful,official,paper,features] [--epochs 15] [--table FILE]
 *
 * Without --bases on the generated sample set alone. --only is looked for in "NAME seed N". --table prints the table of
 * an earlier --out, measuring nothing; of a defence measured twice on a case the later line counts.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createEngine } from '../../../electron/engine/index.ts';
import { examineCarefully } from '../../../electron/trainer/careful/careful.ts';
import { presetSettings } from '../../../shared/abl/presets.ts';
import { inMemory } from '../../../shared/images.ts';
import type { Verdict } from '../../../shared/contract/results.ts';
import { precisionRecall } from '../../../shared/metrics/detection.ts';
import { CASES, mayMirror, SAMPLE, type Case } from './cases.ts';
import { isolatedBy, removedByFeatures } from './defences.ts';
import { loadCase } from './load.ts';

interface Line {
  case: string;
  half: string;
  seed: number;
  images: number;
  poisoned: number;
  target: number | null;
  /** Of the careful method; absent where it was not measured. */
  verdict?: Verdict['kind'];
  classes?: number[];
  removed: Record<string, { count: number; precision: number | null; recall: number | null }>;
}

const { values } = parseArgs({
  options: {
    bases: { type: 'string', default: '' },
    data: { type: 'string', default: '.cache/bench-careful' },
    half: { type: 'string', default: 'report' },
    only: { type: 'string', default: '' },
    defences: { type: 'string', default: 'careful,official,paper,features' },
    out: { type: 'string' },
    table: { type: 'string' },
    epochs: { type: 'string', default: '15' },
  },
});

const lines = values.table
  ? readFileSync(values.table, 'utf8')
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as Line)
  : await measureAll();
console.log(tableOf(lines));

async function measureAll(): Promise<Line[]> {
  const named = values.bases.split(',').filter((entry) => entry.length > 0);
  const bases = new Map(named.map((entry) => entry.split('=') as [string, string]));
  const chosen = CASES.filter(
    ({ name, base, half, seed }) =>
      half === values.half &&
      `${name} seed ${seed}`.includes(values.only) &&
      (base === SAMPLE || bases.has(base)),
  );
  const measured: Line[] = [];
  for (const one of chosen) {
    console.error(`## ${one.name}`);
    const line = await measure(one, bases);
    console.error(JSON.stringify(line));
    if (values.out) appendFileSync(values.out, JSON.stringify(line) + '\n');
    measured.push(line);
  }
  return measured;
}

async function measure(one: Case, bases: Map<string, string>): Promise<Line> {
  const engine = await createEngine('native');
  const loaded = await loadCase(one, { bases, data: values.data, engine });
  const { train, truth, classes } = loaded;
  const settings = {
    ...presetSettings('quick'),
    naiveEpochs: Number(values.epochs),
    flip: mayMirror(one),
  };
  const examples = Int32Array.from({ length: train.count }, (_, i) => i);
  const input = {
    engine,
    data: inMemory(train),
    classes: classes.length,
    examples,
    settings,
    seed: one.seed,
  };
  const wanted = new Set(values.defences.split(','));
  const found = wanted.has('careful') ? await examineCarefully(input) : null;
  const all = {
    ...(found && { 'careful method': found.removed }),
    ...(wanted.has('official') && { 'ABL, published code': await isolatedBy('official', input) }),
    ...(wanted.has('paper') && { 'ABL, paper': await isolatedBy('paper', input) }),
    ...(wanted.has('features') && (await removedByFeatures(input, loaded))),
  };
  return {
    case: one.name,
    half: one.half,
    seed: one.seed,
    images: train.count,
    poisoned: truth.poisoned.reduce((sum, flag) => sum + flag, 0),
    target: loaded.target,
    ...(found && { verdict: found.conclusion.verdict.kind, classes: found.conclusion.classes }),
    removed: Object.fromEntries(
      Object.entries(all).map(([defence, chosen]) => [
        defence,
        { count: chosen.length, ...precisionRecall(chosen, truth.poisoned) },
      ]),
    ),
  };
}

/** Markdown, a row for each case: images left out by each defence; precision and recall in percent where there is poison. */
function tableOf(measured: Line[]): string {
  const lines = merged(measured);
  const defences = [...new Set(lines.flatMap(({ removed }) => Object.keys(removed)))];
  const percent = (share: number | null) => (share === null ? '–' : (100 * share).toFixed(0));
  const rows = lines.map(({ case: name, seed, images, poisoned, removed }) => [
    `${name} (seed ${seed})`,
    `${poisoned} of ${images}`,
    ...defences.map((defence) => {
      const one = removed[defence];
      if (!one) return '';
      return poisoned > 0
        ? `${one.count}: ${percent(one.precision)} / ${percent(one.recall)}`
        : `${one.count}`;
    }),
  ]);
  const head = ['case', 'poison', ...defences];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The lines of one case as one. */
function merged(measured: Line[]): Line[] {
  const known = new Map<string, Line>();
  for (const line of measured) {
    const key = `${line.case} ${line.seed}`;
    const earlier = known.get(key);
    known.set(key, { ...earlier, ...line, removed: { ...earlier?.removed, ...line.removed } });
  }
  return [...known.values()];
}
