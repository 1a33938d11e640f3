/**
 * Feeds one reader with mutated inputs and tells which one it is at: `node worker.ts TARGET SEED FROM TO FOLDER`.
 * The watcher ends it when an input takes too long; what it dies of is the watcher's to notice.
 */
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { importSource } from '../../electron/datasets/import.ts';
import { Mapping } from '../../electron/datasets/formats/mapping.ts';
import { openSource } from '../../electron/datasets/formats/open-source.ts';
import { SkipLog, UnusableFile } from '../../electron/datasets/formats/source.ts';
import { Scratch } from '../../electron/datasets/formats/trees/scratch.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { inputOf, type Target, targets } from './targets.ts';

const MAX_RESIDENT_BYTES = 1_200_000_000;
const IMAGES_READ = 3;
/** Readers that are fed with the whole folder, not with the mutated file alone. */
const FOLDERS = new Set(['image', 'gtsrb', 'tiny-imagenet', 'cifar-names']);
/** What lies in the folder of its own accord. */
const OWN = new Set(['in', 'into', 'truth']);

const [name, seed, from, to, folder] = process.argv.slice(2) as [string, string, string, string, string];
const target = (await targets()).find((one) => one.name === name)!;
const source = path.join(folder, 'in');
/** Where the mutated file lies: in the source, or beside it. */
const fed = path.join(target.truth ? path.join(folder, 'truth') : source, target.file);
await prepare(target);
for (let i = Number(from); i < Number(to); i++) {
  process.send!({ at: i });
  const problem = await feed(target, inputOf(target, Number(seed), i));
  if (problem !== null) process.send!({ at: i, problem });
}
process.send!({ done: true });
process.disconnect();

async function prepare({ beside = {} }: Target): Promise<void> {
  await fs.mkdir(path.dirname(fed), { recursive: true });
  for (const [other, content] of Object.entries(beside)) {
    await fs.mkdir(path.dirname(path.join(source, other)), { recursive: true });
    await fs.writeFile(path.join(source, other), content);
  }
}

/** What is wrong with the way an input was taken; null = nothing. */
async function feed({ name: reader, truth }: Target, input: Buffer): Promise<string | null> {
  await fs.writeFile(fed, input);
  try {
    if (truth) await whole({ truth: fed });
    else if (reader === 'truth') await whole({});
    else await look(FOLDERS.has(reader) ? source : fed);
  } catch (error) {
    if (!(error instanceof ExpectedError))
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const { rss } = process.memoryUsage();
  if (rss > MAX_RESIDENT_BYTES) return `${Math.round(rss / 1e6)} MB of memory`;
  const left = (await fs.readdir(folder)).filter((entry) => !OWN.has(entry));
  return left.length > 0 ? `left ${left.join(', ')} behind` : null;
}

/** Opens the source and reads some of its images. */
async function look(location: string): Promise<void> {
  await using scratch = new Scratch(path.join(folder, 'into'));
  const context = { skips: new SkipLog(), mapping: new Mapping(), scratch };
  const { train, test } = await openSource(location, context);
  for (const collection of [train, test]) {
    for (let i = 0; i < Math.min(IMAGES_READ, collection?.examples.length ?? 0); i++) {
      try {
        await collection!.inspect(i);
        await collection!.read(i, { width: 8, height: 8 });
      } catch (error) {
        if (!(error instanceof UnusableFile)) throw error;
      }
    }
  }
}

async function whole(options: { truth?: string }): Promise<void> {
  const manifest = await importSource({ source, into: path.join(folder, 'into'), split: 0, ...options });
  await fs.rm(path.join(folder, 'into', manifest.id), { recursive: true });
}
