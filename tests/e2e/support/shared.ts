import { onTestFailed } from 'vitest';

/**
 * Something costly that tests share as long as they pass. After a failed test it is made anew, so that every try
 * begins where the first one began.
 */
export class Shared<T> {
  readonly #make: () => Promise<T>;
  readonly #unmake: (made: T) => Promise<unknown>;
  #made: Promise<T> | null = null;

  constructor(make: () => Promise<T>, unmake: (made: T) => Promise<unknown>) {
    this.#make = make;
    this.#unmake = unmake;
  }

  /** To be called within a test, or before each. */
  get(): Promise<T> {
    onTestFailed(() => this.drop());
    this.#made ??= this.#make();
    return this.#made;
  }

  async drop(): Promise<void> {
    const made = this.#made;
    this.#made = null;
    const value = await made?.catch(() => undefined);
    if (value !== undefined) await this.#unmake(value);
  }
}
