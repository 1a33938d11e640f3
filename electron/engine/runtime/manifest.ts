/**
 * The runtime's manifest: what is in it, where it came from, and how to tell that it is still whole.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';

/** A path inside the runtime: relative, forward slashes, never upwards. */
const insidePath = z
  .string()
  .min(1)
  .refine((path) => !/^[/\\]|^[a-z]:|\\|(^|\/)\.\.?(\/|$)/i.test(path), 'leads out of the runtime');

export const manifestSchema = z.object({
  schema: z.literal(1),
  id: z.string().min(1),
  variant: z.enum(['cpu', 'cuda', 'stock']),
  platform: z.string(),
  arch: z.string(),
  /** TensorFlow's version, as the loaded addon reports it. */
  tensorflow: z.string(),
  /** The files it was made from; sha256 null where another program fetched them. */
  origin: z.array(z.object({ name: z.string(), sha256: z.string().nullable() })),
  /** ISO 8601. */
  created: z.string(),
  tools: z.record(z.string(), z.string()),
  /** The addon that Node loads, relative. */
  addon: insidePath,
  /** Folders for the training process's library path, relative. */
  libraryPath: z.array(insidePath),
  /** Every file but the manifest itself; mtime in whole milliseconds. */
  files: z.array(
    z.object({
      path: insidePath,
      size: z.number().int().nonnegative(),
      mtime: z.number().int(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});

export type RuntimeManifest = z.infer<typeof manifestSchema>;

const NAME = 'manifest.json';

/**
 * Reads a runtime's manifest.
 * @returns null if the folder or the file does not exist
 * @throws Error with a plain message if the file is not a manifest
 */
export async function readManifest(dir: string): Promise<RuntimeManifest | null> {
  let text: string;
  try {
    text = await readFile(join(dir, NAME), 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw new Error(`${NAME} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${NAME} is not a valid manifest`, { cause });
  }
}

/** Writes the manifest so that after a power cut there is either all of it or none. */
export async function writeManifest(dir: string, manifest: RuntimeManifest): Promise<void> {
  const temporary = join(dir, `${NAME}.${process.pid}`);
  const file = await open(temporary, 'w');
  try {
    await file.writeFile(JSON.stringify(manifest, null, 1));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(dir, NAME));
}

/** SHA-256 of a file, hexadecimal. */
export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, { signal });
  return hash.digest('hex');
}

export interface CheckResult {
  /** Null: whole. Otherwise the first file that is not as it was, and why. */
  damage: string | null;
  /** Files whose content is right but whose time differs (a copied cache folder). */
  touched: boolean;
}

/** sizes: never reads; quick: reads a file just when its time differs from the recorded one; full: reads all. */
export type CheckDepth = 'sizes' | 'quick' | 'full';

/** Compares the files with the manifest. Never throws for a missing or changed file. */
export async function checkFiles(
  dir: string,
  manifest: RuntimeManifest,
  depth: CheckDepth,
): Promise<CheckResult> {
  let touched = false;
  for (const file of manifest.files) {
    const path = join(dir, file.path);
    let size: number;
    let mtime: number;
    try {
      const found = await stat(path);
      if (!found.isFile()) return { damage: `${file.path} is not a file`, touched };
      size = found.size;
      mtime = Math.floor(found.mtimeMs);
    } catch {
      return { damage: `${file.path} is missing`, touched };
    }
    if (size !== file.size) {
      return { damage: `${file.path} has ${size} bytes instead of ${file.size}`, touched };
    }
    if (mtime !== file.mtime) touched = true;
    const read = depth === 'full' || (depth === 'quick' && mtime !== file.mtime);
    if (read && (await sha256OfFile(path)) !== file.sha256) {
      return { damage: `${file.path} has been changed`, touched };
    }
  }
  return { damage: null, touched };
}

/** The manifest with the files' present times. */
export async function withPresentTimes(dir: string, manifest: RuntimeManifest): Promise<RuntimeManifest> {
  const files = await Promise.all(
    manifest.files.map(async (file) => ({
      ...file,
      mtime: Math.floor((await stat(join(dir, file.path))).mtimeMs),
    })),
  );
  return { ...manifest, files };
}
