import { readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { bundledRuntime, runtimeRoot } from './paths.ts';
import {
  checkFiles,
  readManifest,
  withPresentTimes,
  writeManifest,
  type RuntimeManifest,
} from './manifest.ts';
import { possibleVariants, thisMachine, whyNone } from './variant.ts';
import { defaultRecipe, runtimeId, type AddonRecipe, type Variant } from './versions.ts';

export interface RuntimeStatus {
  state: 'ready' | 'missing' | 'damaged';
  /** The runtime's folder (where it would be, when missing). */
  dir: string;
  manifest: RuntimeManifest | null;
  /** Why this state, in one sentence. */
  reason: string;
  /** Came with the program, is not in the cache. */
  bundled: boolean;
}

/** Looks at one folder. `id` null accepts any runtime made for this platform. */
export async function inspectRuntime(
  dir: string,
  id: string | null,
  options: { verify?: boolean; bundled?: boolean } = {},
): Promise<RuntimeStatus> {
  const bundled = options.bundled ?? false;
  const damaged = (reason: string, manifest: RuntimeManifest | null): RuntimeStatus => ({
    state: 'damaged',
    dir,
    manifest,
    reason: `The native engine in ${dir} is damaged: ${reason}.`,
    bundled,
  });
  let manifest: RuntimeManifest | null;
  try {
    manifest = await readManifest(dir);
  } catch (error) {
    return damaged((error as Error).message, null);
  }
  if (!manifest) {
    const there = await readdir(dir).catch(() => []);
    if (there.length > 0) return damaged('manifest.json is missing', null);
    return { state: 'missing', dir, manifest, reason: 'The native engine is not installed.', bundled };
  }
  if (manifest.platform !== process.platform || manifest.arch !== process.arch) {
    return damaged(`it is for ${manifest.platform} on ${manifest.arch}`, manifest);
  }
  if (id !== null && manifest.id !== id) return damaged(`it is ${manifest.id}`, manifest);
  // Packing and unpacking a release changes times, and its folder cannot be written, so times say nothing there.
  const { damage, touched } = await checkFiles(
    dir,
    manifest,
    options.verify ? 'full' : bundled ? 'sizes' : 'quick',
  );
  if (damage) return damaged(damage, manifest);
  if (touched && !bundled) manifest = await rememberTimes(dir, manifest);
  return {
    state: 'ready',
    dir,
    manifest,
    reason: `TensorFlow ${manifest.tensorflow} (${manifest.variant}) is installed.`,
    bundled,
  };
}

async function rememberTimes(dir: string, manifest: RuntimeManifest): Promise<RuntimeManifest> {
  const present = await withPresentTimes(dir, manifest);
  try {
    await writeManifest(dir, present);
  } catch {
    // A cache that cannot be written: the files are read again next time, nothing else is lost.
  }
  return present;
}

/**
 * State of the native engine: the bundled one if there is one, else the best of the cache.
 * @param options.verify read every file and compare its SHA-256 (seconds); otherwise sizes and times (milliseconds)
 * @param options.variant look at this one only
 */
export async function runtimeStatus(
  options: { verify?: boolean; variant?: Variant; recipe?: AddonRecipe } = {},
): Promise<RuntimeStatus> {
  const bundledDir = options.variant ? null : bundledRuntime();
  const bundled = bundledDir && (await inspectRuntime(bundledDir, null, { ...options, bundled: true }));
  if (bundled && bundled.state === 'ready') return bundled;
  const cached = await cachedStatus(options);
  return bundled && bundled.state === 'damaged' && cached.state === 'missing' ? bundled : cached;
}

async function cachedStatus(options: {
  verify?: boolean;
  variant?: Variant;
  recipe?: AddonRecipe;
}): Promise<RuntimeStatus> {
  const root = runtimeRoot();
  const recipe = options.recipe ?? defaultRecipe();
  const present = new Set(await readdir(root).catch(() => []));
  let variants: Variant[] = options.variant ? [options.variant] : ['cpu', 'cuda', 'stock'];
  const installed = variants.filter((variant) => present.has(runtimeId(variant, recipe)));
  if (installed.length === 1) variants = installed;
  else if (!options.variant) {
    // Looking for a graphics card takes time, so only when the answer depends on it.
    const machine = await thisMachine();
    const possible = possibleVariants(machine);
    if (possible.length === 0) {
      return {
        state: 'missing',
        dir: root,
        manifest: null,
        reason: `The native engine cannot run here: ${whyNone(machine)}.`,
        bundled: false,
      };
    }
    variants = installed.length > 1 ? possible.filter((variant) => installed.includes(variant)) : possible;
  }
  let first: RuntimeStatus | undefined;
  for (const variant of variants) {
    const id = runtimeId(variant, recipe);
    const status = await inspectRuntime(join(root, id), id, options);
    if (status.state === 'ready') return status;
    first ??= status;
  }
  if (!first) throw new Error('no variant to look at');
  return first;
}

/**
 * Environment variables for the training process; merge them over its own.
 * With a runtime that is ready: THERIAC_RUNTIME (its folder) and THERIAC_ADDON (the addon that Node loads).
 */
export function runtimeEnvironment(status: RuntimeStatus): Record<string, string> {
  const variables: Record<string, string> = {
    TF_CPP_MIN_LOG_LEVEL: '2',
    TF_ENABLE_ONEDNN_OPTS: '1',
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  };
  const { manifest, dir } = status;
  if (status.state !== 'ready' || !manifest) return variables;
  variables.THERIAC_RUNTIME = dir;
  variables.THERIAC_ADDON = join(dir, manifest.addon);
  if (manifest.libraryPath.length > 0) {
    const name =
      { win32: 'PATH', darwin: 'DYLD_LIBRARY_PATH' }[process.platform as string] ?? 'LD_LIBRARY_PATH';
    const folders = manifest.libraryPath.map((folder) => join(dir, folder));
    variables[name] = [...folders, ...(process.env[name] ? [process.env[name]] : [])].join(delimiter);
  }
  // XLA looks for ptxas and libdevice there; it splits this variable at blanks.
  if (manifest.variant === 'cuda' && !dir.includes(' ')) {
    variables.XLA_FLAGS = [
      process.env.XLA_FLAGS,
      `--xla_gpu_cuda_data_dir=${join(dir, 'lib', 'nvidia', 'cuda_nvcc')}`,
    ]
      .filter(Boolean)
      .join(' ');
  }
  return variables;
}
