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

/** What the thread is given. Of `stopped` the first is set to another value than 0 to end it, the second to leave out seeds. */
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
/** Milliseconds that the end of the thread is waited for; a process that exits meanwhile takes it along. */
const LONGEST_END = 2000;

/**
 * Pixel work in a thread of its own, beside the training; the same results as without one. Where the machine has a single
 * core, the images are not all in memory or the thread fails, it is done here once it is asked for.
 */
export class PixelWorkBeside {
  readonly #input: PixelInput;
  readonly #here: PixelWork;
  readonly #pause: Pause;
  readonly #entry: URL | null;
  readonly #stopped = new Int32Array(new SharedArrayBuffer(8));
  /** What is there already, and who waits for what is not. */
  readonly #results = new Map<string, unknown>();
  #notify: () => void = () => undefined;
  #isRunning = false;
  #ended: Promise<void> = Promise.resolve();

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
    this.#input = input;
    this.#here = new PixelWork(input, pause, linear);
    this.#pause = pause;
    this.#entry = entry;
  }

  /** Starts the thread, if there is one to be had. Without it all is done here. */
  begin(): void {
    try {
      const images = this.#entry && this.#input.data.shared?.();
      if (images) this.#start(this.#entry!, images);
    } catch (error) {
      console.warn('Pixel work goes on without a thread:', error);
    }
  }

  #start(entry: URL, images: SharedImages): void {
    const { classes, examples, seed } = this.#input;
    const workerData: ForPixelWorker = { images, stopped: this.#stopped, classes, examples, seed };
    const worker = new Worker(entry, { workerData });
    this.#isRunning = true;
    worker.on('message', ({ part, result }: FromPixelWorker) => {
      this.#results.set(part, result);
      this.#notify();
    });
    worker.on('error', (error) => console.warn('Pixel work goes on without its thread:', error));
    this.#ended = new Promise((resolve) => {
      worker.on('exit', () => {
        this.#isRunning = false;
        this.#notify();
        resolve();
      });
    });
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

  /** Seeds will not be asked for. */
  skipSeeds(): void {
    Atomics.store(this.#stopped, 1, 1);
  }

  /** Nothing more will be asked for. Resolves once the thread has ended, which it does at its next pause, or after a while. */
  async end(): Promise<void> {
    Atomics.store(this.#stopped, 0, 1);
    const waiting = new AbortController();
    await Promise.race([this.#ended, setTimeout(LONGEST_END, undefined, waiting)]);
    waiting.abort();
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
