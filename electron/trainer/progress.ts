const REPORT_EVERY_MS = 100;
const RATE_WINDOW_MS = 1000;
const FIRST_ESTIMATE_MS = 2000;

export interface ProgressFigures {
  /** Share of all steps of the job that are done, 0..1. */
  overall: number;
  imagesPerSecond: number;
  /** For the whole job; null until a few seconds of this sitting have passed. */
  secondsLeft: number | null;
}

/**
 * Turns steps into what a progress bar shows, at most ten times a second. Time left is judged by the steps of
 * this sitting, evaluation between them included, so that it fits the machine as it is now.
 */
export class ProgressMeter {
  readonly #totalSteps: number;
  readonly #stepsBefore: number;
  readonly #now: () => number;
  readonly #started: number;
  #lastReport = -Infinity;
  #windowStart: number;
  #windowImages = 0;
  #rate = 0;

  /**
   * @param stepsBefore steps done in earlier sittings
   * @param now a clock in milliseconds
   */
  constructor(totalSteps: number, stepsBefore: number, now: () => number) {
    this.#totalSteps = Math.max(1, totalSteps);
    this.#stepsBefore = stepsBefore;
    this.#now = now;
    this.#started = now();
    this.#windowStart = this.#started;
  }

  /**
   * Counts a step.
   * @param stepsDone of the whole job
   * @returns figures when it is time to report, else null
   */
  step(images: number, stepsDone: number): ProgressFigures | null {
    const now = this.#now();
    this.#windowImages += images;
    const windowMs = now - this.#windowStart;
    if (windowMs > 0 && (windowMs >= RATE_WINDOW_MS || this.#rate === 0)) {
      this.#rate = (this.#windowImages * 1000) / windowMs;
    }
    if (windowMs >= RATE_WINDOW_MS) {
      this.#windowStart = now;
      this.#windowImages = 0;
    }
    if (now - this.#lastReport < REPORT_EVERY_MS) return null;
    this.#lastReport = now;
    const elapsed = now - this.#started;
    const done = stepsDone - this.#stepsBefore;
    const left = Math.max(0, this.#totalSteps - stepsDone);
    return {
      overall: Math.min(1, stepsDone / this.#totalSteps),
      imagesPerSecond: this.#rate,
      secondsLeft: elapsed >= FIRST_ESTIMATE_MS && done > 0 ? ((elapsed / done) * left) / 1000 : null,
    };
  }

  /** Leaves a pause, such as an evaluation, out of the images per second. */
  skipPause(): void {
    this.#windowStart = this.#now();
    this.#windowImages = 0;
  }
}
