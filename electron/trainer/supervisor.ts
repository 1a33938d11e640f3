import { ERROR_CODES, type ErrorCode, type ErrorValue } from '../../shared/contract/errors.ts';
import { fromTrainerSchema, type FromTrainer, type Job } from '../../shared/contract/trainer.ts';
import type { ProcessEnd, TrainerProcess } from './process.ts';

type Done = Extract<FromTrainer, { type: 'done' }>;

/** How a sitting of training ended. */
export type TrainerOutcome =
  | { kind: 'done'; totals: Omit<Done, 'type'> }
  /** Asked to stop, it did; the checkpoint is a file in the job's folder. */
  | { kind: 'stopped'; checkpoint: string | null }
  /** It said so itself, or broke the protocol. */
  | { kind: 'failed'; error: ErrorValue }
  /** It crashed, was killed, or left without a word. */
  | { kind: 'interrupted'; reason: string; log: string[] };

export interface SupervisorHooks {
  /** Every valid message but `done`, `stopped` and `failed`, in order. What it throws ends the run. */
  onMessage: (message: FromTrainer) => void;
  /** Seconds that a stop may take before the process is killed. */
  stopSeconds?: number;
  /** Seconds that the process may take to leave after its last word. */
  leaveSeconds?: number;
}

export interface TrainerRun {
  readonly pid: number | undefined;
  /** Rejects only with what `onMessage` threw. Settles after the process has ended. */
  readonly outcome: Promise<TrainerOutcome>;
  /** Asks for a checkpoint and an end; kills after `stopSeconds`. */
  stop(): void;
  /** Ends it at once, without a checkpoint. */
  kill(): void;
}

const LOG_LINES = 40;
const LOG_LINE_LENGTH = 2000;
/** What TensorFlow says at every start; it explains no end. */
const START_UP_NOISE =
  /All log messages before absl::InitializeLog|oneDNN custom operations are on|This TensorFlow binary is optimized to use|To enable the following instructions/;

/** Sends the job to a training process and watches over it until it has ended. */
export function supervise(trainer: TrainerProcess, job: Job, hooks: SupervisorHooks): TrainerRun {
  const stopSeconds = hooks.stopSeconds ?? 60;
  const leaveSeconds = hooks.leaveSeconds ?? 10;
  const log = new LogTail();
  let verdict: TrainerOutcome | undefined;
  let thrown: { error: unknown } | undefined;
  let reasonForKill: string | undefined;
  let ended = false;
  let timer: NodeJS.Timeout | undefined;

  const killAfter = (seconds: number, reason: string) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      reasonForKill = reason;
      trainer.kill();
    }, seconds * 1000);
  };

  const conclude = (outcome: TrainerOutcome) => {
    verdict = outcome;
    killAfter(leaveSeconds, 'It did not leave after its last word.');
  };

  const receive = (raw: unknown) => {
    if (verdict || thrown) return;
    const parsed = fromTrainerSchema.safeParse(raw);
    if (!parsed.success) {
      conclude({ kind: 'failed', error: protocolError(raw, parsed.error.issues[0]) });
      trainer.kill();
      return;
    }
    const message = parsed.data;
    if (message.type === 'done') {
      const { type, ...totals } = message;
      void type;
      conclude({ kind: 'done', totals });
    } else if (message.type === 'stopped') {
      conclude({ kind: 'stopped', checkpoint: message.checkpoint });
    } else if (message.type === 'failed') {
      conclude({ kind: 'failed', error: knownError(message.error) });
    } else {
      try {
        hooks.onMessage(message);
      } catch (error) {
        thrown = { error };
        trainer.kill();
      }
    }
  };

  const outcome = new Promise<TrainerOutcome>((resolve, reject) => {
    trainer.onMessage(receive);
    trainer.onLog((text) => log.add(text));
    trainer.onEnd((end, error) => {
      ended = true;
      clearTimeout(timer);
      if (thrown) reject(thrown.error);
      else
        resolve(
          verdict ?? {
            kind: 'interrupted',
            reason: reasonForKill ?? describeEnd(end, error),
            log: log.lines(),
          },
        );
    });
  });

  trainer.send({ type: 'start', job });

  return {
    pid: trainer.pid,
    outcome,
    stop: () => {
      if (ended || verdict) return;
      trainer.send({ type: 'stop' });
      killAfter(
        stopSeconds,
        `The training process did not stop within ${stopSeconds} seconds and was ended.`,
      );
    },
    kill: () => {
      if (ended) return;
      reasonForKill ??= 'The training process was ended by the user.';
      trainer.kill();
    },
  };
}

function describeEnd(end: ProcessEnd, error: Error | undefined): string {
  if (error) return `The training process could not be started: ${error.message}`;
  if (end.signal === 'SIGKILL') {
    return 'The training process was killed (SIGKILL). The system does this when memory runs out.';
  }
  if (end.signal) return `The training process crashed (${end.signal}).`;
  return `The training process ended before the run was done (exit code ${end.code}).`;
}

function protocolError(
  raw: unknown,
  issue: { path: PropertyKey[]; message: string } | undefined,
): ErrorValue {
  const type = (raw as { type?: unknown } | null)?.type;
  const where = [typeof type === 'string' ? type : 'a message', ...(issue?.path ?? [])].join('.');
  return {
    code: 'run-failed',
    message: `The training process sent something that was not understood (${where}: ${issue?.message ?? 'invalid'}).`,
  };
}

function knownError(error: { code: string; message: string; remedy?: string | undefined }): ErrorValue {
  const code: ErrorCode = Object.hasOwn(ERROR_CODES, error.code) ? (error.code as ErrorCode) : 'run-failed';
  return { code, message: error.message, ...(error.remedy ? { remedy: error.remedy } : {}) };
}

/** The last lines of a text that comes in pieces. */
class LogTail {
  #lines: string[] = [];
  #open = '';

  add(text: string): void {
    const pieces = (this.#open + text).split(/\r?\n/);
    this.#open = pieces.pop()!.slice(-LOG_LINE_LENGTH);
    const lines = pieces.filter((line) => !START_UP_NOISE.test(line));
    this.#lines = [...this.#lines, ...lines.map((line) => line.slice(0, LOG_LINE_LENGTH))].slice(-LOG_LINES);
  }

  lines(): string[] {
    return [...this.#lines, this.#open].filter((line) => line.trim() !== '').slice(-LOG_LINES);
  }
}
