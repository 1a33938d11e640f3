import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import sharp from 'sharp';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { Mapping } from './formats/mapping.ts';
import { SkipLog } from './formats/source.ts';
import { Scratch } from './formats/trees/scratch.ts';

/** Mounting a tiny disk needs Linux and an administrator. */
export function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const scratches: Scratch[] = [];

/** A folder for one test; removed when the test is over, with all that was opened for it. */
export async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'theriac-data-'));
  return {
    path: folder,
    [Symbol.asyncDispose]: async () => {
      for (const scratch of scratches.splice(0)) await scratch[Symbol.asyncDispose]();
      await fs.rm(folder, { recursive: true, force: true });
    },
  };
}

/** What readers need; what they unpack lies beside the folder's own files. */
export function sourceContext(folder: string, answers: ConstructorParameters<typeof Mapping>[0] = {}) {
  const scratch = new Scratch(path.join(folder, '.scratch'));
  scratches.push(scratch);
  return { skips: new SkipLog(), mapping: new Mapping(answers), scratch };
}

/** Writes files, given by path relative to the folder. */
export async function writeFiles(folder: string, files: Record<string, Uint8Array | string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.writeFile(file, content);
  }
}

/** Colour pixels that differ for each number. */
export function pixels(number: number, side = 12, channels = 3): Uint8Array {
  return Uint8Array.from(
    { length: side * side * channels },
    (_, i) => (i * 31 + number * 57 + ((i * number) % 11)) % 256,
  );
}

/** A PNG of `pixels(number)`. */
export async function png(number: number, side = 12): Promise<Buffer> {
  return sharp(pixels(number, side), { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toBuffer();
}

/** Class folders with so many images each: `cat/0.png`, … Numbers go on from class to class. */
export async function classFolders(
  counts: Record<string, number>,
  from = 0,
): Promise<Record<string, Buffer>> {
  const files: Record<string, Buffer> = {};
  let number = from;
  for (const [name, count] of Object.entries(counts)) {
    for (let i = 0; i < count; i++) files[`${name}/${i}.png`] = await png(number++);
  }
  return files;
}

/** The expected error of a call that must fail. */
export async function refusal(work: Promise<unknown>): Promise<ExpectedError> {
  let outcome: unknown;
  try {
    outcome = await work;
  } catch (error) {
    if (error instanceof ExpectedError) return error;
    throw error;
  }
  throw new Error(`nothing was refused: ${JSON.stringify(outcome)}`);
}
