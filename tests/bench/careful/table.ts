/** Prints the lines that run.ts wrote as Markdown tables: `node tests/bench/careful/table.ts FILE …` */
import { readFileSync } from 'node:fs';
import type { ModelLine } from './models.ts';

interface Line {
  case: string;
  half: string;
  seed: number;
  images: number;
  poisoned: number;
  target: number | null;
  verdict: string;
  classes: number[];
  estimatedAsr: number | null;
  removed: { count: number; precision: number | null; recall: number | null };
  seconds: Record<string, number>;
  rankings: { class: number; gain: number; seedPrecision: number | null }[];
  models?: Record<'careful' | 'removal' | 'naive' | 'oracle', ModelLine>;
}

const lines = process.argv
  .slice(2)
  .flatMap((file) => readFileSync(file, 'utf8').trim().split('\n'))
  .map((text) => JSON.parse(text) as Line);

const percent = (share: number | null, digits = 1) => (share === null ? '–' : (100 * share).toFixed(digits));
const row = (...cells: (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);
const head = (...cells: string[]) => {
  row(...cells);
  row(...cells.map(() => '---'));
};
const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);

for (const half of ['design', 'report', 'families']) {
  console.log(`\n### ${half}\n`);
  head(
    'case', 'seed', 'images', 'poison', 'seed set precision', 'target rank', 'verdict', 'removed',
    'precision', 'recall', 'estimated ASR', 'CPU s',
  ); // prettier-ignore
  for (const line of lines.filter((l) => l.half === half)) {
    const place = line.rankings.findIndex((r) => line.poisoned > 0 && r.class === line.target);
    row(
      line.case,
      line.seed,
      line.images,
      line.poisoned,
      place < 0 ? '–' : percent(line.rankings[place]!.seedPrecision, 0),
      place < 0 ? '–' : place + 1,
      line.verdict,
      line.removed.count,
      percent(line.removed.count > 0 ? line.removed.precision : null),
      percent(line.poisoned > 0 ? line.removed.recall : null),
      percent(line.estimatedAsr, 0),
      sum(Object.values(line.seconds)).toFixed(0),
    );
  }
}

const trained = lines.filter((line) => line.models);
if (trained.length > 0) {
  console.log('\n### models\n');
  head('case', 'model', 'images', 'poison left', 'CA', 'ASR', 'CA re-estimated', 'ASR re-estimated', 'target class with reconstructed trigger', 'CPU s'); // prettier-ignore
  for (const { case: name, models, seconds } of trained) {
    for (const [kind, m] of Object.entries(models!)) {
      const extra = kind === 'careful' ? sum(Object.values(seconds)) : 0;
      row(
        name,
        kind,
        m.images,
        m.poisonLeft,
        percent(m.ca, 2),
        percent(m.asr, 2),
        percent(m.caReestimated, 2),
        percent(m.asrReestimated, 2),
        percent(m.targetWithTrigger ?? null, 1),
        (m.cpuSeconds + extra).toFixed(0),
      );
    }
  }
  console.log('\n### models, CA / ASR re-estimated, means over seeds\n');
  head('case', 'seeds', 'precision', 'recall', 'naive', 'ABL', 'oracle');
  for (const [name, runs] of Map.groupBy(trained, (line) => line.case)) {
    const mean = (of: (line: Line) => number | null) =>
      percent(sum(runs.map((line) => of(line) ?? NaN)) / runs.length);
    const figures = (kind: 'careful' | 'naive' | 'oracle') =>
      `${mean((l) => l.models![kind].caReestimated)} / ${mean((l) => l.models![kind].asrReestimated)}`;
    row(
      name,
      runs.map(({ seed }) => seed).join(', '),
      mean(({ removed }) => removed.precision ?? 0),
      mean(({ removed }) => removed.recall ?? 0),
      figures('naive'),
      figures('careful'),
      figures('oracle'),
    );
  }
}
