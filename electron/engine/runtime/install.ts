/**
 * Making a runtime: everything happens in a staging folder beside the final place, which is renamed into place as
 * the last step. Whatever goes wrong before that leaves no half installation.
 */
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { compileAddon, compileArguments, findCompiler, noCompiler } from './compile.ts';
import { nvidiaExtractions, nvidiaLibraryPath } from './cuda.ts';
import { withInstallLock } from './lock.ts';
import { sha256OfFile, writeManifest, type RuntimeManifest } from './manifest.ts';
import { makeRuntimeRoot } from './paths.ts';
import type { OnProgress } from './progress.ts';
import { checkRoom } from './room.ts';
import { closeWheels, downloadedSource, localSource, type Source } from './source.ts';
import { inspectRuntime, runtimeEnvironment, type RuntimeStatus } from './status.ts';
import { installStock } from './stock.ts';
import { possibleVariants, thisMachine, whyNone, type Machine } from './variant.ts';
import { tryAddon } from './verify.ts';
import {
  HEADER_PREFIXES,
  LIBRARIES,
  SIZES,
  defaultRecipe,
  runtimeId,
  type AddonRecipe,
  type Variant,
} from './versions.ts';
import { extract, readMember, unpackedSize, type Extraction } from './wheel.ts';

export interface InstallOptions {
  /** A wheel, or a folder of wheels, instead of a download. */
  from?: string;
  /** Default: what suits the machine, or what `from` holds. */
  variant?: Variant;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** What an installation depends on beside the user's wishes. */
export interface InstallContext {
  machine: Machine;
  recipe: AddonRecipe;
}

/** Room for the addon, headers and logs, beside the libraries and the download. */
const EXTRA_ROOM = 100_000_000;

/**
 * Installs the native engine, or repairs it, and returns its status. A whole runtime is left as it is. If another
 * process is installing, waits for it.
 * @throws ExpectedError no-engine, bad-input (`from`), storage, cancelled
 */
export async function installRuntime(
  options: InstallOptions = {},
  context?: InstallContext,
): Promise<RuntimeStatus> {
  const { machine, recipe } = context ?? { machine: await thisMachine(), recipe: defaultRecipe() };
  const possible = possibleVariants(machine);
  const [best] = possible;
  if (!best) throw new ExpectedError('no-engine', `The native engine cannot run here: ${whyNone(machine)}.`);
  if (options.variant && !possible.includes(options.variant)) {
    throw new ExpectedError(
      'no-engine',
      `The engine '${options.variant}' cannot run here; possible: ${possible.join(', ')}.`,
    );
  }
  const local = options.from ? await openLocal(resolve(options.from), best, options.variant, recipe) : null;
  try {
    const variant = local?.variant ?? options.variant ?? best;
    const root = makeRuntimeRoot();
    const onProgress = options.onProgress ?? (() => undefined);
    const waiting = (): void =>
      onProgress({ phase: 'check', done: 0, total: 0, note: 'waiting: another process is installing' });
    return await withInstallLock(root, options.signal, waiting, async () => {
      await removeLeftovers(root);
      const id = runtimeId(variant, recipe);
      const existing = await inspectRuntime(join(root, id), id, { verify: true });
      if (existing.state === 'ready') return existing;
      const staging = join(root, `${id}.staging-${process.pid}`);
      const job: Job = {
        machine,
        recipe,
        variant,
        id,
        root,
        staging,
        local,
        onProgress,
        signal: options.signal,
      };
      try {
        await mkdir(staging);
        await (variant === 'stock' ? buildStock(job) : buildFromWheels(job));
        await putInPlace(staging, join(root, id));
      } finally {
        await rm(staging, { recursive: true, force: true });
      }
      return inspectRuntime(join(root, id), id);
    });
  } catch (error) {
    throw plainError(error, options.signal);
  } finally {
    if (local) closeWheels([local.tensorflow, ...local.nvidia]);
  }
}

interface Job {
  machine: Machine;
  recipe: AddonRecipe;
  variant: Variant;
  id: string;
  root: string;
  staging: string;
  local: Source | null;
  onProgress: OnProgress;
  signal: AbortSignal | undefined;
}

async function openLocal(
  from: string,
  best: Variant,
  wanted: Variant | undefined,
  recipe: AddonRecipe,
): Promise<Source> {
  if (best === 'stock' || wanted === 'stock') {
    throw new ExpectedError(
      'usage',
      'On this computer the engine is not made from wheels, so --from cannot be used.',
    );
  }
  return localSource(from, wanted, recipe.tensorflow);
}

/** Staging folders and set-aside runtimes of processes that died: with the lock held, nobody else uses them. */
async function removeLeftovers(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (/\.(staging|old)-\d+$/.test(name)) await rm(join(root, name), { recursive: true, force: true });
  }
}

