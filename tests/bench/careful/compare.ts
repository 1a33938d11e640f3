/**
 * The careful method beside other defences on the same images and the same network: published ABL's isolation (presets
 * "official" and "paper"), Activation Clustering and Spectral Signatures. What each would leave out, as a table.
 *
 *   npm run bench:method -- [--bases cifar10=DIR,fmnist=DIR,…] [--out FILE] [--data DIR] [--half report|families|…]
 *     [--only TEXT] [--seed N] [--epochs 15] [--table FILE]
 *
 * Without --bases on the generated sample set alone. --table prints the table of an earlier --out, measuring nothing.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createEngine } from '../../../electron/engine/index.ts';
import { examineCarefully } from '../../../electron/trainer/careful/careful.ts';
import { presetSettings } from '../../../shared/abl/presets.ts';
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
  verdict: Verdict['kind'];
  confidence: number;
  removed: Record<string, { count: number; precision: number | null; recall: number | null }>;
}

const { values } = parseArgs({
  options: {
    bases: { type: 'string', default: '' },
    data: { type: 'string', default: '.cache/bench-careful' },
    half: { type: 'string', default: 'report' },
    only: { type: 'string', default: '' },
    seed: { type: 'string' },
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
    ({ name, base, half }) =>
      half === values.half && name.includes(values.only) && (base === SAMPLE || bases.has(base)),
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
  const loaded = await loadCase(one, bases, values.data);
  const { train, truth, classes } = loaded;
  const seed = Number(values.seed ?? one.seed);
  const settings = {
    ...presetSettings('quick'),
    naiveEpochs: Number(values.epochs),
    flip: mayMirror(one),
  };
  const examples = Int32Array.from({ length: train.count }, (_, i) => i);
  const engine = await createEngine('native');
  const input = { engine, data: train, classes: classes.length, examples, settings, seed };
  const { removed, conclusion } = await examineCarefully(input);
  const all = {
    'careful method': removed,
    'ABL, published code': await isolatedBy('official', input),
    'ABL, paper': await isolatedBy('paper', input),
    ...(await removedByFeatures(input, loaded)),
  };
  return {
    case: one.name,
    half: one.half,
    seed,
    images: train.count,
    poisoned: truth.poisoned.reduce((sum, flag) => sum + flag, 0),
    verdict: conclusion.verdict.kind,
    confidence: conclusion.verdict.confidence,
    removed: Object.fromEntries(
      Object.entries(all).map(([defence, chosen]) => [
        defence,
        { count: chosen.length, ...precisionRecall(chosen, truth.poisoned) },
      ]),
    ),
  };
}

/** Markdown, a row for each case and defence: images left out, and how many of these and of the poison that was. */
function tableOf(measured: Line[]): string {
  const percent = (share: number | null) => (share === null ? '–' : `${(100 * share).toFixed(1)} %`);
  const rows = measured.flatMap(({ case: name, seed, images, poisoned, verdict, removed }) =>
    Object.entries(removed).map(([defence, { count, precision, recall }], place) => [
      place === 0 ? `${name} (seed ${seed}): ${poisoned} of ${images} poisoned, "${verdict}"` : '',
      defence,
      String(count),
      percent(poisoned > 0 ? precision : null),
      percent(recall),
    ]),
  );
  const head = ['case', 'defence', 'left out', 'precision', 'recall'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
