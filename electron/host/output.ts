import type { ExpectedError } from '../../shared/contract/errors.ts';
import { typeable } from './hints.ts';
import { Progress } from './progress.ts';
import { plainLines } from './table.ts';

/** Options that every command takes. */
export interface CommonOptions {
  data?: string;
  json?: boolean;
}

/** What a command has to say: one JSON document, or text for people. Progress goes to standard error. */
export class Output {
  readonly json: boolean;
  readonly progress: Progress;

  constructor(json: boolean) {
    this.json = json;
    this.progress = new Progress(process.stderr);
  }

  /** Called once per command: the document, or the text that says the same. */
  result(document: unknown, text: () => string): void {
    this.progress.end();
    process.stdout.write(this.json ? `${JSON.stringify(document, null, 2)}\n` : `${typeable(text())}\n`);
  }

  /** Tells what went wrong. */
  error(error: ExpectedError): void {
    this.progress.end();
    if (this.json) {
      const { message, remedy, ...rest } = error.toValue();
      const value = { ...rest, message: typeable(message), ...(remedy ? { remedy: typeable(remedy) } : {}) };
      process.stdout.write(`${JSON.stringify({ error: value }, null, 2)}\n`);
      return;
    }
    process.stderr.write(`${plainLines(typeable(error.message))}\n`);
    if (error.remedy) process.stderr.write(`${plainLines(typeable(error.remedy))}\n`);
  }
}
