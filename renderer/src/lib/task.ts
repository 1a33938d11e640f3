import type { Task } from '../../../shared/contract/api.ts';

/** Where what a task made can be seen, or null. */
export function taskResult({ datasetId, experimentId }: Task): string | null {
  if (datasetId) return `#/data/${datasetId}`;
  return experimentId ? `#/experiments/${experimentId}` : null;
}
