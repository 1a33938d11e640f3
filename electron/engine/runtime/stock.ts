/**
 * The stock variant, for Windows, macOS and Linux on ARM: the npm package's own install script, run in a copy of the
 * package, fetches TensorFlow 2.9.1 (2.7 on ARM) and an addon built for it.
 */
import { spawn } from 'node:child_process';
import { cp, mkdir, readdir, stat } from 'node:fs/promises';
import { delimiter, dirname, join, relative } from 'node:path';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import type { OnProgress } from './progress.ts';
import type { Machine } from './variant.ts';

export interface StockPlan {
  command: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
}

/**
 * How the package's install script is run: by this Node, in the copy, finding its helpers in the folder that the
 * package itself lies in.
 */
export function stockPlan(machine: Machine, packageFolder: string, copy: string): StockPlan {
  const modules = dirname(dirname(packageFolder));
  const gpu = machine.platform === 'win32' && machine.nvidiaDriver;
  return {
    command: process.execPath,
    args: [join('scripts', 'install.js'), gpu ? 'gpu' : 'cpu', 'download'],
    cwd: copy,
    env: {
      NODE_PATH: modules,
      PATH: [join(modules, '.bin'), dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
      ELECTRON_RUN_AS_NODE: '1',
    },
  };
}

/**
 * Copies the package into addon/ of the runtime and runs its install script there.
 * @returns the addon's path and the library folders, relative to the runtime
 * @throws ExpectedError no-engine, cancelled
 */
export async function installStock(
  machine: Machine,
  packageFolder: string,
  runtime: string,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<{ addon: string; libraryPath: string[] }> {
  const copy = join(runtime, 'addon');
  await mkdir(copy, { recursive: true });
  for (const name of ['package.json', 'binding.gyp', 'binding', 'scripts']) {
    await cp(join(packageFolder, name), join(copy, name), { recursive: true });
  }
  const plan = stockPlan(machine, packageFolder, copy);
  onProgress({ phase: 'download', done: 0, total: 0, note: 'running the install script of tfjs-node-gpu' });
  const output = await runPlan(plan, signal);
  const found = await findAddon(copy);
  if (!found) {
    throw new ExpectedError(
      'no-engine',
      `The install script of tfjs-node-gpu did not produce an addon: ${output.trim().split('\n').slice(-3).join(' ')}`,
      'The native engine needs to reach storage.googleapis.com once. Theriac works without it, more slowly.',
    );
  }
  const libraries = join(copy, 'deps', 'lib');
  const hasLibraries = await stat(libraries).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const inside = (path: string): string => relative(runtime, path).replaceAll('\\', '/');
  return { addon: inside(found), libraryPath: hasLibraries ? [inside(libraries)] : [] };
}

async function findAddon(copy: string): Promise<string | null> {
  for (const entry of await readdir(join(copy, 'lib'), { recursive: true, withFileTypes: true }).catch(
    () => [],
  )) {
    if (entry.name === 'tfjs_binding.node') return join(entry.parentPath, entry.name);
  }
  return null;
}

async function runPlan(plan: StockPlan, signal?: AbortSignal): Promise<string> {
  const child = spawn(plan.command, plan.args, {
    cwd: plan.cwd,
    env: { ...process.env, ...plan.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => (output = (output + text).slice(-20_000)));
  }
  try {
    await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
  } catch (error) {
    if (signal?.aborted)
      throw new ExpectedError('cancelled', 'The installation of the engine was cancelled.');
    throw new ExpectedError(
      'no-engine',
      `The install script of tfjs-node-gpu did not start: ${(error as Error).message}`,
    );
  }
  return output;
}
