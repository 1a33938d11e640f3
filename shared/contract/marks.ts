/** What an analyst says of a training example after looking at it. */
export type Mark = 'clean' | 'poison' | 'unsure';

export const MARKS = ['clean', 'poison', 'unsure'] as const satisfies readonly Mark[];

/** A mark by the example's position in the training set. */
export interface ExampleMark {
  example: number;
  mark: Mark;
}

/** What a run does about marks: positions in the training set. */
export interface MarkOrders {
  /** Marked poison: left out, whatever their loss. */
  leftOut: number[];
  /** Marked clean: kept, whatever their loss. */
  kept: number[];
}

export const NO_ORDERS: MarkOrders = { leftOut: [], kept: [] };

/** Those who are unsure order nothing. */
export function markOrders(marks: readonly ExampleMark[]): MarkOrders {
  const of = (wanted: Mark) => marks.filter(({ mark }) => mark === wanted).map(({ example }) => example);
  return { leftOut: of('poison'), kept: of('clean') };
}
