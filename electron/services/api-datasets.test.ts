import { afterEach, expect, test, vi } from 'vitest';
import { ExpectedError } from '../../shared/contract/errors.ts';
import type { ApiContext } from './api-context.ts';
import { DatasetCalls } from './api-datasets.ts';
import type { TaskRegistry } from './api-tasks.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** Calls whose helper process answers nothing until it is ended, as one does that is too busy to listen. */
function callsWithDeafHelper() {
  const { promise, reject } = Promise.withResolvers<never>();
  const close = vi.fn(() => reject(new ExpectedError('run-failed', 'The helper process ended (SIGKILL).')));
  const helper = { request: () => promise, close };
  const context = { newHelper: () => helper } as unknown as ApiContext;
  return { calls: new DatasetCalls(context, {} as TaskRegistry), close };
}

test('what was cancelled has not failed, also where its process had to be ended', async () => {
  vi.useFakeTimers();
  const { calls, close } = callsWithDeafHelper();
  const stop = new AbortController();
  const hooks = { signal: stop.signal, onProgress: () => undefined };
  const making = calls.make('import', { source: '/nowhere', into: '/nowhere' }, hooks);
  const outcome = expect(making).rejects.toMatchObject({ code: 'cancelled' });
  stop.abort();
  await vi.advanceTimersByTimeAsync(9_000);
  expect(close).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(close).toHaveBeenCalled();
  await outcome;
});

test('a process that ends by itself has failed', async () => {
  const { calls, close } = callsWithDeafHelper();
  const hooks = { signal: new AbortController().signal, onProgress: () => undefined };
  const making = calls.make('import', { source: '/nowhere', into: '/nowhere' }, hooks);
  close();
  await expect(making).rejects.toMatchObject({ code: 'run-failed' });
});
