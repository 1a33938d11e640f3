import { availableParallelism } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { LinearDetector } from '../../../shared/abl/careful/linear.ts';
import type { RankedClass } from '../../../shared/abl/careful/seeds.ts';
import type { Stamp } from '../../../shared/abl/careful/stamps.ts';
import type { Pause } from '../../../shared/abl/inspection.ts';
import type { SharedImages } from '../../../shared/contract/dataset.ts';
import type { Apart } from './alignment.ts';
import { PixelWork, type PixelInput } from './pixel-work.ts';

/** What the thread is given. `stopped` is set to another value than 0 to end it. */
export interface ForPixelWorker extends Omit<PixelInput, 'data'> {
  images: SharedImages;
  stopped: Int32Array;
}

export interface FromPixelWorker {
  part: string;
  result: unknown;
}

const ENTRY = new URL('./pixel-worker.ts', import.meta.url);

/** Milliseconds between two looks at whether the run is to be ended, while a result is waited for. */
const POLL = 50;

/**
 * Pixel work in a thread of its own, beside the training; the same results as without one. Where the machine has a single
 * core, the images are not all in memory or the thread fails, it is done here once it is asked for.
 */
export class PixelWorkBeside {
  readonly #here: PixelWork;
  readonly #pause: Pause;
  readonly #stopped = new Int32Array(new SharedArrayBuffer(4));
  /** What is there already, and who waits for what is not. */
  readonly #results = new Map<string, unknown>();
  #notify: () => void = () => undefined;
  #isRunning = false;

  /**
   * @param linear for what is done here
   * @param entry the thread's program, unless a test brings another; null for none
   */
  constructor(
    input: PixelInput,
    pause: Pause,
    linear: () => Promise<LinearDetector>,
    entry: URL | null = availableParallelism() > 1 ? ENTRY : null,
  ) {
    this.#here = new PixelWork(input, pause, linear);
    this.#pause = pause;
    const images = entry && input.data.shared?.();
    if (!images) return;
    const { classes, examples, seed } = input;
    const workerData: ForPixelWorker = { images, stopped: this.#stopped, classes, examples, seed };
    const worker = new Worker(entry, { workerData });
    this.#isRunning = true;
    worker.on('message', ({ part, result }: FromPixelWorker) => {
      this.#results.set(part, result);
      this.#notify();
    });
    const ended = () => {
      this.#isRunning = false;
      this.#notify();
    };
    worker.on('error', (error) => {
      console.warn('Pixel work goes on without its thread:', error);
      ended();
    });
    worker.on('exit', ended);
    // It must not keep a process alive that has nothing else to do.
    worker.unref();
  }

  stamps(): Promise<Stamp[]> {
    return this.#get('stamps', () => this.#here.stamps());
  }

  apart(label: number): Promise<Apart[]> {
    return this.#get(`apart ${label}`, () => this.#here.apart(label));
  }

  seeds(): Promise<RankedClass[]> {
    return this.#get('seeds', () => this.#here.seeds());
  }

  /** Nothing more will be asked for. */
  end(): void {
    Atomics.store(this.#stopped, 0, 1);
  }

  async #get<T>(part: string, here: () => Promise<T>): Promise<T> {
    while (this.#isRunning && !this.#results.has(part)) {
      const news = new Promise<void>((resolve) => (this.#notify = resolve));
      await Promise.race([news, setTimeout(POLL)]);
      await this.#pause();
    }
    if (!this.#results.has(part)) this.#results.set(part, await here());
    return this.#results.get(part) as T;
  }
}