async function buildFromWheels(job: Job): Promise<void> {
  const { recipe, staging, onProgress, signal } = job;
  const variant = job.variant === 'cuda' ? 'cuda' : 'cpu';
  const compiler = await findCompiler();
  if (!compiler) throw noCompiler();
  const size = SIZES[variant];
  if (!job.local) await checkRoom(job.root, size.download + size.installed + EXTRA_ROOM);
  const downloads = join(job.root, 'downloads');
  const place = { downloads, staging };
  const source =
    job.local ?? (await downloadedSource(variant, recipe.tensorflow, job.machine, place, onProgress, signal));
  const wheels = [source.tensorflow, ...source.nvidia];
  try {
    const origin: RuntimeManifest['origin'] = [];
    for (const wheel of wheels) {
      onProgress({ phase: 'check', done: 0, total: 0, note: `checking ${wheel.file}` });
      origin.push({ name: wheel.file, sha256: await sha256OfFile(wheel.path, signal) });
    }
    const hashes = await unpack(job, source);
    onProgress({ phase: 'compile', done: 0, total: 0, note: 'compiling the addon (about half a minute)' });
    const headers = join(staging, 'headers', 'tensorflow', 'include');
    await mkdir(join(staging, 'addon'));
    const args = compileArguments(recipe, headers, staging);
    await compileAddon(compiler.command, args, join(job.root, 'compile.log'), signal);
    await rm(join(staging, 'headers'), { recursive: true });
    await writeNotice(staging, source);
    const tools = {
      node: process.version,
      compiler: compiler.version,
      ...('pipVersion' in source ? { pip: String(source.pipVersion) } : {}),
    };
    const libraryPath = nvidiaLibraryPath(source.nvidia.flatMap((wheel) => [...wheel.entries.keys()]));
    await finish(job, { origin, tools, addon: 'addon/tfjs_binding.node', libraryPath }, hashes);
    if (!job.local) await rm(downloads, { recursive: true, force: true });
  } catch (error) {
    // A damaged download would stand in the way of the next try.
    if (!job.local && error instanceof ExpectedError && error.code === 'bad-input') {
      await rm(downloads, { recursive: true, force: true });
    }
    throw error;
  } finally {
    if (!job.local) closeWheels(wheels);
  }
}

/** Unpacks libraries and headers. Returns SHA-256 by path. */
async function unpack(job: Job, source: Source): Promise<Map<string, string>> {
  const { staging } = job;
  const main: Extraction[] = LIBRARIES.map((name) => ({
    member: `tensorflow/${name}`,
    target: join(staging, 'lib', name),
  }));
  for (const member of source.tensorflow.entries.keys()) {
    const wanted =
      HEADER_PREFIXES.some((prefix) => member.startsWith(prefix)) && /^[\w/.+-]+\.(h|hpp|inc)$/.test(member);
    if (wanted && !member.includes('..')) {
      main.push({ member, target: join(staging, 'headers', ...member.split('/')) });
    }
  }
  const plan = [
    { wheel: source.tensorflow, list: main },
    ...source.nvidia.map((wheel) => ({ wheel, list: nvidiaExtractions(wheel, staging) })),
  ];
  const total = plan.reduce((sum, { wheel, list }) => sum + unpackedSize(wheel, list), 0);
  await checkRoom(job.root, total + EXTRA_ROOM);
  let done = 0;
  let reported = 0;
  const onBytes = (bytes: number): void => {
    done += bytes;
    if (done - reported < 4 << 20 && done < total) return;
    reported = done;
    job.onProgress({ phase: 'unpack', done, total, note: 'unpacking the libraries' });
  };
  const hashes = new Map<string, string>();
  for (const { wheel, list } of plan) {
    for (const [path, hash] of await extract(wheel, list, onBytes, job.signal)) hashes.set(path, hash);
  }
  return hashes;
}

