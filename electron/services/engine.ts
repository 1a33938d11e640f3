import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ExpectedError } from '../../shared/contract/errors.ts';
import type { EnginePreference } from '../engine/index.ts';
import {
  installRuntime,
  runtimeEnvironment,
  runtimeStatus,
  type InstallOptions,
  type RuntimeStatus,
} from '../engine/runtime/index.ts';
import { trainerEnvironment } from '../trainer/process.ts';
import type { ProbeMessage } from './engine-probe.ts';
import type { ProbeReport } from './speed-test.ts';

/** The native engine's state, for people. */
export interface EngineStatus {
  state: RuntimeStatus['state'];
  folder: string;
  reason: string;
  /** TensorFlow's version and the variant, when ready. */
  version: string | null;
  variant: string | null;
  /** What "auto" gives here. */
  auto: 'native' | 'wasm';
}

export async function engineStatus(): Promise<EngineStatus> {
  return describe(await runtimeStatus());
}

/** Installs or repairs the native engine. @throws ExpectedError 'no-engine', 'bad-input', 'storage', 'cancelled' */
export async function installEngine(options: InstallOptions): Promise<EngineStatus> {
  return describe(await installRuntime(options));
}

/**
 * Trains a small network for some seconds in a process of its own.
 * @throws ExpectedError 'no-engine' when the engine cannot be had, or crashes
 */
export async function testEngine(preference: EnginePreference): Promise<ProbeReport> {
  const environment = trainerEnvironment(runtimeEnvironment(await runtimeStatus()));
  const child = fork(fileURLToPath(new URL('./engine-probe.ts', import.meta.url)), [preference], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: environment,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  let log = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-2000);
  });
  let message: ProbeMessage | undefined;
  child.on('message', (received) => {
    message = received as ProbeMessage;
  });
  const end = await new Promise<string>((resolve) => {
    child.on('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  if (!message)
    throw new ExpectedError('no-engine', `The engine crashed while it was tested (${end}). ${log.trim()}`);
  if ('error' in message)
    throw new ExpectedError(message.error.code, message.error.message, message.error.remedy);
  return message.report;
}

function describe(status: RuntimeStatus): EngineStatus {
  return {
    state: status.state,
    folder: status.dir,
    reason: status.reason,
    version: status.manifest?.tensorflow ?? null,
    variant: status.manifest?.variant ?? null,
    auto: status.state === 'ready' ? 'native' : 'wasm',
  };
}
