import { z } from 'zod';
import { PRESETS } from '../abl/presets.ts';
import type { SweepItem } from './item.ts';

/** A plan may not ask for more runs than this. */
export const MAX_RUNS = 10_000;

const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\u0000-\u001f\u007f]*$/, 'holds control characters');
const value = z.union([z.number(), z.boolean(), z.string().max(4096)]);
const values = z.record(text(60), value);
const presets = PRESETS.map(({ name }) => name) as [string, ...string[]];
const target = z.union([z.int().min(0), text(200)]);

const attack = z.union([
  text(60),
  z.strictObject({
    kind: text(60),
    /** What the table calls it; by default the kind and its parameters. */
    name: text(100).optional(),
    target: target.optional(),
    set: values.default({}),
  }),
]);

const method = z.union([
  text(60),
  z.strictObject({ name: text(100), preset: z.enum(presets), set: values.default({}) }),
]);

/** A sweep: every attack at every rate, on every data set, with every network, method and seed. */
export const planSchema = z.strictObject({
  name: text(200),
  /** Clean data sets: names or ids, or folders and files to import. */
  datasets: z.array(text(4096)).min(1).max(100),
  /** Names of attacks, or a kind with its parameters; "none" is the clean control. */
  attacks: z.array(attack).min(1).max(100),
  /** Shares of the whole training set. */
  rates: z.array(z.number().gt(0).max(1)).min(1).max(50).default([0.1]),
  /** Missing: each preset's own. */
  networks: z.array(text(60)).min(1).max(50).optional(),
  /** "naive", "oracle", the name of a preset, or a preset with settings of its own. */
  methods: z.array(method).min(1).max(50).default(['naive', 'careful']),
  seeds: z
    .array(
      z
        .int()
        .min(0)
        .max(2 ** 31 - 1),
    )
    .min(1)
    .max(100)
    .default([1, 2, 3]),
  target: target.default(0),
  /** Preset of the naive and the oracle model. */
  preset: z.enum(presets).default('careful'),
  /** Settings of all runs. */
  set: values.default({}),
  engine: z.enum(['auto', 'native', 'wasm', 'cpu']).default('auto'),
});

export type Plan = z.infer<typeof planSchema>;

/**
 * All runs of a plan, seeds innermost but one: whatever is interrupted leaves whole rows behind.
 * @throws RangeError when there are too many
 */
export function planItems(plan: Plan): SweepItem[] {
  const items: SweepItem[] = [];
  for (const dataset of plan.datasets) {
    for (const network of plan.networks ?? [null]) {
      for (const one of plan.attacks) {
        const attack = attackOf(one, plan);
        for (const rate of attack.kind === 'none' ? [null] : plan.rates) {
          for (const seed of plan.seeds) {
            for (const method of plan.methods) {
              if (items.length >= MAX_RUNS)
                throw new RangeError(`the plan asks for more than ${MAX_RUNS} runs`);
              items.push({
                index: items.length,
                dataset,
                attack,
                rate,
                network,
                method: methodOf(method, plan),
                seed,
              });
            }
          }
        }
      }
    }
  }
  return items;
}

function attackOf(one: Plan['attacks'][number], plan: Plan): SweepItem['attack'] {
  if (typeof one === 'string') {
    return { label: one, kind: one, target: String(plan.target), parameters: {} };
  }
  const own = Object.entries(one.set).map(([key, v]) => `${key}=${String(v)}`);
  return {
    label: one.name ?? [one.kind, ...own].join(' '),
    kind: one.kind,
    target: String(one.target ?? plan.target),
    parameters: one.set,
  };
}

function methodOf(one: Plan['methods'][number], plan: Plan): SweepItem['method'] {
  const all = texts(plan.set);
  if (typeof one !== 'string') {
    return { label: one.name, methods: ['abl'], preset: one.preset, set: { ...all, ...texts(one.set) } };
  }
  if (one === 'naive' || one === 'oracle') {
    return { label: one, methods: [one], preset: plan.preset, set: all };
  }
  return { label: one, methods: ['abl'], preset: one, set: all };
}

function texts(set: Record<string, number | boolean | string>): Record<string, string> {
  return Object.fromEntries(Object.entries(set).map(([key, v]) => [key, String(v)]));
}
