import type { ImportHooks } from '../datasets/import.ts';
import { withStop } from './context.ts';
import type { Output } from './output.ts';
import { count } from './words.ts';

/**
 * Shows the progress and warnings of an import, an attack or a drawing; Ctrl-C ends it.
 * @param stopping what becomes then of what is done
 */
export function withImportProgress<T>(
  out: Output,
  action: (hooks: ImportHooks) => Promise<T>,
  stopping = 'Stopping; nothing is kept.',
): Promise<T> {
  return withStop(out, stopping, ({ stop }) =>
    action({
      signal: stop,
      onWarning: (message) => out.progress.note(message),
      onResume: (message) => out.progress.note(message),
      onProgress: ({ done, total, note }) =>
        out.progress.report({
          share: total > 0 ? done / total : null,
          phase: note,
          details: total > 0 ? `${count(done)} of ${count(total)}` : '',
        }),
    }),
  );
}

/** The same for an import of a source, which can be gone on with. */
export function withSourceProgress<T>(out: Output, action: (hooks: ImportHooks) => Promise<T>): Promise<T> {
  return withImportProgress(out, action, 'Stopping; importing the same source again goes on from here.');
}
