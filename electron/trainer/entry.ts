import { constants, setPriority } from 'node:os';
import { ExpectedError, type ErrorValue } from '../../shared/contract/errors.ts';
import { toTrainerSchema, type FromTrainer } from '../../shared/contract/trainer.ts';
import { runJob } from './job.ts';

/**
 * The training process. Its parent starts it with child_process.fork and speaks shared/contract/trainer.ts.
 * It trains one job and exits: with 0 after `done` and `stopped`, with 1 after `failed`. When the parent goes
 * away it stops as if asked to, so that a crashed application leaves a checkpoint and no process.
 */
// Before the engine starts its threads, which inherit it.
if (process.env.THERIAC_PRIORITY === 'low') {
  try {
    setPriority(constants.priority.PRIORITY_LOW);
  } catch {
    // Not allowed here: training goes on as it is.
  }
}

let started = false;
let stop = false;
let lastSent = Promise.resolve();

process.on('message', (raw) => {
  const parsed = toTrainerSchema.safeParse(raw);
  if (!parsed.success) {
    void fail(
      new ExpectedError(
        'run-failed',
        `The training process got a message it does not know: ${parsed.error.message}`,
      ),
    );
  } else if (parsed.data.type === 'stop') {
    stop = true;
    if (!started) void send({ type: 'stopped', checkpoint: null }).then(leave);
  } else if (!started) {
    started = true;
    runJob(parsed.data.job, { send: (message) => void send(message), stopRequested: () => stop }).then(
      leave,
      fail,
    );
  }
});

process.on('disconnect', () => {
  stop = true;
  if (!started) process.exit(0);
});

process.on('uncaughtException', (error) => void fail(error));
process.on('unhandledRejection', (error) => void fail(error));

// Ctrl-C in a terminal reaches the whole process group; the parent decides what it means and sends `stop`.
process.on('SIGINT', () => {});

/** Resolves once the message has left, or cannot leave any more. Messages leave in order. */
function send(message: FromTrainer): Promise<void> {
  lastSent = new Promise((resolve) => {
    if (process.connected && process.send) process.send(message, undefined, undefined, () => resolve());
    else resolve();
  });
  return lastSent;
}

function leave(): void {
  void lastSent.then(() => process.exit(0));
}

async function fail(error: unknown): Promise<void> {
  await send({ type: 'failed', error: errorValue(error) });
  process.exit(1);
}

function errorValue(error: unknown): ErrorValue {
  if (error instanceof ExpectedError) return error.toValue();
  if (process.stderr.writable)
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof RangeError && /array buffer allocation|invalid (typed )?array length/i.test(reason)) {
    return {
      code: 'run-failed',
      message: 'The training process ran out of memory.',
      remedy: 'Limit the number of training images, choose a smaller working size, or a smaller batch.',
    };
  }
  return {
    code: 'run-failed',
    message: `The training process hit an unexpected error: ${reason}`,
    remedy: 'Resume the run; if it fails again, please report it with the details of the log.',
  };
}
