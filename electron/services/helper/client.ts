import { ExpectedError } from '../../../shared/contract/errors.ts';
import type { TrainerProcess } from '../../trainer/process.ts';
import {
  fromHelperSchema,
  type ToHelper,
  type WorkAnswer,
  type WorkName,
  type WorkProgress,
  type WorkRequest,
} from './protocol.ts';

export type HelperProcess = TrainerProcess<ToHelper>;

interface Pending {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  onProgress: ((progress: WorkProgress) => void) | undefined;
}

export interface RequestHooks {
  onProgress?: (progress: WorkProgress) => void;
  signal?: AbortSignal;
}

const LOG_KEPT = 2000;

/**
 * A helper process that starts with the first request and ends after a time without any. When it crashes, the
 * requests under way fail with a plain message and the next request starts another.
 */
export class Helper {
  readonly #start: () => Promise<HelperProcess>;
  readonly #idleSeconds: number;
  readonly #pending = new Map<number, Pending>();
  #process: Promise<HelperProcess> | undefined;
  #idle: NodeJS.Timeout | undefined;
  #lastId = 0;
  #log = '';
  #closed = false;

  /** @param idleSeconds time without requests after which the process ends; 0 = at once */
  constructor(start: () => Promise<HelperProcess>, idleSeconds: number) {
    this.#start = start;
    this.#idleSeconds = idleSeconds;
  }

  /** @throws ExpectedError what the helper reports, 'cancelled' on the signal, 'run-failed' when it crashes */
  async request<N extends WorkName>(
    work: N,
    request: WorkRequest<N>,
    hooks: RequestHooks = {},
  ): Promise<WorkAnswer<N>> {
    if (this.#closed) throw new ExpectedError('cancelled', 'The program is closing.');
    hooks.signal?.throwIfAborted();
    clearTimeout(this.#idle);
    const id = ++this.#lastId;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, onProgress: hooks.onProgress });
    });
    // It may settle while the process is still being started.
    answer.catch(() => undefined);
    const process = await this.#running();
    const cancel = () => process.send({ type: 'cancel', id });
    try {
      process.send({ type: 'do', id, work, request });
      if (hooks.signal?.aborted) cancel();
      hooks.signal?.addEventListener('abort', cancel);
      return (await answer) as WorkAnswer<N>;
    } finally {
      hooks.signal?.removeEventListener('abort', cancel);
      this.#pending.delete(id);
      if (this.#pending.size === 0) this.#rest();
    }
  }

  /** Ends the process at once. */
  close(): void {
    this.#closed = true;
    this.#end();
  }

  #rest(): void {
    if (this.#idleSeconds === 0) this.#end();
    else this.#idle = setTimeout(() => this.#end(), this.#idleSeconds * 1000).unref();
  }

  #end(): void {
    clearTimeout(this.#idle);
    const process = this.#process;
    this.#process = undefined;
    void process?.then((one) => one.kill()).catch(() => undefined);
  }

  #running(): Promise<HelperProcess> {
    if (this.#process) return this.#process;
    const starting = this.#start().then((process) => {
      process.onMessage((message) => this.#receive(message));
      process.onLog((text) => {
        this.#log = (this.#log + text).slice(-LOG_KEPT);
      });
      process.onEnd((end, error) => {
        if (this.#process === starting) this.#process = undefined;
        this.#failAll(error?.message ?? end.signal ?? `exit code ${end.code}`);
      });
      return process;
    });
    this.#process = starting;
    starting.catch(() => {
      if (this.#process === starting) this.#process = undefined;
    });
    return starting;
  }

  #receive(raw: unknown): void {
    const message = fromHelperSchema.parse(raw);
    const pending = this.#pending.get(message.id);
    if (!pending) return;
    switch (message.type) {
      case 'progress':
        return pending.onProgress?.({ done: message.done, total: message.total, note: message.note });
      case 'done':
        return pending.resolve(message.value);
      case 'failed':
        return pending.reject(
          new ExpectedError(message.error.code, message.error.message, message.error.remedy),
        );
      case 'broken':
        return pending.reject(new Error(`in the helper process: ${message.stack}`));
    }
  }

  #failAll(how: string): void {
    const waiting = [...this.#pending.values()];
    if (waiting.length === 0) return;
    const last = this.#log.trim().split('\n').at(-1);
    const error = new ExpectedError(
      'run-failed',
      `The helper process ended unexpectedly (${how}).${last ? ` Its last line: ${last}` : ''}`,
      'Try again. If a certain file brings this about, leave it out.',
    );
    for (const { reject } of waiting) reject(error);
  }
}
