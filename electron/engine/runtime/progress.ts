/** One report of an installation under way; done and total in bytes (total 0: unknown). */
export interface RuntimeProgress {
  phase: 'download' | 'check' | 'unpack' | 'compile' | 'verify';
  done: number;
  total: number;
  /** What is being done, in a few words. */
  note: string;
}

export type OnProgress = (progress: RuntimeProgress) => void;

/** '274 MB', '3.5 GB'. */
export function formatBytes(bytes: number): string {
  return bytes < 999_500_000
    ? `${Math.max(1, Math.round(bytes / 1e6))} MB`
    : `${(bytes / 1e9).toFixed(1)} GB`;
}
