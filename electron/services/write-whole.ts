import { renameSync, writeFileSync } from 'node:fs';

/** Writes a small file so that whoever reads it finds the old text or the new one, never a part. */
export function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.part`, text);
  renameSync(`${file}.part`, file);
}
