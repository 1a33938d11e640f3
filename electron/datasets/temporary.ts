import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { hostname } from 'node:os';
import * as path from 'node:path';
import { systemCode } from './storage-errors.ts';

const TEMPORARY = '.new-';
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000;
/** A data folder can be shared between computers and containers: a process number counts on its own only. */
export const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/**
 * An empty hidden folder in `into` for what is not whole yet. What a process that was killed left there of this
 * kind is removed.
 */
export async function draftFolder(into: string): Promise<string> {
  await fs.mkdir(into, { recursive: true });
  await removeAbandoned(into);
  return fs.mkdtemp(path.join(into, `${TEMPORARY}${process.pid}-${HOST}-`));
}

/**
 * A process that was killed cannot clean up after itself: the next import does. Where the writer cannot be known
 * to have ended (another computer, a number given to another process since), it does so a day later.
 */
async function removeAbandoned(into: string): Promise<void> {
  for (const name of await fs.readdir(into)) {
    if (!name.startsWith(TEMPORARY)) continue;
    const folder = path.join(into, name);
    const state = await fs.stat(folder).catch(() => null);
    const [pid = '', host = ''] = name.slice(TEMPORARY.length).split('-');
    if (state && isOver(pid, host, state.mtimeMs)) await fs.rm(folder, { recursive: true, force: true });
  }
}

/**
 * Whether the process that a temporary folder's name tells of is over.
 * @param changed when the folder was changed last, in milliseconds
 */
export function isOver(pid: string, host: string, changed: number): boolean {
  return hasEnded(pid, host) || Date.now() - changed > ABANDONED_AFTER_MS;
}

/** Whether it was a process of this computer which runs no more. */
function hasEnded(pid: string, host: string): boolean {
  if (!/^[1-9]\d*$/.test(pid) || host !== HOST) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return systemCode(error) === 'ESRCH';
  }
}
