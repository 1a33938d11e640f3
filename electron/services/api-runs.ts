import type { ExperimentState, RunProgress } from '../../shared/contract/api.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import type { FromTrainer } from '../../shared/contract/trainer.ts';
import type { ApiContext } from './api-context.ts';
import { runVariables } from './engine-environment.ts';
import { runExperiment } from './run.ts';

/** Milliseconds between two progress events of a run. */
const PROGRESS_EVERY = 100;

interface Current {
  id: string;
  stop: AbortController;
  progress: RunProgress | null;
  told: number;
  ended: Promise<void>;
}

/** Trains one experiment at a time; further ones wait in the order in which they came. */
export class RunQueue {
  readonly #context: ApiContext;
  readonly #asError: (error: unknown) => ExpectedError;
  readonly #waiting: string[] = [];
  readonly #ends = new Map<string, () => void>();
  #current: Current | null = null;
  #closing = false;

  /** @param asError makes an expected error of whatever a run throws, and logs a bug */
  constructor(context: ApiContext, asError: (error: unknown) => ExpectedError) {
    this.#context = context;
    this.#asError = asError;
  }

  /** Trains the experiment as soon as no other one is being trained. Harmless when it waits or runs already. */
  add(id: string): void {
    if (this.#current?.id === id || this.#waiting.includes(id)) return;
    this.#waiting.push(id);
    this.#tellState(id, 'queued');
    this.#next();
  }

  /** As `add`; resolves when the experiment is neither trained nor waiting any more, however that came about. */
  train(id: string): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#ends.set(id, resolve));
    this.add(id);
    return ended;
  }

  /**
   * Stops at the next step, keeping a checkpoint; one that waits is taken out of the queue.
   * @throws ExpectedError 'busy' when another program runs it, 'usage' when it does not run
   */
  stop(id: string): void {
    if (this.#current?.id === id) {
      this.#current.stop.abort();
      return;
    }
    const position = this.#waiting.indexOf(id);
    if (position >= 0) this.#waiting.splice(position, 1);
    const { state, name, owner } = this.#context.experiment(id);
    if (state === 'running') {
      throw new ExpectedError(
        'busy',
        `"${name}" is run by another program (process ${owner?.pid}).`,
        'Stop it there.',
      );
    }
    if (position < 0 && state !== 'queued') throw new ExpectedError('usage', `"${name}" is not running.`);
    if (state === 'queued') this.#cancelWaiting(id, 'It was taken out of the queue before it began.');
    this.#tellState(id);
    this.#tellEnd(id);
  }

  /** How far the experiment is, while it is being trained here. */
  progress(id: string): RunProgress | null {
    return this.#current?.id === id ? this.#current.progress : null;
  }

  waits(id: string): boolean {
    return this.#waiting.includes(id);
  }

  /** The experiment being trained here. */
  get running(): string | null {
    return this.#current?.id ?? null;
  }

  get busy(): boolean {
    return this.#current !== null || this.#waiting.length > 0;
  }

  /** Stops what runs, with a checkpoint, and takes out what waits. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const id of this.#waiting.splice(0)) {
      if (this.#context.ws.history.experiments.get(id)?.state === 'queued')
        this.#cancelWaiting(id, 'The program was closed before it began.');
      this.#tellEnd(id);
    }
    this.#current?.stop.abort();
    await this.#current?.ended;
  }

  #next(): void {
    if (this.#current || this.#closing) return;
    const id = this.#waiting.shift();
    if (id === undefined) return;
    const stop = new AbortController();
    const current: Current = { id, stop, progress: null, told: 0, ended: Promise.resolve() };
    this.#current = current;
    current.ended = this.#run(current).finally(() => {
      this.#current = null;
      this.#tellState(id);
      this.#tellEnd(id);
      this.#next();
    });
  }

  #tellEnd(id: string): void {
    this.#ends.get(id)?.();
    this.#ends.delete(id);
  }

  async #run(current: Current): Promise<void> {
    const before = this.#context.ws.history.experiments.get(current.id);
    try {
      await runExperiment(this.#context.ws, current.id, {
        stop: current.stop.signal,
        // Training takes all cores; beside screens it gives way to them, so that they answer at once.
        environment: { ...runVariables(this.#context.settings.get()), THERIAC_PRIORITY: 'low' },
        onMessage: (message) => this.#relay(current, message),
      });
    } catch (error) {
      // What ended a run that had begun stands in the history already.
      const value = this.#asError(error).toValue();
      const { experiments } = this.#context.ws.history;
      const after = experiments.get(current.id);
      const begun = after?.state !== before?.state || after?.finished !== before?.finished;
      // One that could not even begin (its data set is damaged, …) must not look as if nothing had happened.
      if (after && !begun)
        experiments.end(current.id, { state: 'failed', at: new Date().toISOString(), error: value });
    }
  }

  #relay(current: Current, message: FromTrainer): void {
    const experimentId = current.id;
    if (message.type === 'progress') {
      const { type, ...progress } = message;
      void type;
      current.progress = { experimentId, ...progress };
      const now = performance.now();
      if (now - current.told < PROGRESS_EVERY) return;
      current.told = now;
      this.#context.tell('progress', current.progress);
    } else if (message.type === 'epoch') {
      this.#context.tell('epoch', { experimentId, metrics: message.metrics });
    } else if (message.type !== 'checkpoint') {
      this.#tellState(experimentId, 'running');
    }
  }

  #cancelWaiting(id: string, message: string): void {
    this.#context.ws.history.experiments.end(id, {
      state: 'cancelled',
      at: new Date().toISOString(),
      error: { code: 'cancelled', message },
    });
  }

  #tellState(id: string, state?: ExperimentState): void {
    const now = state ?? this.#context.ws.history.experiments.get(id)?.state;
    if (now) this.#context.tell('experiment', { id, state: now });
  }
}
