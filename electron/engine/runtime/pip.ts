/**
 * Fetching wheels through pip, because pip knows the machine's index, proxy and certificates. pip only downloads:
 * nothing is built, installed or executed.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import type { OnProgress } from './progress.ts';
import { WHEEL_PYTHONS } from './versions.ts';

/** A way to start pip: the command and its first arguments. */
export type Pip = readonly [command: string, ...args: string[]];

const CANDIDATES: readonly Pip[] = [['python3', '-m', 'pip'], ['pip3'], ['pip'], ['python', '-m', 'pip']];

const pipEnvironment = (temporary?: string): NodeJS.ProcessEnv => ({
  ...process.env,
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
  PIP_NO_INPUT: '1',
  PIP_REQUIRE_VIRTUALENV: '0',
  PYTHONIOENCODING: 'utf-8',
  ...(temporary ? { TMPDIR: temporary } : {}),
});

/** The first pip that answers, with its version, or null. */
export async function findPip(
  candidates: readonly Pip[] = CANDIDATES,
): Promise<{ pip: Pip; version: string } | null> {
  for (const pip of candidates) {
    const [command, ...args] = pip;
    try {
      const { stdout } = await promisify(execFile)(command, [...args, '--version'], {
        env: pipEnvironment(),
        timeout: 60_000,
      });
      const version = /^pip (\S+)/.exec(stdout)?.[1];
      if (version) return { pip, version };
    } catch {
      continue;
    }
  }
  return null;
}

/**
 * Arguments of `pip download` that make any pip pick wheels for glibc-based Linux on x86-64, whatever Python it runs.
 * @param glibcMinor newest manylinux_2_N that runs here
 */
export function downloadArguments(
  requirements: string[],
  python: string,
  glibcMinor: number,
  into: string,
): string[] {
  const platforms = Array.from({ length: glibcMinor - 4 }, (_, i) => `manylinux_2_${glibcMinor - i}_x86_64`);
  return [
    'download',
    '--no-deps',
    '--only-binary=:all:',
    '--no-cache-dir',
    '--progress-bar=off',
    '--retries=2',
    '--implementation=cp',
    `--python-version=${python}`,
    ...[...platforms, 'manylinux2014_x86_64'].map((platform) => `--platform=${platform}`),
    `--dest=${into}`,
    ...requirements,
  ];
}

export interface Download {
  pip: Pip;
  /** As pip writes them: 'tensorflow-cpu==2.21.0'. */
  requirements: string[];
  glibcMinor: number;
  /** Where the wheels end up; it exists. */
  into: string;
  /** A folder of this installation's own, for what is not complete yet. */
  staging: string;
  /** About how many bytes will come, for the progress. */
  size: number;
}

/**
 * Downloads the wheels, watching files grow for the progress.
 * @returns the paths of the wheels
 * @throws ExpectedError no-engine with pip's last words; cancelled
 */
export async function downloadWheels(
  download: Download,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<string[]> {
  const temporary = join(download.staging, 'pip-tmp');
  const partial = join(download.staging, 'pip-out');
  let words = '';
  for (const python of WHEEL_PYTHONS) {
    await mkdir(temporary, { recursive: true });
    await mkdir(partial, { recursive: true });
    const args = downloadArguments(download.requirements, python, download.glibcMinor, partial);
    const result = await runPip(download, args, temporary, partial, onProgress, signal);
    if (result.code === 0) break;
    words ||= result.words;
    await rm(partial, { recursive: true, force: true });
    if (!result.noSuchWheel) break;
  }
  const names = await readdir(partial).catch(() => []);
  if (names.length === 0) {
    throw new ExpectedError(
      'no-engine',
      `${download.requirements.join(', ')} could not be downloaded by pip: ${words}`,
    );
  }
  const wheels: string[] = [];
  for (const name of names) {
    await rename(join(partial, name), join(download.into, name));
    wheels.push(join(download.into, name));
  }
  await rm(temporary, { recursive: true, force: true });
  return wheels;
}

interface PipResult {
  code: number | null;
  /** The last line pip wrote that says what is wrong. */
  words: string;
  /** The index answered that it has no wheel for this Python (or it did not answer at all). */
  noSuchWheel: boolean;
}

async function runPip(
  download: Download,
  args: string[],
  temporary: string,
  partial: string,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<PipResult> {
  const [command, ...first] = download.pip;
  const child = spawn(command, [...first, ...args], {
    env: pipEnvironment(temporary),
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => (output = (output + text).slice(-20_000)));
  }
  const note = `downloading ${download.requirements.join(', ')}`;
  const report = async (): Promise<void> => {
    const done = (await folderSize(temporary)) + (await folderSize(partial));
    onProgress({ phase: 'download', done: Math.min(done, download.size), total: download.size, note });
  };
  const timer = setInterval(() => void report(), 500);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    const errors = output.split('\n').filter((line) => line.startsWith('ERROR:'));
    const connection = /Failed to establish a new connection: [^'")]*|SSLError[^'")]*|ProxyError[^'")]*/.exec(
      output,
    );
    return {
      code,
      words: [
        errors.at(-1)?.replace('ERROR: ', '') ?? output.trim().split('\n').at(-1) ?? '',
        connection?.[0],
      ]
        .filter(Boolean)
        .join('; '),
      noSuchWheel: /No matching distribution found/.test(output),
    };
  } catch (error) {
    if (signal?.aborted)
      throw new ExpectedError('cancelled', 'The installation of the engine was cancelled.');
    return { code: null, words: (error as Error).message, noSuchWheel: false };
  } finally {
    clearInterval(timer);
  }
}

/** Bytes in all files below a folder; files that vanish meanwhile do not count. */
async function folderSize(folder: string): Promise<number> {
  let sum = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (!entry.isFile()) continue;
    sum += await stat(join(entry.parentPath, entry.name)).then(
      ({ size }) => size,
      () => 0,
    );
  }
  return sum;
}
