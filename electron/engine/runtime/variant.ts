import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Variant } from './versions.ts';

/** What this choice depends on; taken from the machine unless a test says otherwise. */
export interface Machine {
  platform: NodeJS.Platform;
  arch: string;
  /** glibc's version, e.g. '2.36'; null where there is none (musl, macOS, Windows). */
  glibc: string | null;
  nvidiaDriver: boolean;
}

/** The oldest glibc the wheels run on (manylinux_2_27). */
export const OLDEST_GLIBC_MINOR = 27;

/** Looks at the machine. Never throws. */
export async function thisMachine(): Promise<Machine> {
  return {
    platform: process.platform,
    arch: process.arch,
    glibc: glibcVersion(),
    nvidiaDriver: await hasNvidiaDriver(),
  };
}

function glibcVersion(): string | null {
  if (process.platform !== 'linux') return null;
  // Without this the report asks the name service about every open connection.
  (process.report as { excludeNetwork?: boolean }).excludeNetwork = true;
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime ?? null;
}

async function hasNvidiaDriver(): Promise<boolean> {
  if (process.platform === 'darwin') return false;
  if (existsSync('/proc/driver/nvidia/version')) return true;
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', ['--list-gpus'], { timeout: 10_000 });
    return stdout.includes('GPU ');
  } catch {
    return false;
  }
}

/**
 * The variants this machine can run, best first; the first is what an installation without further wishes takes.
 * Empty: no native engine exists for this machine.
 */
export function possibleVariants(machine: Machine): Variant[] {
  if (machine.platform === 'linux' && machine.arch === 'x64') {
    const minor = Number(/^2\.(\d+)/.exec(machine.glibc ?? '')?.[1] ?? 0);
    if (minor < OLDEST_GLIBC_MINOR) return [];
    return machine.nvidiaDriver ? ['cuda', 'cpu'] : ['cpu', 'cuda'];
  }
  const stock = ['win32-x64', 'darwin-x64', 'darwin-arm64', 'linux-arm64'];
  return stock.includes(`${machine.platform}-${machine.arch}`) ? ['stock'] : [];
}

/** possibleVariants of this machine. */
export async function variantsForThisMachine(): Promise<Variant[]> {
  return possibleVariants(await thisMachine());
}

/** Why possibleVariants is empty, in one sentence. */
export function whyNone(machine: Machine): string {
  if (machine.platform === 'linux' && machine.arch === 'x64') {
    return machine.glibc
      ? `TensorFlow needs glibc 2.${OLDEST_GLIBC_MINOR} or newer, and this system has ${machine.glibc}`
      : 'TensorFlow needs a Linux system with glibc, and this one has none';
  }
  return `there is no TensorFlow library for ${machine.platform} on ${machine.arch}`;
}
