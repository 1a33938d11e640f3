import { randomUUID } from 'node:crypto';
import type { Task } from '../../shared/contract/api.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import type { WorkProgress } from './helper/protocol.ts';

/** Finished tasks that are still listed. */
const KEPT = 30;

export interface TaskHooks {
  onProgress(progress: WorkProgress): void;
  signal: AbortSignal;
}

interface Entry {
  task: Task;
  cancel: AbortController;
  finished: Promise<void>;
}

/** Long operations that are no experiment: each goes on by itself and tells how far it is. */
export class TaskRegistry {
  readonly #entries = new Map<string, Entry>();
  readonly #tell: (task: Task) => void;
  readonly #asError: (error: unknown) => ExpectedError;

  /**
   * @param tell called with a copy on every change
   * @param asError makes an expected error of whatever a task throws
   */
  constructor(tell: (task: Task) => void, asError: (error: unknown) => ExpectedError) {
    this.#tell = tell;
    this.#asError = asError;
  }

  /** Starts a task. @param work gives the id of the data set or experiment that it made, or null */
  start(
    kind: Task['kind'],
    title: string,
    work: (hooks: TaskHooks) => Promise<string | { experimentId: string } | null>,
  ): Task {
    const task: Task = {
      id: randomUUID(),
      kind,
      title,
      state: 'running',
      done: 0,
      total: 0,
      note: '',
      datasetId: null,
      experimentId: null,
      error: null,
    };
    const cancel = new AbortController();
    const onProgress = (progress: WorkProgress) => {
      if (task.state !== 'running') return;
      Object.assign(task, progress);
      this.#tell({ ...task });
    };
    const finished = work({ onProgress, signal: cancel.signal }).then(
      (made) => {
        const ids = typeof made === 'string' ? { datasetId: made } : made;
        Object.assign(task, { state: 'done', ...ids, done: task.total });
        this.#tell({ ...task });
      },
      (error: unknown) => {
        const cancelled =
          cancel.signal.aborted && (!(error instanceof ExpectedError) || error.code === 'cancelled');
        const value = cancelled
          ? { code: 'cancelled' as const, message: 'It was cancelled; nothing was kept.' }
          : this.#asError(error).toValue();
        Object.assign(task, { state: cancelled ? 'cancelled' : 'failed', error: value });
        this.#tell({ ...task });
      },
    );
    this.#entries.set(task.id, { task, cancel, finished });
    this.#forgetOld();
    this.#tell({ ...task });
    return { ...task };
  }

  /** Newest last. */
  list(): Task[] {
    return [...this.#entries.values()].map(({ task }) => ({ ...task }));
  }

  /** Asks a task to end; harmless when it has ended. @throws ExpectedError 'not-found' */
  cancel(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) throw new ExpectedError('not-found', 'There is no such task any more.');
    entry.cancel.abort();
  }

  get busy(): boolean {
    return [...this.#entries.values()].some(({ task }) => task.state === 'running');
  }

  /** Cancels all and waits for their ends. */
  async close(): Promise<void> {
    for (const { cancel } of this.#entries.values()) cancel.abort();
    await Promise.all([...this.#entries.values()].map(({ finished }) => finished));
  }

  #forgetOld(): void {
    const ended = [...this.#entries.values()].filter(({ task }) => task.state !== 'running');
    for (const { task } of ended.slice(0, Math.max(0, ended.length - KEPT))) this.#entries.delete(task.id);
  }
}
