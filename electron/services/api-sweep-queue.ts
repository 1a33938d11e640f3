import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SweepActivity } from '../../shared/contract/api.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import type { ApiContext } from './api-context.ts';
import type { DatasetCalls } from './api-datasets.ts';
import type { RunQueue } from './api-runs.ts';
import { classIndex } from './datasets.ts';
import { DEMO } from './demo.ts';
import { poisonedDataset, type DatasetMakers } from './sweep-data.ts';
import { runSweep } from './sweep-loop.ts';
import { sweepRuns, writeReports, type Sweep } from './sweeps.ts';

/** Milliseconds between two events about the making of a data set. */
const TELL_EVERY = 200;

interface Current {
  sweep: Sweep;
  stop: AbortController;
  activity: SweepActivity;
  /** When it was started here, and how many runs were done since. */
  since: number;
  trained: number;
  left: number;
  told: number;
  ended: Promise<void>;
}

/** Works on one sweep at a time; further ones wait in the order in which they came. */
export class SweepQueue {
  readonly #context: ApiContext;
  readonly #runs: RunQueue;
  readonly #datasets: DatasetCalls;
  readonly #asError: (error: unknown) => ExpectedError;
  readonly #waiting: Sweep[] = [];
  #current: Current | null = null;
  #closing = false;

  /** @param asError makes an expected error of whatever ends a sweep, and logs a bug */
  constructor(
    context: ApiContext,
    runs: RunQueue,
    datasets: DatasetCalls,
    asError: (error: unknown) => ExpectedError,
  ) {
    this.#context = context;
    this.#runs = runs;
    this.#datasets = datasets;
    this.#asError = asError;
  }

  /** Harmless when it waits or is worked on already. */
  add(sweep: Sweep): void {
    if (this.activity(sweep.id)) return;
    this.#waiting.push(sweep);
    this.#tell(sweep.id);
    this.#next();
  }

  /**
   * The run under way keeps a checkpoint; a sweep that waits is taken out of the queue.
   * @throws ExpectedError 'usage' when it is not worked on here
   */
  stop(id: string): void {
    if (this.#current?.sweep.id === id) {
      this.#halt(this.#current);
      return;
    }
    const position = this.#waiting.findIndex((sweep) => sweep.id === id);
    if (position < 0) throw new ExpectedError('usage', 'Nothing works on this sweep here.');
    this.#waiting.splice(position, 1);
    this.#tell(id);
  }

