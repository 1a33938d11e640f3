import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import type { CleanedSet } from './cleaned.ts';
import { imageBatches } from './images.ts';
import { ImageCounter, partsOf, type ExportHooks, type Part } from './parts.ts';

/**
 * Writes `dataset.npz`: `x_train` (N x height x width x channels, uint8), `y_train` (int64), `index_train`
 * (positions in the original), the same for `removed` and `test`, and `classes` (text).
 */
export async function writeNpz(
  set: CleanedSet,
  folder: string,
  modified: Date,
  hooks: ExportHooks,
): Promise<void> {
  const zip = new ZipFile();
  const stop = new AbortController();
  zip.on('error', (error) => stop.abort(error));
  const counter = new ImageCounter(set, hooks);
  const add = (name: string, bytes: number, content: () => Readable) =>
    zip.addReadStreamLazy(`${name}.npy`, { size: bytes, mtime: modified, compressionLevel: 4 }, (give) => {
      const stream = content();
      stream.on('error', (error) => stop.abort(error));
      give(null, stream);
    });
  const whole = (name: string, bytes: Buffer) => add(name, bytes.length, () => Readable.from([bytes]));
  const { height, width, channels } = set.stored.manifest;
  for (const part of partsOf(set)) {
    const { name, split, indices } = part;
    const header = npyHeader('|u1', [indices.length, height, width, channels]);
    const bytes = header.length + indices.length * height * width * channels;
    add(`x_${name}`, bytes, () => Readable.from(imageBytes(set, part, header, counter, hooks)));
    whole(`y_${name}`, int64Array(Array.from(indices, (index) => set.labels[split][index]!)));
    whole(`index_${name}`, int64Array(Array.from(indices)));
  }
  whole('classes', textArray(set.stored.manifest.classes));
  zip.end();
  try {
    const file = createWriteStream(join(folder, 'dataset.npz'), { flags: 'wx' });
    await pipeline(zip.outputStream as Readable, file, { signal: stop.signal });
  } catch (error) {
    throw stop.signal.aborted ? stop.signal.reason : error;
  }
}

async function* imageBytes(
  set: CleanedSet,
  { split, indices }: Part,
  header: Buffer,
  counter: ImageCounter,
  { signal }: ExportHooks,
): AsyncGenerator<Uint8Array> {
  yield header;
  for await (const batch of imageBatches(set.stored, split, indices, signal)) {
    yield batch.images;
    counter.add(batch.indices.length);
  }
}

/** NumPy's array file format, version 1.0: magic, length, a Python dictionary padded so that data begin at 64n. */
function npyHeader(type: string, shape: number[]): Buffer {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const padded = text + ' '.repeat(63 - ((10 + text.length) % 64)) + '\n';
  const head = Buffer.from('\x93NUMPY\x01\x00\0\0', 'latin1');
  head.writeUInt16LE(padded.length, 8);
  return Buffer.concat([head, Buffer.from(padded, 'latin1')]);
}

function int64Array(values: number[]): Buffer {
  const data = Buffer.alloc(values.length * 8);
  values.forEach((value, i) => data.writeBigInt64LE(BigInt(value), i * 8));
  return Buffer.concat([npyHeader('<i8', [values.length]), data]);
}

/** Fixed width, UTF-32, as NumPy holds text. */
function textArray(texts: readonly string[]): Buffer {
  const points = texts.map((text) => Array.from(text, (letter) => letter.codePointAt(0)!));
  const width = Math.max(1, ...points.map(({ length }) => length));
  const data = Buffer.alloc(texts.length * width * 4);
  points.forEach((letters, i) => {
    letters.forEach((point, k) => data.writeUInt32LE(point, (i * width + k) * 4));
  });
  return Buffer.concat([npyHeader(`<U${width}`, [texts.length]), data]);
}
