/**
 * Measures the careful method on the cases of cases.ts. One line of JSON per case goes to --out.
 *
 *   node tests/bench/careful/run.ts --bases cifar10=DIR,cifar10-poisoned=DIR,gtsrb=DIR,fmnist=DIR --out FILE
 *     [--data DIR] [--half design|report|families] [--only TEXT] [--seed N] [--train] [--epochs 15] [--cases FILE]
 *
 * --bases names folders to import. --cases measures a JSON list of cases instead of those of cases.ts. --train also trains the final model, the naive and the oracle model.
 * Times are CPU seconds of this process, because wall time on a shared machine says little.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createEngine } from '../../../electron/engine/index.ts';
import { examineCarefully, type CarefulResult } from '../../../electron/trainer/careful/careful.ts';
import { triggerOf, unlearnableOf } from '../../../electron/trainer/careful/poison.ts';
import { presetSettings } from '../../../shared/abl/presets.ts';
import { naturalDistance } from '../../../shared/abl/careful/trigger.ts';
import { inMemory } from '../../../shared/images.ts';
import { precisionRecall } from '../../../shared/metrics/detection.ts';
import { CASES, mayMirror, type Case } from './cases.ts';
import { loadCase, type LoadedCase } from './load.ts';
import { Comparison } from './models.ts';

const { values } = parseArgs({
  options: {
    bases: { type: 'string', default: '' },
    data: { type: 'string', default: '.cache/bench-careful' },
    half: { type: 'string' },
    only: { type: 'string' },
    seed: { type: 'string' },
    out: { type: 'string' },
    train: { type: 'boolean', default: false },
    epochs: { type: 'string', default: '15' },
    cases: { type: 'string' },
  },
});
const bases = new Map(values.bases.split(',').map((entry) => entry.split('=') as [string, string]));
const engine = await createEngine('native');
const cpuSeconds = () => (process.cpuUsage().user + process.cpuUsage().system) / 1e6;

const cases = values.cases ? (JSON.parse(readFileSync(values.cases, 'utf8')) as Case[]) : CASES;
for (const one of cases) {
  if (values.half && one.half !== values.half) continue;
  if (values.only && !`${one.name} (seed ${one.seed})`.includes(values.only)) continue;
  console.error(`## ${one.name}`);
  const loaded = await loadCase(one, { bases, data: values.data, engine });
  const line = await measure({ ...one, seed: Number(values.seed ?? one.seed) }, loaded);
  console.error(JSON.stringify(line));
  if (values.out) appendFileSync(values.out, JSON.stringify(line) + '\n');
}

async function measure(one: Case, loaded: LoadedCase) {
  const { train, truth, classes } = loaded;
  const examples = Int32Array.from({ length: train.count }, (_, i) => i);
  const settings = {
    ...presetSettings('quick'),
    naiveEpochs: Number(values.epochs),
    flip: mayMirror(one),
  };
  const input = {
    engine,
    data: inMemory(train),
    classes: classes.length,
    examples,
    settings,
    seed: one.seed,
  };
  const seconds: Record<string, number> = {};
  let phase = '';
  let mark = cpuSeconds();
  const lap = (next: string) => {
    if (phase) seconds[phase] = (seconds[phase] ?? 0) + cpuSeconds() - mark;
    mark = cpuSeconds();
    phase = next;
  };
  const result = await examineCarefully(input, { onPhase: lap });
  lap('');
  const poisoned = truth.poisoned.reduce((sum, flag) => sum + flag, 0);
  const figures = {
    case: one.name,
    half: one.half,
    seed: one.seed,
    measured: new Date().toISOString().slice(0, 10),
    images: train.count,
    poisoned,
    target: loaded.target,
    verdict: result.conclusion.verdict.kind,
    classes: result.conclusion.classes,
    estimatedAsr: result.conclusion.verdict.estimatedAsr,
    removed: { count: result.removed.length, ...precisionRecall(result.removed, truth.poisoned) },
    seconds,
    ...details(result, loaded),
  };
  if (!values.train) return figures;
  const poison = result.conclusion.groups.findIndex(({ decision }) => decision === 'poison');
  const trigger =
    poison < 0 ? null : triggerOf(result.groups[poison]!, result.conclusion.groups[poison]!.figures);
  const found = trigger && { target: result.groups[poison]!.class, trigger };
  const comparison = new Comparison(input, loaded, found, cpuSeconds);
  const triggers = unlearnableOf(result, result.removed, presetSettings('careful').unlearnTrigger);
  return { ...figures, models: await comparison.all(result.kept, triggers) };
}

/** What the decision rested on, with the truth beside it. */
function details(result: CarefulResult, { train, truth }: LoadedCase) {
  const data = inMemory(train);
  const all = Int32Array.from({ length: Math.floor(train.count / 13) }, (_, i) => i * 13);
  return {
    rankings: result.rankings.slice(0, 6).map(({ ranked, reconstruction: r }) => ({
      class: ranked.class,
      form: r.form,
      gain: r.gain,
      seedPrecision: precisionRecall(ranked.seed, truth.poisoned).precision,
    })),
    groups: result.conclusion.groups.map(({ figures, decision, rule }, i) => ({
      ...figures,
      decision,
      rule,
      form: result.groups[i]!.strong.form,
      change: result.groups[i]!.strong.change,
      inside: result.groups[i]!.inside,
      cut: result.groups[i]!.cut,
      diversity: naturalDistance(data, result.groups[i]!.flagged) / naturalDistance(data, all),
      ...precisionRecall(result.groups[i]!.flagged, truth.poisoned),
    })),
  };
}