  /** What is done about a sweep at the moment; null = nothing, here. */
  activity(id: string): SweepActivity | null {
    if (this.#current?.sweep.id === id) return { ...this.#current.activity };
    if (!this.#waiting.some((sweep) => sweep.id === id)) return null;
    return { state: 'waiting', run: null, experiment: null, note: '', share: null, secondsLeft: null };
  }

  get busy(): boolean {
    return this.#current !== null || this.#waiting.length > 0;
  }

  /** Stops what is under way, with a checkpoint. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#waiting.length = 0;
    if (this.#current) this.#halt(this.#current);
    await this.#current?.ended;
  }

  #halt(current: Current): void {
    current.activity = { ...current.activity, state: 'stopping' };
    current.stop.abort();
    this.#tell(current.sweep.id);
  }

  #next(): void {
    if (this.#current || this.#closing) return;
    const sweep = this.#waiting.shift();
    if (!sweep) return;
    const current: Current = {
      sweep,
      stop: new AbortController(),
      activity: { state: 'running', run: null, experiment: null, note: '', share: null, secondsLeft: null },
      since: performance.now(),
      trained: 0,
      left: sweepRuns(this.#context.ws, sweep).filter(({ state }) => state !== 'done').length,
      told: 0,
      ended: Promise.resolve(),
    };
    this.#current = current;
    current.ended = this.#run(current).then((error) => {
      this.#current = null;
      this.#context.tell('sweep', { id: sweep.id, activity: null, error });
      this.#next();
    });
  }

  /** @returns what ended it before its time; null = it is through, or was stopped */
  async #run(current: Current) {
    const { sweep, stop } = current;
    const { ws } = this.#context;
    try {
      await runSweep(ws, sweep, {
        stop: stop.signal,
        dataset: (item) => poisonedDataset(ws, sweep, item, this.#hooks(current), this.#makers(sweep)),
        train: (experiment) => this.#train(current, experiment),
        begun: (item) => this.#show(current, { run: item.index, experiment: null, note: '', share: null }),
        ended: (_, problem) => this.#ended(current, problem),
      });
      return null;
    } catch (error) {
      return stop.signal.aborted ? null : this.#asError(error).toValue();
    }
  }

  async #train(current: Current, experiment: string): Promise<void> {
    const { signal } = current.stop;
    this.#show(current, { experiment, note: '', share: null });
    const halt = () => {
      try {
        this.#runs.stop(experiment);
      } catch (error) {
        // It ended in this very moment.
        if (!(error instanceof ExpectedError)) throw error;
      }
    };
    signal.addEventListener('abort', halt);
    try {
      await this.#runs.train(experiment);
    } finally {
      signal.removeEventListener('abort', halt);
    }
    const { state, error } = this.#context.ws.history.experiments.get(experiment)!;
    if (state === 'done') return;
    throw new ExpectedError(error?.code ?? 'run-failed', error?.message ?? 'It was not trained to its end.');
  }

  #ended(current: Current, problem: string | null): void {
    current.left--;
    // What fails at once says nothing of how long the others take.
    if (problem === null) current.trained++;
    const each = current.trained > 0 ? (performance.now() - current.since) / 1000 / current.trained : null;
    this.#show(current, { secondsLeft: each === null ? null : each * current.left });
    writeReports(current.sweep, sweepRuns(this.#context.ws, current.sweep), current.sweep.folder);
  }

  #hooks(current: Current) {
    return {
      signal: current.stop.signal,
      onProgress: ({ done, total, note }: { done: number; total: number; note: string }) => {
        Object.assign(current.activity, { note, share: total > 0 ? done / total : null });
        const now = performance.now();
        if (now - current.told < TELL_EVERY) return;
        current.told = now;
        this.#tell(current.sweep.id);
      },
    };
  }

  /** Data sets are made by helpers, as those that a person asks for. */
  #makers({ plan }: Sweep): DatasetMakers {
    const { ws } = this.#context;
    const into = ws.folder.datasets;
    const manifest = (id: string) => ws.history.datasets.get(id)!.manifest;
    return {
      import: async (request, { signal, onProgress }) =>
        manifest(await this.#datasets.make('import', { ...request, into }, taskHooks(signal, onProgress))),
      sample: async ({ signal, onProgress }) =>
        manifest(
          await this.#datasets.make('sample', { ...DEMO.sample, into }, taskHooks(signal, onProgress)),
        ),
      attack: async (cleanId, { target, ...options }, { signal, onProgress }) => {
        const clean = manifest(cleanId);
        const folder = join(into, cleanId);
        if (!existsSync(folder))
          throw new ExpectedError('not-found', `The files of the data set "${clean.name}" are gone.`);
        const wanted = { ...options, target: classIndex(clean, target), into, engine: plan.engine };
        const request = { folder, options: wanted };
        return manifest(await this.#datasets.make('attack', request, taskHooks(signal, onProgress)));
      },
    };
  }

  #show(current: Current, change: Partial<SweepActivity>): void {
    Object.assign(current.activity, change);
    this.#tell(current.sweep.id);
  }

  #tell(id: string): void {
    this.#context.tell('sweep', { id, activity: this.activity(id), error: null });
  }
}

type Progress = { done: number; total: number; note: string };

function taskHooks(signal = new AbortController().signal, onProgress: (p: Progress) => void = () => {}) {
  return { signal, onProgress };
}
