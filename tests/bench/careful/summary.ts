/**
 * Prints results.jsonl as the tables of docs/method.md: what was left out, as means over seeds. Those with a star were measured
 * before the last day of measurements.
 *
 *   node tests/bench/careful/summary.ts
 */
import { HELD_OUT_BASES } from './held-out.ts';
import { readResults, RESULTS, type Result } from './results.ts';

const NAMES: Record<string, string> = {
  cifar10: 'CIFAR-10',
  'cifar10-poisoned': 'CIFAR-10',
  fmnist: 'Fashion-MNIST',
  gtsrb: 'GTSRB',
  sample: 'drawn signs',
  mnist: 'MNIST',
  'cifar10-other': 'CIFAR-10, other images',
  hands: 'hands',
};
const ATTACKS: Record<string, string> = { badnets: 'BadNets', blend: 'Blend', sig: 'SIG', custom: 'picture' };
const HEADINGS = {
  report: 'Cases on which nothing was chosen',
  'held-out': 'Data sets that were not looked at while the method was made',
  design: 'Cases whose misses or thresholds changed the method',
  families: 'Other families of attacks',
} as const;

const row = (...cells: (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const mean = (numbers: number[]) => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;

const partOf = ({ half, case: name }: Result) =>
  HELD_OUT_BASES.includes(name.split(' ')[0]!) ? 'held-out' : half;
const results = readResults([RESULTS]);
const lastDay = results
  .map(({ measured }) => measured ?? '')
  .sort()
  .at(-1);
const byCase = Map.groupBy(results, (one) => `${partOf(one)} ${one.case}`);
for (const [part, heading] of Object.entries(HEADINGS)) {
  const cases = [...byCase.values()].filter(([first]) => partOf(first!) === part);
  console.log(`\n### ${heading}\n`);
  row('case', 'images', 'poison', 'seeds', 'verdicts', 'precision', 'recall', 'worst');
  row(...new Array<string>(8).fill('---'));
  for (const runs of cases) row(...cellsOf(runs));
}

function cellsOf(runs: Result[]): (string | number)[] {
  const [first] = runs as [Result];
  const [base, attack, ...rest] = first.case.split(' ');
  const verdicts = [...Map.groupBy(runs, ({ verdict }) => verdict)].map(([kind, of]) => {
    const wrong = (kind !== 'poisoned') === first.poisoned > 0;
    const text = runs.length > 1 ? `${of.length} ${kind}` : kind;
    return wrong ? `**${text}**` : text;
  });
  const found = runs.filter(({ removed }) => removed.count > 0);
  const precision = found.map(({ removed }) => removed.precision!);
  const recall = runs.map(({ removed }) => removed.recall ?? 0);
  const worst = (shares: number[]) => percent(Math.min(...shares));
  return [
    [`${NAMES[base!]!}, ${ATTACKS[attack!] ?? attack}`, ...rest].join(' '),
    first.images.toLocaleString('en'),
    first.poisoned.toLocaleString('en'),
    runs.map(({ seed, measured }) => `${seed}${(measured ?? '') < (lastDay ?? '') ? '*' : ''}`).join(', '),
    verdicts.join(', '),
    precision.length > 0 ? percent(mean(precision)) : '–',
    first.poisoned > 0 ? percent(mean(recall)) : '–',
    runs.length > 1 && precision.length > 0 ? `${worst(precision)} / ${worst(recall)}` : '–',
  ];
}
