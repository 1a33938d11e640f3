import type { SuspectRanking } from '../../../shared/contract/api.ts';

/** What it would mean to leave out the `count` suspects of lowest loss. Fractions 0..1. */
export interface ThresholdFigures {
  count: number;
  /** Of the training set. */
  share: number;
  /** Largest loss among them, in nats; null for none. */
  loss: number | null;
  /** Share of them that is poisoned; null without truth, or for none. */
  precision: number | null;
  /** Share of all poison that is among them; null without truth, or without poison. */
  recall: number | null;
}

export function atThreshold(ranking: SuspectRanking, count: number): ThresholdFigures {
  const { losses, poisoned, poisonedTotal, trainTotal } = ranking;
  const taken = Math.min(Math.max(0, count), losses.length);
  const hits = poisoned?.slice(0, taken).filter(Boolean).length ?? null;
  return {
    count: taken,
    share: trainTotal > 0 ? taken / trainTotal : 0,
    loss: taken > 0 ? losses[taken - 1]! : null,
    precision: hits === null || taken === 0 ? null : hits / taken,
    recall: hits === null || !poisonedTotal ? null : hits / poisonedTotal,
  };
}
