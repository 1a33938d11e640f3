import type {
  Api,
  ExperimentDetail,
  ExperimentQuery,
  ExperimentSummary,
  StartRequest,
} from '../../shared/contract/api.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { MOMENTS } from '../../shared/contract/trainer.ts';
import type { CatalogueRow, ExperimentEdit } from '../history/catalogue.ts';
import { experimentResult } from '../history/result.ts';
import type { ApiContext } from './api-context.ts';
import type { RunQueue } from './api-runs.ts';
import {
  createExperiment,
  pinBaseline,
  purgeExperiment,
  trashExperiment,
  untrashExperiment,
  type RunRequest,
} from './experiments.ts';

/** Experiments: list, show, start, stop, edit, trash. */
export class ExperimentCalls {
  readonly #context: ApiContext;
  readonly #runs: RunQueue;

  constructor(context: ApiContext, runs: RunQueue) {
    this.#context = context;
    this.#runs = runs;
  }

  async list(query: ExperimentQuery): Promise<{ total: number; experiments: ExperimentSummary[] }> {
    const { total, rows } = this.#context.catalogue.experiments(query);
    return { total, experiments: await Promise.all(rows.map((row) => this.#summary(row))) };
  }

  async show(id: string): Promise<ExperimentDetail> {
    const { ws, catalogue } = this.#context;
    const experiment = this.#context.experiment(id);
    const record = ws.history.datasets.get(experiment.datasetId)!;
    const result = experimentResult(ws.history, experiment);
    const methods = ['naive', 'abl', 'oracle'] as const;
    const evaluations = methods.flatMap((method) =>
      MOMENTS.flatMap((moment) => {
        const evaluation = ws.history.outcomes.evaluation(id, method, moment);
        return evaluation ? [{ method, moment, evaluation }] : [];
      }),
    );
    return {
      ...(await this.#summary(catalogue.experiment(id)!)),
      settings: experiment.settings,
      engine: experiment.engine,
      appVersion: experiment.appVersion,
      datasetHash: experiment.datasetHash,
      classes: record.manifest.classes,
      target: record.manifest.target,
      stages: ws.history.metrics.stages(id),
      epochs: ws.history.metrics.epochs(id),
      evaluations,
      isolation: ws.history.isolations.get(id)?.figures ?? null,
      oracle: result.oracle,
      fullVerdict: result.verdict,
      examination: ws.history.outcomes.examination(id),
      givenMarks: ws.history.marks.given(id).length,
      warnings: ws.history.notes.warnings(id),
      error: this.#runs.waits(id) ? null : experiment.error,
      progress: this.#runs.progress(id),
    };
  }

  start(request: StartRequest): { id: string } {
    this.#context.dataset(request.datasetId);
    const { id } = createExperiment(this.#context.ws, runRequest(request));
    this.#runs.add(id);
    return { id };
  }

  stop(id: string): null {
    this.#runs.stop(id);
    return null;
  }

  resume(id: string): null {
    const { state, trashed, name, owner } = this.#context.experiment(id);
    if (this.#runs.running === id || this.#runs.waits(id)) return null;
    if (trashed)
      throw new ExpectedError('usage', `"${name}" is in the trash.`, 'Take it out of the trash first.');
    if (state === 'done')
      throw new ExpectedError('usage', `"${name}" is done; there is nothing to continue.`);
    if (state === 'running') {
      throw new ExpectedError('busy', `"${name}" is run by another program (process ${owner?.pid}).`);
    }
    this.#runs.add(id);
    return null;
  }

  edit(id: string, change: ExperimentEdit): null {
    this.#context.experiment(id);
    const name = change.name?.trim();
    if (name === '') throw new ExpectedError('usage', 'An experiment needs a name.');
    this.#context.catalogue.editExperiment(
      id,
      { ...change, ...(name ? { name } : {}) },
      new Date().toISOString(),
    );
    return this.#changed();
  }

  trash(id: string): null {
    this.#refuseBusy(id);
    trashExperiment(this.#context.ws, id);
    return this.#changed();
  }

  restore(id: string): null {
    this.#context.experiment(id);
    untrashExperiment(this.#context.ws, id);
    return this.#changed();
  }

  pin(id: string | null): null {
    pinBaseline(this.#context.ws, id);
    return this.#changed();
  }

  async purge(id: string): Promise<ReturnType<Api['experiments.purge']>> {
    this.#refuseBusy(id);
    if (!this.#context.experiment(id).trashed) {
      throw new ExpectedError(
        'usage',
        'Only what is in the trash can be deleted for good.',
        'Put it in the trash first.',
      );
    }
    const { freedBytes } = await purgeExperiment(this.#context.ws, id);
    this.#changed();
    return { freedBytes };
  }

  #refuseBusy(id: string): void {
    const { name, state } = this.#context.experiment(id);
    if (state === 'running') throw new ExpectedError('busy', `"${name}" is being trained.`, 'Stop it first.');
    if (this.#runs.waits(id))
      throw new ExpectedError('busy', `"${name}" waits to be trained.`, 'Stop it first.');
  }

  #changed(): null {
    this.#context.tell('changed', { what: 'experiments' });
    return null;
  }

  async #summary(row: CatalogueRow): Promise<ExperimentSummary> {
    const bytes = await this.#context.experimentBytes(row.id, row.state === 'done');
    return { ...row, state: this.#runs.waits(row.id) ? 'queued' : row.state, bytes };
  }
}

/** The services take settings as they are typed. */
export function runRequest(request: StartRequest): RunRequest {
  const set = Object.fromEntries(
    Object.entries(request.overrides).map(([key, value]) => [key, String(value)]),
  );
  return {
    dataset: request.datasetId,
    preset: request.preset,
    set,
    methods: request.methods,
    engine: request.engine,
    seed: request.seed,
    tags: request.tags ?? [],
    ...(request.name ? { name: request.name } : {}),
    ...(request.marksFrom ? { marksFrom: request.marksFrom } : {}),
  };
}
