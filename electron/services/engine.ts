import type { EnginePreference } from '../engine/index.ts';
import {
  installRuntime,
  runtimeStatus,
  type InstallOptions,
  type RuntimeStatus,
} from '../engine/runtime/index.ts';
import { engineEnvironment } from './engine-environment.ts';
import { Helper } from './helper/client.ts';
import { processes } from './processes.ts';
import type { SpeedReport } from './speed-test.ts';

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
 * @throws ExpectedError 'no-engine' when the engine cannot be had, 'run-failed' when it crashes
 */
export async function testEngine(preference: EnginePreference): Promise<SpeedReport> {
  const helper = new Helper(async () => processes().helper(await engineEnvironment(0)), 0);
  try {
    return await helper.request('speedTest', preference);
  } finally {
    helper.close();
  }
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
