/** Lets work in as long as the memory it takes together stays below a limit; the rest waits in order. */
export class MemoryGate {
  readonly #limit: number;
  #taken = 0;
  readonly #waiting: { bytes: number; enter: () => void }[] = [];

  /** @param limit bytes; work that takes more runs alone */
  constructor(limit: number) {
    this.#limit = limit;
  }

  async run<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    const share = Math.min(bytes, this.#limit);
    if (this.#waiting.length > 0 || this.#taken + share > this.#limit) {
      await new Promise<void>((enter) => this.#waiting.push({ bytes: share, enter }));
    } else this.#taken += share;
    try {
      return await work();
    } finally {
      this.#taken -= share;
      this.#admit();
    }
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      if (this.#taken + next.bytes > this.#limit) return;
      this.#taken += next.bytes;
      this.#waiting.shift();
      next.enter();
    }
  }
}
