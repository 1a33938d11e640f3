import { fork, type Serializable } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ToTrainer } from '../../shared/contract/trainer.ts';

/** How the training process ended: an exit code, or the signal that ended it. */
export interface ProcessEnd {
  code: number | null;
  signal: string | null;
}

/**
 * A training process, whatever started it (`child_process` here, Electron's `utilityProcess` in the desktop).
 * Other processes of the application's own take other messages.
 */
export interface TrainerProcess<Message = ToTrainer> {
  readonly pid: number | undefined;
  /** Does nothing once the process has ended. */
  send(message: Message): void;
  /** Ends it at once. */
  kill(): void;
  /** Each listener is set once, before the first message can come. */
  onMessage(listener: (message: unknown) => void): void;
  /** What it writes to its output, in pieces. */
  onLog(listener: (text: string) => void): void;
  /** Called once, after the last message; `error` when it could not be started. */
  onEnd(listener: (end: ProcessEnd, error?: Error) => void): void;
}

const ENTRY = new URL('./entry.ts', import.meta.url);

/** Variables that the training process takes over: paths, language, and what steers the engine's threads and devices. */
const INHERITED = new RegExp(
  `^(${[
    'PATH|HOME|USER|LOGNAME|USERPROFILE|HOMEDRIVE|HOMEPATH|APPDATA|LOCALAPPDATA|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC',
    'TMPDIR|TEMP|TMP|LANG|LC_.*|TZ|XDG_.*|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH|CUDA_.*|NVIDIA_.*',
    'OMP_NUM_THREADS|TF_NUM_INTRAOP_THREADS|TF_NUM_INTEROP_THREADS|THERIAC_.*',
  ].join('|')})$`,
  'i',
);

/** The environment of a training process: little of the host's, then the given variables. */
export function trainerEnvironment(
  given: Readonly<Record<string, string>>,
  host: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(host)) {
    if (value !== undefined && INHERITED.test(name)) kept[name] = value;
  }
  return { ...kept, ...given };
}

/** Milliseconds between a process's exit and the last of its output, at most. */
const DRAIN = 2000;

/**
 * Starts the training process with Node. It has no standard input, and its output is kept from the terminal.
 * @param environment variables beside those it inherits
 * @param entry the program; the trainer's own unless a test brings another
 */
export function forkTrainer<Message = ToTrainer>(
  environment: Readonly<Record<string, string>>,
  entry: URL = ENTRY,
): TrainerProcess<Message> {
  const child = fork(fileURLToPath(entry), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: trainerEnvironment(environment),
    execArgv: ['--disable-warning=ExperimentalWarning'],
    // A terminal's Ctrl-C goes to a whole group: the trainer must get `stop` instead, to write its checkpoint.
    detached: process.platform !== 'win32',
  });
  return {
    pid: child.pid,
    send: (message) => {
      if (child.connected) child.send(message as Serializable, () => undefined);
    },
    kill: () => {
      child.kill('SIGKILL');
    },
    onMessage: (listener) => {
      child.on('message', listener);
    },
    onLog: (listener) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding('utf8').on('data', listener);
      }
    },
    onEnd: (listener) => {
      let ended = false;
      const once = (end: ProcessEnd, error?: Error) => {
        if (ended) return;
        ended = true;
        listener(end, error);
      };
      child.on('error', (error) => {
        if (child.pid === undefined) once({ code: null, signal: null }, error);
      });
      // 'close' follows the last message and the last output, but only when no grandchild holds the pipes.
      child.on('close', (code, signal) => once({ code, signal }));
      child.on('exit', (code, signal) => {
        setTimeout(() => once({ code, signal }), DRAIN).unref();
      });
    },
  };
}
