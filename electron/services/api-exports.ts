import { basename, resolve } from 'node:path';
import type { BundlePreview, ExportRequest, Task } from '../../shared/contract/api.ts';
import type { ApiContext } from './api-context.ts';
import type { TaskRegistry } from './api-tasks.ts';
import { wholePath } from './whole-path.ts';
import type { ExportHooks } from '../exports/dataset/parts.ts';
import { exportBundle, openBundle, previewBundle } from './bundles.ts';
import { exportReport, type PdfPrinter } from './reports.ts';
import { exportCleaned, exportMetrics, exportModel, exportSuspects } from './exports.ts';

const NOTES: Record<ExportRequest['what'], string> = {
  bundle: 'Writing the bundle',
  report: 'Writing the report',
  dataset: 'Writing images',
  model: 'Writing the model',
  suspects: 'Writing the list',
  metrics: 'Writing the figures',
};

/** Taking results out, and taking a bundle in. */
export class ExportCalls {
  readonly #context: ApiContext;
  readonly #tasks: TaskRegistry;
  readonly #print: PdfPrinter | null;

  constructor(context: ApiContext, tasks: TaskRegistry, print: PdfPrinter | null) {
    this.#context = context;
    this.#tasks = tasks;
    this.#print = print;
  }

  export(id: string, request: ExportRequest): Task {
    this.#context.experiment(id);
    const to = wholePath(request.to);
    return this.#tasks.start('export', `Export ${basename(to)}`, async ({ onProgress, signal }) => {
      const note = NOTES[request.what];
      await this.#export(
        id,
        { ...request, to },
        {
          signal,
          onProgress: (progress) => onProgress({ ...progress, note }),
        },
      );
      return null;
    });
  }

  async #export(id: string, request: ExportRequest, hooks: ExportHooks): Promise<void> {
    const { ws } = this.#context;
    switch (request.what) {
      case 'bundle':
        await exportBundle(ws, id, request, hooks);
        break;
      case 'report':
        await exportReport(ws, id, { ...request, print: this.#print }, hooks);
        break;
      case 'dataset':
        await exportCleaned(ws, id, request, hooks);
        break;
      case 'model':
        await exportModel(ws, id, request);
        break;
      case 'suspects':
        await exportSuspects(ws, id, request, hooks);
        break;
      case 'metrics':
        await exportMetrics(ws, id, request);
        break;
    }
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
