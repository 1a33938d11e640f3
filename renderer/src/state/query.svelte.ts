import type { ErrorValue } from '../../../shared/contract/errors.ts';
import { untrack } from 'svelte';
import { toErrorValue } from '../lib/errors.ts';

/** Something asked of the host, with its three faces: loading, an error, a value. The latest request wins. */
export class Query<T> {
  value = $state.raw<T | null>(null);
  error = $state.raw<ErrorValue | null>(null);
  loading = $state(true);
  #turn = 0;
  readonly #ask: () => Promise<T>;

  constructor(ask: () => Promise<T>) {
    this.#ask = ask;
  }

  /** Asks again; what is known stays on screen meanwhile. Never a dependency of the effect that calls it. */
  load = (): Promise<void> => untrack(() => this.#load());

  async #load(): Promise<void> {
    const turn = ++this.#turn;
    this.loading = true;
    try {
      const value = await this.#ask();
      if (turn !== this.#turn) return;
      this.value = value;
      this.error = null;
    } catch (error) {
      if (turn !== this.#turn) return;
      this.error = toErrorValue(error);
    }
    this.loading = false;
  }
}

/** Something the user asked for: one at a time, with its error kept until the next try. */
export class Action {
  busy = $state(false);
  error = $state.raw<ErrorValue | null>(null);

  /** @returns whether it worked */
  run = (work: () => Promise<unknown>): Promise<boolean> => untrack(() => this.#run(work));

  async #run(work: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.error = null;
    try {
      await work();
      return true;
    } catch (error) {
      this.error = toErrorValue(error);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
