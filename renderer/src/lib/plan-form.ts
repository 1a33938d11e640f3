import type { DatasetSummary } from '../../../shared/contract/api.ts';
import type { Plan } from '../../../shared/sweep/plan.ts';

/** A plan as its form holds it: lists of numbers are texts until they can be read. */

type AttackEntry = Plan['attacks'][number];
type MethodEntry = Plan['methods'][number];
export type Values = Record<string, number | boolean | string>;

/** An attack of the plan, with a key of its own so that two of a kind can be told apart. */
export interface AttackRow {
  key: number;
  kind: string;
  /** '' = by its kind and parameters. */
  name: string;
  /** null = the plan's. */
  target: number | string | null;
  set: Values;
}

/** The attacks of the ABL paper's first table, as they are called here. */
export const PAPER_ATTACKS = [
  'none',
  'badnets',
  'trojan',
  'blend',
  'content-dots',
  'sig',
  'label-consistent',
  'feature-collision',
  'colour-style',
  'latent',
  'composite',
];

/** "10, 5 %" as shares. @returns a problem in words where it cannot be read */
export function readRates(text: string): { values: number[] } | { problem: string } {
  const parts = listOf(text.replaceAll('%', ' '));
  const values = parts.map((part) => Number((Number(part) / 100).toPrecision(12)));
  if (parts.length === 0) return { problem: 'Give one poison rate at least, such as 10.' };
  const wrong = parts.find((_, i) => !(values[i]! > 0 && values[i]! <= 1));
  if (wrong !== undefined) return { problem: `“${wrong}” is no poison rate: percent above 0, at most 100.` };
  return distinct(parts, values, 'rate');
}

/** "1, 2, 3" or "1-3" as whole numbers from 0. */
export function readSeeds(text: string): { values: number[] } | { problem: string } {
  const parts = listOf(text);
  const values: number[] = [];
  for (const part of parts) {
    const [, first, last = first] = /^(\d{1,9})(?:[-–](\d{1,9}))?$/.exec(part) ?? [];
    if (first === undefined || Number(last) < Number(first) || Number(last) - Number(first) >= 100)
      return { problem: `“${part}” is no seed: whole numbers such as 1, 2, 3 or 1-3.` };
    for (let seed = Number(first); seed <= Number(last); seed++) values.push(seed);
  }
  if (values.length === 0) return { problem: 'Give one seed at least.' };
  if (values.length > 100) return { problem: 'More than 100 seeds are too many.' };
  return distinct(values.map(String), values, 'seed');
}

/** "wrn-16-1, small-cnn" as names; none = each preset's own. */
export function readNetworks(text: string): string[] {
  return [...new Set(listOf(text))];
}

/** "10, 5" for 0.1 and 0.05. */
export function ratesText(rates: readonly number[]): string {
  return rates.map((rate) => String(Number((rate * 100).toPrecision(6)))).join(', ');
}

/** Rows of the form for a plan's attacks. @param firstKey keys are counted from here */
export function attackRows(attacks: readonly AttackEntry[], firstKey: number): AttackRow[] {
  return attacks.map((one, i) =>
    typeof one === 'string'
      ? { key: firstKey + i, kind: one, name: '', target: null, set: {} }
      : {
          key: firstKey + i,
          kind: one.kind,
          name: one.name ?? '',
          target: one.target ?? null,
          set: { ...one.set },
        },
  );
}

/** A plan names an attack by its kind alone where nothing else is said, so that the same plan is the same sweep. */
export function attackEntry({ kind, name, target, set }: AttackRow): AttackEntry {
  if (name.trim() === '' && target === null && Object.keys(set).length === 0) return kind;
  return {
    kind,
    ...(name.trim() === '' ? {} : { name: name.trim() }),
    ...(target === null ? {} : { target }),
    set,
  };
}

/** What a row is called in the table. */
export function attackLabel({ kind, name, set }: AttackRow): string {
  if (name.trim() !== '') return name.trim();
  return [kind, ...Object.entries(set).map(([key, value]) => `${key}=${String(value)}`)].join(' ');
}

/** What a method is called in the table. */
export function methodLabel(method: MethodEntry): string {
  return typeof method === 'string' ? method : method.name;
}

/** Whether a plan's word for a data set means this one. */
export function refersTo({ id, name }: Pick<DatasetSummary, 'id' | 'name'>, reference: string): boolean {
  return reference === id || reference === name;
}

/** What a new plan calls a data set: its name, or its id where several are of that name. */
export function datasetReference(
  { id, name }: Pick<DatasetSummary, 'id' | 'name'>,
  all: readonly Pick<DatasetSummary, 'name'>[],
): string {
  return all.filter((other) => other.name === name).length === 1 ? name : id;
}

/**
 * The data sets of an old plan in today's words: what has another name by now is called by that.
 * @param ids what the plan meant, in its order; null = not there
 */
export function currentReferences(
  references: readonly string[],
  ids: readonly (string | null)[],
  all: readonly Pick<DatasetSummary, 'id' | 'name'>[],
): string[] {
  return references.map((reference, i) => {
    const meant = all.find(({ id }) => id === ids[i]);
    return meant && !refersTo(meant, reference) ? datasetReference(meant, all) : reference;
  });
}

function listOf(text: string): string[] {
  return text.split(/[\s,;]+/).filter((part) => part !== '');
}

function distinct(
  parts: string[],
  values: number[],
  what: string,
): { values: number[] } | { problem: string } {
  const twice = parts.find((_, i) => values.indexOf(values[i]!) !== i);
  return twice === undefined ? { values } : { problem: `The ${what} ${twice} is given twice.` };
}
