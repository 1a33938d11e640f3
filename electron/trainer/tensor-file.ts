import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { ExpectedError } from '../../shared/contract/errors.ts';
import type { Tensors } from '../../shared/contract/engine.ts';

/**
 * Tensors and a JSON value in one file of the safetensors format, which other tools read: 8 bytes of header
 * length (little-endian), a JSON header, then float32 data. The header's `__metadata__` holds our value under
 * `theriac` and the SHA-256 of the whole file (taken with zeros in the hash's place) under `sha256`.
 */
export interface TensorFile {
  tensors: Tensors;
  value: unknown;
}

const NO_HASH = '0'.repeat(64);
const LARGEST_HEADER = 256 * 1024 * 1024;

/**
 * Writes the file whole or not at all: into a temporary file that is flushed to the disk, then renamed.
 * @param shapes of the tensors where they are known; the others are stored flat
 * @throws ExpectedError storage
 */
export async function writeTensorFile(
  file: string,
  { tensors, value }: TensorFile,
  shapes: ReadonlyMap<string, number[]> = new Map(),
): Promise<void> {
  const header: Record<string, unknown> = {
    __metadata__: { format: 'pt', sha256: NO_HASH, theriac: JSON.stringify(value) },
  };
  const data: Uint8Array[] = [];
  let offset = 0;
  for (const [name, values] of tensors) {
    const bytes = littleEndian(values);
    const shape = shapes.get(name) ?? [values.length];
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
    data.push(bytes);
  }
  const text = JSON.stringify(header);
  // The format wants the data aligned to 8 bytes; spaces may pad the header.
  const padded = text + ' '.repeat((8 - (Buffer.byteLength(text) % 8)) % 8);
  const hash = createHash('sha256').update(padded);
  for (const bytes of data) hash.update(bytes);
  const sealed = Buffer.from(padded.replace(NO_HASH, hash.digest('hex')));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(sealed.length));
  await writeAtomically(file, [length, sealed, ...data]);
}

/**
 * Reads a file that writeTensorFile wrote, checking every byte.
 * @throws ExpectedError not-found, or bad-input naming the file and what is wrong with it
 */
export async function readTensorFile(file: string): Promise<TensorFile> {
  let bytes: Buffer;
  try {
    bytes = await fs.readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new ExpectedError('not-found', `There is no file ${file}.`);
    }
    throw new ExpectedError('bad-input', `${file} cannot be read: ${(error as Error).message}.`, undefined, {
      cause: error,
    });
  }
  if (bytes.length < 8) throw damaged(file, 'it ends too early');
  const headerLength = Number(bytes.readBigUInt64LE());
  if (headerLength > LARGEST_HEADER || 8 + headerLength > bytes.length)
    throw damaged(file, 'it ends too early');
  const text = bytes.toString('utf8', 8, 8 + headerLength);
  const data = bytes.subarray(8 + headerLength);
  const header = parse(file, text);
  const sha256 = header.metadata.sha256 ?? '';
  const actual = createHash('sha256').update(text.replace(sha256, NO_HASH)).update(data).digest('hex');
  if (sha256.length !== 64 || sha256 !== actual)
    throw damaged(file, 'its content does not match its checksum');
  const tensors: Tensors = new Map();
  for (const [name, [from, to]] of header.offsets) {
    if (to > data.length) throw damaged(file, `the tensor ${name} lies outside the file`);
    tensors.set(name, floats(data.subarray(from, to)));
  }
  return { tensors, value: JSON.parse(header.metadata.theriac ?? 'null') };
}

/** Writes a file whole or not at all. @throws ExpectedError storage */
export async function writeAtomically(file: string, parts: readonly Uint8Array[]): Promise<void> {
  const temporary = `${file}.writing`;
  try {
    const handle = await fs.open(temporary, 'w');
    try {
      for (const part of parts) await handle.writeFile(part);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(temporary, file);
  } catch (error) {
    await fs.rm(temporary, { force: true }).catch(() => {});
    throw asStorageError(error, file);
  }
}

function asStorageError(error: unknown, file: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (typeof code !== 'string') return error;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new ExpectedError(
    'storage',
    full
      ? `The disk is full: ${path.basename(file)} could not be written to ${path.dirname(file)}.`
      : `${file} could not be written: ${(error as Error).message}.`,
    full
      ? 'Free some space, then resume the run.'
      : 'Check that the data folder can be written, then resume the run.',
    { cause: error },
  );
}

function parse(file: string, text: string) {
  try {
    const { __metadata__: metadata, ...tensors } = JSON.parse(text) as Record<string, unknown>;
    const offsets = Object.entries(tensors).map(([name, entry]): [string, [number, number]] => {
      const { dtype, data_offsets: range } = entry as { dtype: string; data_offsets: number[] };
      const [from, to] = [range[0]!, range[1]!];
      if (dtype !== 'F32' || !(from >= 0 && to >= from) || (to - from) % 4 !== 0) throw new RangeError(name);
      return [name, [from, to]];
    });
    return { metadata: metadata as Partial<Record<string, string>>, offsets };
  } catch (error) {
    throw damaged(file, 'its header cannot be understood', error);
  }
}

function damaged(file: string, reason: string, cause?: unknown): ExpectedError {
  return new ExpectedError('bad-input', `${file} is damaged: ${reason}.`, undefined, { cause });
}

function littleEndian(values: Float32Array): Uint8Array {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return isLittleEndian() ? bytes : Buffer.from(bytes).swap32();
}

/** A copy: file buffers are not aligned for floats. */
function floats(bytes: Buffer): Float32Array {
  const copy = Uint8Array.from(bytes);
  if (!isLittleEndian()) Buffer.from(copy.buffer).swap32();
  return new Float32Array(copy.buffer);
}

function isLittleEndian(): boolean {
  return new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
}

/** Float32 values as little-endian bytes, for files of bare numbers. */
export { littleEndian as float32Bytes };