async function writeNotice(staging: string, source: Source): Promise<void> {
  const parts = [
    'This folder was made on this computer by Theriac. lib/ holds TensorFlow libraries, unchanged, from the Python',
    `wheel ${source.tensorflow.file} (Apache License 2.0). addon/ was compiled from the npm package`,
    '@tensorflow/tfjs-node-gpu (Apache License 2.0).',
  ];
  for (const wheel of [source.tensorflow, ...source.nvidia]) {
    for (const member of wheel.entries.keys()) {
      if (
        /^tensorflow\/THIRD_PARTY_NOTICES\.txt$|^[^/]+\.dist-info\/(licenses\/)?LICENSE[^/]*$/i.test(member)
      ) {
        parts.push(`\n===== ${wheel.file}: ${member} =====\n`, await readMember(wheel, member));
      }
    }
  }
  await writeFile(join(staging, 'NOTICE'), parts.join('\n') + '\n');
}

async function buildStock(job: Job): Promise<void> {
  await checkRoom(job.root, SIZES.stock.download + SIZES.stock.installed);
  const made = await installStock(job.machine, job.recipe.root, job.staging, job.onProgress, job.signal);
  const origin = [{ name: 'install script of @tensorflow/tfjs-node-gpu', sha256: null }];
  await finish(job, { origin, tools: { node: process.version }, ...made }, new Map());
}

type Made = Pick<RuntimeManifest, 'origin' | 'tools' | 'addon' | 'libraryPath'>;

/** Loads the addon once in a process of its own, and writes the manifest. */
async function finish(job: Job, made: Made, hashes: Map<string, string>): Promise<void> {
  const { staging, onProgress, signal } = job;
  onProgress({ phase: 'verify', done: 0, total: 0, note: 'loading the engine once' });
  const manifest: RuntimeManifest = {
    schema: 1,
    id: job.id,
    variant: job.variant,
    platform: process.platform,
    arch: process.arch,
    tensorflow: '',
    created: new Date().toISOString(),
    ...made,
    files: [],
  };
  const status: RuntimeStatus = { state: 'ready', dir: staging, manifest, reason: '', bundled: false };
  manifest.tensorflow = await tryAddon(join(staging, made.addon), runtimeEnvironment(status), signal);
  if (job.variant !== 'stock' && manifest.tensorflow !== job.recipe.tensorflow) {
    throw new ExpectedError(
      'no-engine',
      `The compiled engine reports TensorFlow ${manifest.tensorflow} instead of ${job.recipe.tensorflow}.`,
    );
  }
  for (const entry of await readdir(staging, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const { size, mtimeMs } = await stat(path);
    manifest.files.push({
      path: relative(staging, path).replaceAll('\\', '/'),
      size,
      mtime: Math.floor(mtimeMs),
      sha256: hashes.get(path) ?? (await sha256OfFile(path, signal)),
    });
  }
  manifest.files.sort((a, b) => (a.path < b.path ? -1 : 1));
  signal?.throwIfAborted();
  await writeManifest(staging, manifest);
}

/** Renames the staging folder to its final name; a damaged predecessor is set aside first. */
async function putInPlace(staging: string, final: string): Promise<void> {
  const aside = `${final}.old-${process.pid}`;
  await rename(final, aside).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(staging, final);
  await syncFolder(join(final, '..'));
  await rm(aside, { recursive: true, force: true });
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}

function plainError(error: unknown, signal: AbortSignal | undefined): unknown {
  if (error instanceof ExpectedError) return error;
  if (signal?.aborted) return new ExpectedError('cancelled', 'The installation of the engine was cancelled.');
  const { code, message } = error as NodeJS.ErrnoException;
  if (code && ['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'EIO'].includes(code)) {
    return new ExpectedError('storage', `The engine cannot be written: ${message}`, undefined, {
      cause: error,
    });
  }
  return error;
}
