import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ExpectedError } from '../../../shared/contract/errors.ts';

/**
 * Loads an addon in a process of its own, so that one which crashes takes nothing with it.
 * @returns the TensorFlow version that it reports
 * @throws ExpectedError no-engine, cancelled
 */
export async function tryAddon(
  addon: string,
  environment: Record<string, string>,
  signal?: AbortSignal,
): Promise<string> {
  const code = 'process.stdout.write(String(require(process.argv[1]).TF_Version))';
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', code, addon], {
      // Under Electron, execPath is Electron itself.
      env: { ...process.env, ...environment, ELECTRON_RUN_AS_NODE: '1' },
      timeout: 120_000,
      signal,
    });
    return stdout;
  } catch (cause) {
    if (signal?.aborted)
      throw new ExpectedError('cancelled', 'The installation of the engine was cancelled.');
    const { signal: killedBy, stderr = '' } = cause as { signal?: string; stderr?: string };
    const reason =
      killedBy === 'SIGILL'
        ? 'this processor lacks instructions that TensorFlow needs (AVX)'
        : (/Error: .*/.exec(stderr)?.[0] ??
          (killedBy ? `it was ended by ${killedBy}` : stderr.trim().split('\n').at(-1)));
    throw new ExpectedError('no-engine', `The engine was built but does not load: ${reason}`, undefined, {
      cause,
    });
  }
}
