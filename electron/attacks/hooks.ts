import { ExpectedError } from '../../shared/contract/errors.ts';
import type { ImportHooks } from '../datasets/import-options.ts';

/** How the making of a trigger tells its progress, and how it is stopped. */
export interface CraftHooks {
  /** @throws ExpectedError 'cancelled' once that was asked for */
  progress(done: number, total: number, note: string): void;
}

export function craftHooks({ onProgress, signal }: ImportHooks): CraftHooks {
  return {
    progress(done, total, note) {
      if (signal?.aborted) throw new ExpectedError('cancelled', 'The simulation was cancelled.');
      onProgress?.({ done, total, note });
    },
  };
}
