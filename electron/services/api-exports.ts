import { basename, resolve } from 'node:path';
import type { BundlePreview, ExportRequest, Task } from '../../shared/contract/api.ts';
import type { ApiContext } from './api-context.ts';
import type { TaskRegistry } from './api-tasks.ts';
import { exportBundle, openBundle, previewBundle } from './bundles.ts';

/** Taking results out, and taking a bundle in. */
export class ExportCalls {
  readonly #context: ApiContext;
  readonly #tasks: TaskRegistry;

  constructor(context: ApiContext, tasks: TaskRegistry) {
    this.#context = context;
    this.#tasks = tasks;
  }

  export(id: string, request: ExportRequest): Task {
    this.#context.experiment(id);
    const to = resolve(request.to);
    return this.#tasks.start('export', `Export ${basename(to)}`, async ({ onProgress, signal }) => {
      await exportBundle(
        this.#context.ws,
        id,
        { to, withDataset: request.withDataset },
        { signal, onProgress: (progress) => onProgress({ ...progress, note: 'Writing the bundle' }) },
      );
      return null;
    });
  }

  previewBundle(file: string): Promise<BundlePreview> {
    return previewBundle(this.#context.ws, file);
  }

  openBundle(path: string): Task {
    const file = resolve(path);
    return this.#tasks.start('open-bundle', `Open ${basename(file)}`, async ({ onProgress, signal }) => {
      const { id } = await openBundle(this.#context.ws, file, {
        signal,
        onProgress: (progress) => onProgress({ ...progress, note: 'Unpacking' }),
      });
      this.#context.tell('changed', { what: 'datasets' });
      this.#context.tell('changed', { what: 'experiments' });
      return { experimentId: id };
    });
  }
}
