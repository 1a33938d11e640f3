import { ExpectedError } from '../../shared/contract/errors.ts';

/**
 * Does `work` for each item with at most `window` at once, and hands the results out in the items' order, so
 * that the outcome does not depend on which finished first.
 * @throws ExpectedError 'cancelled' when the signal is aborted
 */
export async function* inOrder<Item, Result>(
  items: Iterable<Item>,
  work: (item: Item) => Promise<Result>,
  window: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ item: Item; result: Result }> {
  const running: { item: Item; result: Promise<Result> }[] = [];
  const source = items[Symbol.iterator]();
  let next = source.next();
  try {
    for (;;) {
      if (signal?.aborted) throw new ExpectedError('cancelled', 'The import was cancelled.');
      while (!next.done && running.length < window) {
        const result = work(next.value);
        // It is awaited below; until then a rejection must not count as unhandled.
        result.catch(() => undefined);
        running.push({ item: next.value, result });
        next = source.next();
      }
      const first = running.shift();
      if (!first) return;
      yield { item: first.item, result: await first.result };
    }
  } finally {
    await Promise.allSettled(running.map(({ result }) => result));
  }
}
