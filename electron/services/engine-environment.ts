import type { UserSettings } from '../../shared/contract/api.ts';
import { IMAGE_MEMORY } from '../trainer/image-memory.ts';
import { runtimeEnvironment, runtimeStatus } from '../engine/runtime/index.ts';

/**
 * Variables for a process that computes: where the native engine lies, and how many threads it may take.
 * @param threads 0 = as many as the processor has
 */
export async function engineEnvironment(threads: number): Promise<Record<string, string>> {
  return { ...runtimeEnvironment(await runtimeStatus()), ...threadVariables(threads) };
}

/** Variables for a run, as the user's settings have it. */
export function runVariables({ threads, imageMemory }: UserSettings): Record<string, string> {
  return { ...threadVariables(threads), ...(imageMemory > 0 ? { [IMAGE_MEMORY]: String(imageMemory) } : {}) };
}

function threadVariables(threads: number): Record<string, string> {
  if (threads === 0) return {};
  const count = String(threads);
  return { OMP_NUM_THREADS: count, TF_NUM_INTRAOP_THREADS: count, TF_NUM_INTEROP_THREADS: count };
}
