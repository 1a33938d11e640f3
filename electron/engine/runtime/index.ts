/**
 * The native engine's libraries and addon: is it there, install it, and how to start a process that uses it.
 */
export { installRuntime, type InstallOptions } from './install.ts';
export { runtimeEnvironment, runtimeStatus, type RuntimeStatus } from './status.ts';
export type { RuntimeManifest } from './manifest.ts';
export { formatBytes, type RuntimeProgress } from './progress.ts';
export { SIZES, type Variant } from './versions.ts';
export { variantsForThisMachine } from './variant.ts';
