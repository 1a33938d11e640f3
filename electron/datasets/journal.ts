import type { SplitName } from '../../shared/contract/dataset.ts';
import type { ImportDraft, Past } from './import-draft.ts';
import type { NewDataset } from './writer.ts';

const NOTE_EVERY_SECONDS = 5;

/** Notes what became of each image, now and then, once its pixels are on the disk. */
export class Journal {
  readonly #draft: ImportDraft;
  readonly #every: number;
  #last = performance.now();
  #pass: SplitName = 'train';
  #outcomes: string[] = [];
  #reasons: string[] = [];

  constructor(draft: ImportDraft, everySeconds = NOTE_EVERY_SECONDS) {
    this.#draft = draft;
    this.#every = everySeconds * 1000;
  }

  past(pass: SplitName): Past {
    return this.#draft.past[pass];
  }

  async add(dataset: NewDataset, pass: SplitName, outcome: string, reason?: string): Promise<void> {
    this.#pass = pass;
    this.#outcomes.push(outcome);
    if (reason !== undefined) this.#reasons.push(reason);
    if (performance.now() - this.#last >= this.#every) await this.write(dataset);
  }

  async write(dataset: NewDataset): Promise<void> {
    if (this.#outcomes.length > 0) {
      await dataset.sync();
      const outcomes = this.#outcomes.join('');
      await this.#draft.note({ pass: this.#pass, outcomes, reasons: this.#reasons });
      this.#outcomes = [];
      this.#reasons = [];
    }
    this.#last = performance.now();
  }
}
