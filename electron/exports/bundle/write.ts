import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import Database from 'better-sqlite3';
import { ZipFile } from 'yazl';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { copyExperiment } from '../../history/excerpt.ts';
import { SCHEMA_VERSION } from '../../history/migrations/index.ts';
import { migrate } from '../../history/migrate.ts';
import type { History } from '../../history/open.ts';
import { refuseCancelled, writeWhole } from '../whole.ts';
import {
  BUNDLE_FORMAT,
  DATASET_FOLDER,
  EXPERIMENT_FOLDER,
  HISTORY_NAME,
  MANIFEST_NAME,
  memberPlace,
  type BundleManifest,
} from './format.ts';

export interface BundleProgress {
  /** Bytes. */
  done: number;
  total: number;
}

export interface BundleOptions {
  experimentId: string;
  /** Absolute paths: of the experiment's files, and of the stored data set or null to leave it out. */
  experimentDir: string;
  datasetDir: string | null;
  /** The data folder. */
  dataFolder: string;
  to: string;
  appVersion: string;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: BundleProgress) => void) | undefined;
}

interface Member {
  name: string;
  /** A file's path, or the content itself. */
  source: string | Buffer;
  bytes: number;
}

/**
 * Writes one experiment with all it consists of into a single file, which appears only when it is complete.
 * @throws ExpectedError 'usage' when the file exists or lies in the data folder, 'storage' when it cannot be
 * written, 'cancelled'
 */
export async function writeBundle(history: History, options: BundleOptions): Promise<BundleManifest> {
  const target = { to: options.to, what: 'the experiment bundle', dataFolder: options.dataFolder };
  return writeWhole(target, async (draft) => {
    const members = [
      excerpt(history, options.experimentId),
      ...(await membersIn(options.experimentDir, EXPERIMENT_FOLDER)),
      ...(options.datasetDir ? await membersIn(options.datasetDir, DATASET_FOLDER) : []),
    ];
    return fill(draft, members, describe(history, options), options);
  });
}

/** The rows alone, as a database of their own; they are few. */
function excerpt(history: History, experimentId: string): Member {
  const copy = new Database(':memory:');
  try {
    migrate(copy);
    copyExperiment(history.db, copy, { experimentId });
    // Processes of this computer mean nothing elsewhere; nor does its trash.
    copy.exec(`UPDATE experiments SET trashed = NULL, owner_pid = NULL, owner_start = NULL,
      trainer_pid = NULL, trainer_start = NULL`);
    copy.exec('UPDATE datasets SET removed = NULL');
    const source = copy.serialize();
    return { name: HISTORY_NAME, source, bytes: source.length };
  } finally {
    copy.close();
  }
}

function describe(history: History, options: BundleOptions): Omit<BundleManifest, 'members'> {
  const experiment = history.experiments.get(options.experimentId)!;
  const { manifest } = history.datasets.get(experiment.datasetId)!;
  return {
    kind: 'theriac-experiment',
    format: BUNDLE_FORMAT,
    schemaVersion: SCHEMA_VERSION,
    appVersion: options.appVersion,
    created: new Date().toISOString(),
    experiment: { id: experiment.id, name: experiment.name },
    dataset: {
      id: manifest.id,
      name: manifest.name,
      hash: manifest.hash,
      ...manifest.counts,
      included: options.datasetDir !== null,
    },
  };
}

/** Plain files that a bundle may hold. Others are drafts, or nobody's. */
async function membersIn(folder: string, place: string): Promise<Member[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    // An experiment that never began has no files.
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const names = entries
    .filter((entry) => entry.isFile() && memberPlace(`${place}/${entry.name}`) !== null)
    .map((entry) => entry.name)
    .sort();
  return Promise.all(names.map((name) => memberOf(`${place}/${name}`, join(folder, name))));
}

async function memberOf(name: string, path: string): Promise<Member> {
  return { name, source: path, bytes: (await stat(path)).size };
}

async function fill(
  draft: string,
  members: readonly Member[],
  about: Omit<BundleManifest, 'members'>,
  { signal, onProgress }: BundleOptions,
): Promise<BundleManifest> {
  const zip = new ZipFile();
  const sums: BundleManifest['members'] = {};
  const progress = { done: 0, total: members.reduce((sum, { bytes }) => sum + bytes, 0) };
  const stop = new AbortController();
  const fail = (error: unknown) => stop.abort(error);
  zip.on('error', fail);
  for (const { name, source, bytes } of members) {
    // Weights and checkpoints are floats that do not shrink.
    const compress = !name.endsWith('.safetensors');
    const level = compress ? { compressionLevel: 4 } : { compress };
    zip.addReadStreamLazy(name, { size: bytes, ...level }, (give) =>
      give(
        null,
        summed(source, bytes, fail, (read) => {
          sums[name] = read;
          progress.done += bytes;
          onProgress?.({ ...progress });
        }),
      ),
    );
  }
  // Asked for when all others have been read, so their sums are known.
  zip.addReadStreamLazy(MANIFEST_NAME, (give) => {
    const text = new PassThrough();
    text.end(JSON.stringify({ ...about, members: sums }, null, 2));
    give(null, text);
  });
  zip.end();
  const cancel = () => stop.abort();
  signal?.addEventListener('abort', cancel);
  try {
    refuseCancelled(signal);
    // The types of Node's streams and yazl's differ in name only.
    await pipeline(zip.outputStream as Readable, createWriteStream(draft, { flags: 'wx' }), {
      signal: stop.signal,
    });
  } catch (error) {
    refuseCancelled(signal);
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
  return { ...about, members: sums };
}

/** Reads a file and gives its sum at the end. A file that changes meanwhile is an error. */
function summed(
  source: Member['source'],
  bytes: number,
  fail: (error: unknown) => void,
  done: (sum: BundleManifest['members'][string]) => void,
): Readable {
  const hash = createHash('sha256');
  let read = 0;
  const tap = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      hash.update(chunk);
      read += chunk.length;
      next(null, chunk);
    },
    flush(next) {
      if (read !== bytes) {
        const message = `${String(source)} changed while it was being read.`;
        return next(new ExpectedError('busy', message, 'Try again when nothing works on it.'));
      }
      done({ bytes, sha256: hash.digest('hex') });
      next();
    },
  });
  tap.on('error', fail);
  const stream: Readable = typeof source === 'string' ? createReadStream(source) : Readable.from([source]);
  stream.on('error', (error) => tap.destroy(error)).pipe(tap);
  return tap;
}
