/**
 * How reliable the careful method's verdicts are: a table and a diagram from measured runs.
 *
 *   node tests/bench/careful/calibrate.ts [--svg docs/reliability.svg] [FILE of run.ts …]
 *
 * Files named are taken into results.jsonl first. What "report and families" count belongs into
 * shared/abl/careful/observed.ts, whence the confidences come; a test compares the two.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  confidenceBounds,
  confidenceOf,
  type VerdictCounts,
} from '../../../shared/abl/careful/confidence.ts';
import type { Case } from './cases.ts';
import { reliabilityDiagram, type Point } from './diagram.ts';
import { addResults, countVerdicts, readResults, RESULTS } from './results.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { svg: { type: 'string' } },
});
if (positionals.length > 0) addResults(readResults(positionals));
const results = readResults([RESULTS]);

const HALVES: Case['half'][][] = [['design'], ['report'], ['families'], ['report', 'families']];
const row = (...cells: (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);
row('cases', 'truth', 'runs', '"poisoned"', '… with another class', '"uncertain"', '"no evidence"');
row(...new Array<string>(7).fill('---'));
for (const halves of HALVES) {
  const { clean, poisoned } = countVerdicts(results, halves);
  const name = halves.join(' and ');
  const all = (counts: Record<string, number>) => Object.values(counts).reduce((sum, n) => sum + n, 0);
  row(name, 'clean', all(clean), clean.poisoned, '–', clean.uncertain, clean['no-evidence']);
  row(
    '',
    'poisoned',
    all(poisoned),
    poisoned.poisoned,
    poisoned.wrong,
    poisoned.uncertain,
    poisoned['no-evidence'],
  );
}
console.log();
row('verdict', 'confidence', 'bounds');
row('---', '---', '---');
const observed = countVerdicts(results, ['report', 'families']);
for (const kind of ['poisoned', 'no-evidence'] as const) {
  const { low, high } = confidenceBounds(kind, observed);
  row(kind, confidenceOf(kind, observed).toFixed(2), `${low.toFixed(2)} to ${high.toFixed(2)}`);
}
console.log(`\nOBSERVED = ${JSON.stringify(observed)}`);
if (values.svg) writeFileSync(values.svg, reliabilityDiagram(points()));

/** What the other runs would have stated, and what then came to pass: for design cases, for report, for families. */
function points(): Point[] {
  const known = (counts: VerdictCounts, kind: 'poisoned' | 'no-evidence') =>
    counts.clean[kind] + counts.poisoned[kind] > 0;
  return (['design', 'report', 'families'] as const).flatMap((half) => {
    const others = (['design', 'report', 'families'] as const).filter((other) => other !== half);
    const stated = countVerdicts(results, others);
    const here = countVerdicts(results, [half]);
    return (['poisoned', 'no-evidence'] as const)
      .filter((kind) => known(here, kind))
      .map((kind) => {
        const rightCount = kind === 'poisoned' ? here.poisoned.poisoned : here.clean['no-evidence'];
        const wrongCount =
          kind === 'poisoned' ? here.clean.poisoned + here.poisoned.wrong : here.poisoned['no-evidence'];
        return {
          label: half,
          kind,
          stated: confidenceOf(kind, stated),
          right: rightCount,
          of: rightCount + wrongCount,
        };
      });
  });
}
