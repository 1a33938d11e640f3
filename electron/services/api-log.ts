import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

const MAX_BYTES = 1_000_000;

/**
 * The host's log, `logs/host.log` of the data folder: what went wrong inside the program, for whoever mends it.
 * One older file is kept. The program must go on when the log cannot be written.
 */
export class HostLog {
  readonly file: string;

  constructor(folder: string) {
    this.file = join(folder, 'logs', 'host.log');
  }

  write(text: string): void {
    try {
      mkdirSync(join(this.file, '..'), { recursive: true });
      if (sizeOf(this.file) > MAX_BYTES) renameSync(this.file, `${this.file}.old`);
      appendFileSync(this.file, `${new Date().toISOString()} ${text}\n`, { mode: 0o600 });
    } catch {
      // A full disk is told where the user's own data cannot be written.
    }
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
