/**
 * What the native engine is made of: which TensorFlow, from which wheel, and how the addon is compiled.
 * Everything here goes into the runtime's id, so a change makes a new runtime beside the old one.
 */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** cpu and cuda: libtensorflow 2.21 from a Python wheel; stock: what the npm package itself downloads. */
export type Variant = 'cpu' | 'cuda' | 'stock';

/** Version of the library in the wheels. */
export const TENSORFLOW_VERSION = '2.21.0';
/** Version that the npm package's own install script fetches. */
export const STOCK_TENSORFLOW_VERSION = '2.9.1';

/** Python versions a wheel is looked for, best known first: all carry the same C library. */
export const WHEEL_PYTHONS = ['3.11', '3.12', '3.13', '3.10'] as const;

/** The Python distribution that holds the library of a variant. */
export const DISTRIBUTIONS: Record<Exclude<Variant, 'stock'>, string> = {
  cpu: 'tensorflow-cpu',
  cuda: 'tensorflow',
};

/** Rough sizes in bytes, for progress, for the room asked of the disk, and for telling the user beforehand. */
export const SIZES: Record<Variant, { download: number; installed: number }> = {
  cpu: { download: 273_829_956, installed: 860_000_000 },
  cuda: { download: 3_500_000_000, installed: 7_500_000_000 },
  stock: { download: 400_000_000, installed: 1_500_000_000 },
};

/** The two libraries inside a TensorFlow wheel, and their names in the runtime's lib/ folder. */
export const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const;

/** Folders of headers inside the wheel that the addon's sources include, directly or not. */
export const HEADER_PREFIXES = [
  'tensorflow/include/tensorflow/c/',
  'tensorflow/include/tensorflow/core/platform/',
  'tensorflow/include/tsl/',
  'tensorflow/include/xla/tsl/',
] as const;

/** How to compile the addon: which sources, which headers beside the wheel's, which flags. */
export interface AddonRecipe {
  /** Folder of the npm package; its binding/*.cc are compiled. */
  root: string;
  /** Further folders of headers. */
  include: string[];
  /** Compiler flags that decide what comes out. */
  flags: string[];
  /** What the loaded addon must report as TF_Version. */
  tensorflow: string;
}

const require = createRequire(import.meta.url);

/** Folder of the npm package whose C++ sources (and stock install script) are used. */
export function bindingPackage(): string {
  return dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
}

/** The recipe for the real addon. */
export function defaultRecipe(): AddonRecipe {
  return {
    root: bindingPackage(),
    include: [join(dirname(require.resolve('node-api-headers/package.json')), 'include')],
    flags: ['-O2', '-std=c++17', '-fPIC', '-shared', '-DNAPI_VERSION=8'],
    tensorflow: TENSORFLOW_VERSION,
  };
}

/** Names of the files in the package's binding/ folder, sorted. */
export function bindingFiles(recipe: AddonRecipe): string[] {
  return readdirSync(join(recipe.root, 'binding')).sort();
}

/**
 * Folder name of a runtime, e.g. 'cpu-2.21.0-linux-x64-1a2b3c4d5e6f'. The last part is a hash of the addon's
 * sources and flags, so an updated npm package never meets an addon of older sources.
 */
export function runtimeId(variant: Variant, recipe: AddonRecipe): string {
  const version = variant === 'stock' ? STOCK_TENSORFLOW_VERSION : recipe.tensorflow;
  const hash = createHash('sha256');
  hash.update(JSON.stringify([recipe.flags, HEADER_PREFIXES, LIBRARIES]));
  for (const name of bindingFiles(recipe)) {
    hash.update(`\0${name}\0`).update(readFileSync(join(recipe.root, 'binding', name)));
  }
  return [variant, version, process.platform, process.arch, hash.digest('hex').slice(0, 12)].join('-');
}
