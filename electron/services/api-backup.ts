import { basename, resolve } from 'node:path';
import type { Task } from '../../shared/contract/api.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { backup } from '../history/backup.ts';
import { restore } from '../history/restore.ts';
import type { ApiContext } from './api-context.ts';
import type { TaskRegistry } from './api-tasks.ts';
import { APP_VERSION } from './version.ts';
import { openWorkspace } from './workspace.ts';

/** Saving everything into one file, and bringing it back. */
export class BackupCalls {
  readonly #context: ApiContext;
  readonly #tasks: TaskRegistry;
  readonly #busy: () => boolean;
  readonly #forget: () => void;

  /** @param busy whether anything is being trained @param forget called when another data folder has taken the place of the old one */
  constructor(context: ApiContext, tasks: TaskRegistry, busy: () => boolean, forget: () => void) {
    this.#context = context;
    this.#tasks = tasks;
    this.#busy = busy;
    this.#forget = forget;
  }

  create(to: string): Task {
    const file = resolve(to);
    return this.#tasks.start('backup', `Back up to ${basename(file)}`, async ({ onProgress }) => {
      const { ws } = this.#context;
      await backup(ws.history, {
        folder: ws.folder.path,
        to: file,
        appVersion: APP_VERSION,
        onProgress: ({ files, bytes }) => onProgress({ done: bytes, total: 0, note: `${files} files` }),
      });
      return null;
    });
  }

  /** @throws ExpectedError 'busy' while anything runs */
  restore(from: string): Task {
    if (this.#busy() || this.#tasks.busy) {
      throw new ExpectedError(
        'busy',
        'Something is still running.',
        'Stop it, or wait until it is done, then restore.',
      );
    }
    const file = resolve(from);
    return this.#tasks.start('restore', `Restore ${basename(file)}`, async ({ onProgress }) => {
      const { folder } = this.#context.ws;
      // The folder changes under the history: it must be closed meanwhile, and open again whatever happens.
      this.#context.ws.close();
      try {
        await restore({
          from: file,
          folder: folder.path,
          replace: true,
          onProgress: ({ files, bytes }) => onProgress({ done: bytes, total: 0, note: `${files} files` }),
        });
      } finally {
        this.#context.replaceWorkspace(await openWorkspace(folder.path));
        this.#forget();
      }
      await this.#context.settings.save();
      this.#context.tell('changed', { what: 'datasets' });
      this.#context.tell('changed', { what: 'experiments' });
      return null;
    });
  }
}
