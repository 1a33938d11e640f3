import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process that works on an experiment. A pid alone can be given to another process later. */
export interface Owner {
  pid: number;
  /** When that process started, in a form that only this module reads. */
  start: string;
}

/** This process, or another one that runs. */
export function currentOwner(pid: number = process.pid): Owner {
  return { pid, start: processStart(pid) ?? 'unknown' };
}

/** Whether the process still runs, and is the one that took ownership. */
export function isAlive(owner: Owner): boolean {
  const start = processStart(owner.pid);
  if (start === null) return false;
  return start === owner.start || start === 'unknown' || owner.start === 'unknown';
}

/** A mark that differs between two processes that had the same pid; null when no such process runs. */
function processStart(pid: number): string | null {
  if (process.platform === 'linux') return linuxStart(pid);
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, under another account.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return null;
  }
  try {
    const [command, parameters] =
      process.platform === 'win32'
        ? ([
            'powershell',
            ['-NoProfile', '-Command', `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`],
          ] as const)
        : (['ps', ['-o', 'lstart=', '-p', String(pid)]] as const);
    const text = execFileSync(command, parameters, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    return text === '' ? null : text;
  } catch {
    return 'unknown';
  }
}

/** Boot and clock tick of the start. A zombie has ended: only its parent has not noticed yet. */
function linuxStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in brackets and may hold blanks: count after the last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${fields[19]}`;
  } catch {
    return null;
  }
}
