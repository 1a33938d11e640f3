import { existsSync } from 'node:fs';
import { ExpectedError } from '../../shared/contract/errors.ts';
import type { Engine } from '../../shared/contract/engine.ts';
import { EagerEngine } from './eager/eager-engine.ts';
import { NativeEngine } from './native/native-engine.ts';
import { runtimeEnvironment, runtimeStatus } from './runtime/index.ts';

export type EnginePreference = 'auto' | 'native' | 'wasm' | 'cpu';

/**
 * Where the native addon lies, with this process's environment prepared for loading it; or why there is none.
 */
export async function nativeRuntime(): Promise<{ addon: string } | { missing: string }> {
  const given = process.env.THERIAC_ADDON;
  if (given) {
    return existsSync(given)
      ? { addon: given }
      : { missing: `THERIAC_ADDON names ${given}, which is not there.` };
  }
  const status = await runtimeStatus();
  if (status.state !== 'ready') return { missing: status.reason };
  // TensorFlow reads these when its library is loaded, so setting them here is early enough, except for
  // the library path, which a supervisor must give to the process it starts.
  for (const [name, value] of Object.entries(runtimeEnvironment(status))) process.env[name] ??= value;
  return { addon: process.env.THERIAC_ADDON! };
}

/**
 * The engine that trains in this process. `auto` takes the native one and falls back to WebAssembly, saying why
 * in `info.reason`.
 * @throws ExpectedError 'no-engine' if the native engine was asked for and cannot be had
 */
export async function createEngine(preference: EnginePreference = 'auto'): Promise<Engine> {
  if (preference === 'cpu') return EagerEngine.create('cpu', 'The plain JavaScript engine was asked for.');
  if (preference === 'wasm') return EagerEngine.create('wasm', 'The WebAssembly engine was asked for.');
  const runtime = await nativeRuntime();
  try {
    if ('missing' in runtime) {
      throw new ExpectedError('no-engine', runtime.missing, 'Install it with: theriac engine install');
    }
    return new NativeEngine(runtime.addon);
  } catch (error) {
    if (preference === 'native' || !(error instanceof ExpectedError)) throw error;
    return EagerEngine.create(
      'wasm',
      `${error.message} Training goes on in WebAssembly, several times slower.`,
    );
  }
}
