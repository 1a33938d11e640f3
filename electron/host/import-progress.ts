import type { ImportHooks } from '../datasets/import.ts';
import { withStop } from './context.ts';
import type { Output } from './output.ts';
import { count } from './words.ts';

/** Shows the progress and warnings of an import, an attack or a drawing; Ctrl-C ends it and leaves nothing. */
export function withImportProgress<T>(out: Output, action: (hooks: ImportHooks) => Promise<T>): Promise<T> {
  return withStop(out, 'Stopping; nothing is kept.', ({ stop }) =>
    action({
      signal: stop,
      onWarning: (message) => out.progress.note(message),
      onProgress: ({ done, total, note }) =>
        out.progress.report({
          share: total > 0 ? done / total : null,
          phase: note,
          details: total > 0 ? `${count(done)} of ${count(total)}` : '',
        }),
    }),
  );
}
