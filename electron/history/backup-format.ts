import { z } from 'zod';

/**
 * A backup is a tar file: `theriac-backup.json` first (what it is), then `history.db`, `datasets/…`, `experiments/…`
 * and `sweeps/…`, and `checksums.json` last. A file without its last entry is truncated.
 */
export const HEADER_NAME = 'theriac-backup.json';
export const CHECKSUMS_NAME = 'checksums.json';
export const BACKUP_FORMAT = 1;
export const HISTORY_NAME = 'history.db';
/** The folders of a data folder that a backup holds. */
export const BACKUP_FOLDERS = ['datasets', 'experiments', 'sweeps'] as const;

/** Only what is needed to refuse: a newer format may have further fields. */
export const headerSchema = z.object({
  kind: z.literal('theriac-backup'),
  format: z.int().min(1),
  schemaVersion: z.int().min(1),
  appVersion: z.string(),
  created: z.string(),
});
export type BackupHeader = z.infer<typeof headerSchema>;

export const checksumsSchema = z.record(
  z.string(),
  z.strictObject({ bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
);
export type Checksums = z.infer<typeof checksumsSchema>;

const SEGMENT = /^(?!\.{1,2}$)[^\\/:*?"<>|\0-\x1f]+$/;

/** Whether an entry's name is one that a backup may hold: no way out of the data folder. */
export function isAllowedName(name: string): boolean {
  if (name === HISTORY_NAME) return true;
  const [top, ...rest] = name.split('/');
  return (
    (BACKUP_FOLDERS as readonly string[]).includes(top ?? '') &&
    rest.length > 0 &&
    // What jobs of a cluster are at work on: they would not go on in another place.
    !(top === 'sweeps' && rest[1] === 'slurm') &&
    name.length < 1000 &&
    rest.every((segment) => SEGMENT.test(segment))
  );
}
