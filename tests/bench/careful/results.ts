import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VerdictCounts } from '../../../shared/abl/careful/confidence.ts';
import type { Verdict } from '../../../shared/contract/results.ts';
import type { Case } from './cases.ts';

/** What is kept of a line that run.ts wrote. */
export interface Result {
  case: string;
  half: Case['half'];
  seed: number;
  images: number;
  poisoned: number;
  target: number | null;
  verdict: Verdict['kind'];
  classes: number[];
  removed: { count: number; precision: number | null; recall: number | null };
  /** Day of the measurement, YYYY-MM-DD; absent for the oldest. */
  measured?: string;
}

/** The runs from which the confidences come: one line of JSON each, the last measurement of a case and seed. */
export const RESULTS = join(import.meta.dirname, 'results.jsonl');

/** Lines of run.ts in these files; of compare.ts those about the careful method. */
export function readResults(files: string[]): Result[] {
  return files
    .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
    .filter((text) => text.trim().length > 0)
    .map((text) => {
      const line = JSON.parse(text) as Result & { removed: Record<string, Result['removed']> };
      const { case: name, half, seed, images, poisoned, target, verdict, classes, measured } = line;
      const removed = line.removed['careful method'] ?? line.removed;
      return { case: name, half, seed, images, poisoned, target, verdict, classes, removed, measured };
    });
}

/** Keeps the last result of each case and seed, in a settled order. */
export function addResults(more: Result[]): void {
  const known = new Map<string, Result>();
  for (const one of [...readResults([RESULTS]), ...more])
    known.set(`${one.half} ${one.case} ${one.seed}`, one);
  const lines = [...known.keys()].sort().map((key) => JSON.stringify(known.get(key)));
  writeFileSync(RESULTS, lines.join('\n') + '\n');
}

export function countVerdicts(results: Result[], halves: Case['half'][]): VerdictCounts {
  const counts: VerdictCounts = {
    clean: { poisoned: 0, uncertain: 0, 'no-evidence': 0 },
    poisoned: { poisoned: 0, wrong: 0, uncertain: 0, 'no-evidence': 0 },
  };
  for (const { half, poisoned, target, verdict, classes } of results) {
    if (!halves.includes(half)) continue;
    if (poisoned === 0) counts.clean[verdict]++;
    else if (verdict === 'poisoned' && !classes.includes(target!)) counts.poisoned.wrong++;
    else counts.poisoned[verdict]++;
  }
  return counts;
}
