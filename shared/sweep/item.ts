import type { MethodName } from '../contract/results.ts';

// Without zod, which the screens must not load: it tries whether code may be made from text, and theirs may not.

/** What one run trains, as the rows and columns of the table call it. */
export interface SweepItem {
  /** Place in the plan, from 0. */
  index: number;
  dataset: string;
  attack: {
    label: string;
    kind: string;
    target: string;
    parameters: Record<string, number | boolean | string>;
  };
  /** Null for the clean control. */
  rate: number | null;
  network: string | null;
  method: { label: string; methods: MethodName[]; preset: string; set: Record<string, string> };
  seed: number;
}

/** One run in a line, e.g. "badnets 10 %, Sample, small-cnn, naive, seed 1". */
export function itemText({ dataset, attack, rate, network, method, seed }: SweepItem): string {
  const share = rate === null ? attack.label : `${attack.label} ${percentText(rate)}`;
  return [share, dataset, ...(network === null ? [] : [network]), method.label, `seed ${seed}`].join(', ');
}

export function percentText(rate: number): string {
  return `${Number((rate * 100).toPrecision(3))} %`;
}
