import { readFile, rename, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { EngineStatus, Task } from '../../shared/contract/api.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { runtimeStatus, variantsForThisMachine } from '../engine/runtime/index.ts';
import { asStorageError } from '../history/storage-errors.ts';
import type { ApiContext } from './api-context.ts';
import type { TaskRegistry } from './api-tasks.ts';

const speedSchema = z.strictObject({
  format: z.literal(1),
  imagesPerSecond: z.number().positive(),
  network: z.string(),
  engine: z.string(),
  /** ISO 8601. */
  at: z.string(),
});

/** The outcome of the last speed test on this computer. */
export type StoredSpeed = Omit<z.infer<typeof speedSchema>, 'format'>;

/** The engine page: what computes, how fast, and how to get a better one. */
export class EngineCalls {
  readonly #context: ApiContext;
  readonly #tasks: TaskRegistry;
  #testing: Promise<unknown> | null = null;

  constructor(context: ApiContext, tasks: TaskRegistry) {
    this.#context = context;
    this.#tasks = tasks;
  }

  async status(): Promise<EngineStatus> {
    const status = await runtimeStatus();
    const ready = status.state === 'ready';
    return {
      runtime: {
        state: status.state,
        folder: status.dir,
        variant: status.manifest?.variant ?? null,
        version: status.manifest?.tensorflow ?? null,
        reason: status.reason,
      },
      device: {
        name: cpus()[0]?.model.trim() || process.arch,
        cores: availableParallelism(),
        memoryBytes: totalmem(),
        ...(await graphicsCard(ready ? (status.manifest?.variant ?? null) : null)),
      },
      speed: await this.speed(),
    };
  }

  install(from: string | null): Task {
    const title = from === null ? 'Install the native engine' : `Install the native engine from ${from}`;
    return this.#tasks.start('engine', title, async (hooks) => {
      const helper = this.#context.newHelper(0);
      try {
        await helper.request('installEngine', from, hooks);
      } finally {
        helper.close();
      }
      return null;
    });
  }

  /** @param training whether an experiment is being trained, which would spoil the measurement */
  async test(training: boolean): Promise<EngineStatus> {
    if (training) {
      throw new ExpectedError('busy', 'An experiment is being trained.', 'Test the speed when it is done.');
    }
    this.#testing ??= this.#measure().finally(() => {
      this.#testing = null;
    });
    await this.#testing;
    return this.status();
  }

  /** The last speed test's outcome, or null. */
  async speed(): Promise<StoredSpeed | null> {
    try {
      const parsed = speedSchema.safeParse(JSON.parse(await readFile(this.#file, 'utf8')));
      if (!parsed.success) return null;
      const { format, ...speed } = parsed.data;
      void format;
      return speed;
    } catch {
      // Not measured yet, or unreadable: measuring again is cheap.
      return null;
    }
  }

  get #file(): string {
    return join(this.#context.ws.folder.path, 'speed.json');
  }

  async #measure(): Promise<void> {
    const helper = this.#context.newHelper(0);
    try {
      const report = await helper.request('speedTest', this.#context.settings.get().engine);
      const speed: z.infer<typeof speedSchema> = {
        format: 1,
        imagesPerSecond: report.imagesPerSecond,
        network: report.network,
        engine: report.engine.kind,
        at: new Date().toISOString(),
      };
      await writeFile(`${this.#file}.new`, JSON.stringify(speed, null, 1));
      await rename(`${this.#file}.new`, this.#file);
    } catch (error) {
      throw asStorageError(error, `the data folder ${this.#context.ws.folder.path}`);
    } finally {
      helper.close();
    }
  }
}

/** Whether a graphics card is used, and if not, why. @param variant of the engine that is installed, or null */
async function graphicsCard(variant: string | null): Promise<{ gpu: string | null; gpuReason: string }> {
  const [best] = await variantsForThisMachine();
  const driver = best === 'cuda';
  if (variant === 'cuda') {
    return driver
      ? { gpu: 'NVIDIA', gpuReason: 'Training uses the NVIDIA card.' }
      : { gpu: null, gpuReason: 'The engine for NVIDIA cards is installed, but no NVIDIA driver was found.' };
  }
  if (driver) {
    return { gpu: null, gpuReason: 'There is an NVIDIA card; install the native engine to use it.' };
  }
  return { gpu: null, gpuReason: 'No NVIDIA card was found; training uses the processor.' };
}
