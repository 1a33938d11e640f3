import type { Settings } from '../../../shared/abl/settings.ts';
import type { EpochMetrics, MethodName } from '../../../shared/contract/results.ts';
import { timeline, type Column, type Timeline } from './curves.ts';

/** How one experiment is drawn and named among others: letter, colour and dashes all tell it. */
export interface LineStyle {
  letter: string;
  /** Name of a custom property. */
  colour: string;
  /** Lengths in pixels; empty = unbroken. */
  dash: number[];
}

const COLOURS = 6;
/** One more or less than the colours, so that no two of thirty lines are alike. */
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [16, 5]];

export function lineStyle(index: number): LineStyle {
  const round = Math.floor(index / 26);
  return {
    letter: String.fromCharCode(65 + (index % 26)) + (round > 0 ? String(round + 1) : ''),
    colour: `--series-${(index % COLOURS) + 1}`,
    dash: DASHES[index % DASHES.length]!,
  };
}

export const OVERLAID = {
  loss: 'Loss, in nats',
  accuracy: 'Training accuracy',
  ca: 'Clean accuracy',
  asr: 'Attack success',
} as const;
export type OverlaidKey = keyof typeof OVERLAID;

export interface Overlay {
  /** Ends of epochs, counted over all stages of the model. */
  x: number[];
  /** For each experiment, in the order given. */
  columns: Column[];
  /** Epochs of the longest. */
  length: number;
}

interface Trained {
  epochs: readonly EpochMetrics[];
  settings: Settings;
}

/**
 * One figure of one model over its epochs, for several experiments on one axis.
 * @returns null where none of them has measured it
 */
export function overlay(
  experiments: readonly Trained[],
  method: MethodName,
  key: OverlaidKey,
): Overlay | null {
  const lines = experiments.map(({ epochs, settings }): Timeline => {
    const own = epochs.filter((one) => one.method === method);
    return timeline(own, settings, own.length > 0 ? [method] : []);
  });
  const known = lines.map((line) => new Map(line.x.map((x, i) => [x, line[key][i]] as const)));
  const x = [
    ...new Set(known.flatMap((line) => [...line].flatMap(([at, value]) => (value == null ? [] : [at])))),
  ];
  if (x.length === 0) return null;
  x.sort((a, b) => a - b);
  return {
    x,
    columns: known.map((line) => x.map((at) => line.get(at) ?? undefined)),
    length: Math.max(...lines.map((line) => line.x.at(-1) ?? 0)),
  };
}

/** Heights of labels beside the ends of lines, moved apart so that each can be read. @param at wished, in pixels */
export function spread(at: readonly number[], apart: number, low: number, high: number): number[] {
  const order = at.map((y, i) => ({ y, i })).sort((a, b) => a.y - b.y);
  const placed = order.map(({ y }) => y);
  for (let k = 1; k < placed.length; k++) placed[k] = Math.max(placed[k]!, placed[k - 1]! + apart);
  const over = (placed.at(-1) ?? high) - high;
  if (over > 0) {
    let limit = high;
    for (let k = placed.length - 1; k >= 0; k--) {
      placed[k] = Math.max(low, Math.min(placed[k]!, limit));
      limit = placed[k]! - apart;
    }
  }
  const result = new Array<number>(at.length);
  order.forEach(({ i }, k) => (result[i] = placed[k]!));
  return result;
}
