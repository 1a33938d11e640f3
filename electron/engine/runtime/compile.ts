/**
 * Compiling the addon (the npm package's C++ source) against the libraries of the wheel: one call of the compiler,
 * about ten seconds, no build system.
 */
import { execFile, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { LIBRARIES, bindingFiles, type AddonRecipe } from './versions.ts';

/** The C++ compiler and its first line of `--version`, or null. CXX, when set, is the only one tried. */
export async function findCompiler(): Promise<{ command: string; version: string } | null> {
  for (const command of process.env.CXX ? [process.env.CXX] : ['g++', 'c++', 'clang++']) {
    try {
      const { stdout } = await promisify(execFile)(command, ['--version'], { timeout: 60_000 });
      return { command, version: stdout.split('\n')[0] ?? '' };
    } catch {
      continue;
    }
  }
  return null;
}

/** What to tell a user whose machine has no compiler. */
export function noCompiler(): ExpectedError {
  return new ExpectedError(
    'no-engine',
    process.env.CXX
      ? `The C++ compiler that CXX names, ${process.env.CXX}, does not run.`
      : 'The native engine has to be compiled once, and this computer has no C++ compiler (g++).',
    'Debian, Ubuntu: sudo apt install g++. Fedora, Red Hat: sudo dnf install gcc-c++. openSUSE: sudo zypper install gcc-c++. ' +
      'Arch: sudo pacman -S gcc. Then: theriac engine install',
  );
}

/** The compiler's arguments; `runtime` holds lib/ and gets addon/tfjs_binding.node. */
export function compileArguments(recipe: AddonRecipe, headers: string, runtime: string): string[] {
  return [
    ...recipe.flags,
    ...[...recipe.include, headers, recipe.root].map((folder) => `-I${folder}`),
    '-o',
    join(runtime, 'addon', 'tfjs_binding.node'),
    ...bindingFiles(recipe)
      .filter((name) => name.endsWith('.cc'))
      .map((name) => join(recipe.root, 'binding', name)),
    // The single quotes of a shell are not needed: no shell is involved.
    '-Wl,-rpath,$ORIGIN/../lib',
    ...LIBRARIES.map((name) => join(runtime, 'lib', name)),
  ];
}

/**
 * Compiles the addon.
 * @param log where the compiler's whole output is kept if it fails
 * @throws ExpectedError no-engine with the first errors; cancelled
 */
export async function compileAddon(
  compiler: string,
  args: string[],
  log: string,
  signal?: AbortSignal,
): Promise<void> {
  const child = spawn(compiler, args, {
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => (output += text));
  }
  let code: number | null;
  try {
    code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
  } catch (error) {
    if (signal?.aborted)
      throw new ExpectedError('cancelled', 'The installation of the engine was cancelled.');
    output += (error as Error).message;
    code = null;
  }
  if (code === 0) return;
  await writeFile(log, [compiler, ...args].join(' ') + '\n\n' + output);
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const errors = lines.filter((line) => /error|undefined reference|cannot find|Killed|No space/.test(line));
  throw new ExpectedError(
    'no-engine',
    `The engine's addon could not be compiled:\n${(errors.length > 0 ? errors : lines).slice(0, 5).join('\n')}`,
    `The compiler's whole output is in ${log}. A newer g++ (10 or later) may help.`,
  );
}
