import { typeable } from './hints.ts';

/** Where progress goes: a terminal or a file, always standard error in the program. */
export interface ProgressStream {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

export interface ProgressReport {
  /** 0..1, or null when it cannot be told. */
  share: number | null;
  /** What is being done: a line is written at each change. */
  phase: string;
  /** Figures behind it. */
  details?: string;
}

const LINE_EVERY_MS = 5000;
const BAR_EVERY_MS = 100;
const BAR_WIDTH = 24;

/** A bar on a terminal; elsewhere a line at each new phase and at most every five seconds. */
export class Progress {
  readonly #stream: ProgressStream;
  readonly #now: () => number;
  #phase: string | null = null;
  #written = -Infinity;
  #barShown = false;

  constructor(stream: ProgressStream, now: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#now = now;
  }

  report(report: ProgressReport): void {
    const every = this.#stream.isTTY ? BAR_EVERY_MS : LINE_EVERY_MS;
    const changed = report.phase !== this.#phase;
    if (!changed && this.#now() - this.#written < every) return;
    this.#phase = report.phase;
    this.#written = this.#now();
    if (this.#stream.isTTY) this.#bar(report);
    else this.#stream.write(`${text(report)}\n`);
  }

  /** Writes a line that stays, above the bar. */
  note(line: string): void {
    this.#wipe();
    this.#stream.write(`${typeable(line)}\n`);
  }

  /** Takes the bar away. */
  end(): void {
    this.#wipe();
    this.#phase = null;
  }

  #bar(report: ProgressReport): void {
    const filled = Math.round((report.share ?? 0) * BAR_WIDTH);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`;
    const line = `${bar} ${text(report)}`.slice(0, (this.#stream.columns ?? 80) - 1);
    this.#stream.write(`\r\x1b[2K${line}`);
    this.#barShown = true;
  }

  #wipe(): void {
    if (this.#barShown) this.#stream.write('\r\x1b[2K');
    this.#barShown = false;
  }
}

function text({ share, phase, details }: ProgressReport): string {
  const percent = share === null ? '' : `${String(Math.floor(share * 100)).padStart(3)} %  `;
  return `${percent}${phase}${details ? `  ${details}` : ''}`;
}
