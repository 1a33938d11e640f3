import { ExpectedError } from '../../../shared/contract/errors.ts';
import { UnusableFile } from './source.ts';
import type { FileSlice } from './trees/file-slice.ts';
import type { Scratch } from './trees/scratch.ts';
import type { Tree } from './trees/tree.ts';

const UINT8 = 8;

/** An array of bytes in a file. */
export interface IdxArray {
  shape: number[];
  slice: FileSlice;
  /** Where its first element lies. */
  offset: number;
}

/** Whether the first bytes are those of an IDX array of bytes (2 zeros, type 8, 1 to 4 dimensions). */
export function isIdxHead(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && bytes[1] === 0 && bytes[2] === UINT8 && bytes[3]! >= 1 && bytes[3]! <= 4;
}

/**
 * Opens an IDX array of bytes, packed with gzip or not.
 * @throws ExpectedError 'bad-input' naming the file and what is wrong with it
 */
export async function openIdxArray(tree: Tree, name: string, scratch: Scratch): Promise<IdxArray> {
  const refusal = (what: string, cause?: unknown) =>
    new ExpectedError('bad-input', `${tree.describe(name)} ${what}.`, undefined, { cause });
  try {
    const file = await tree.open(name);
    const magic = await file.read(0, Math.min(2, file.length));
    const packed = magic[0] === 0x1f && magic[1] === 0x8b;
    return await readHeader(packed ? await scratch.gunzip(file) : file, refusal);
  } catch (error) {
    if (!(error instanceof UnusableFile)) throw error;
    throw refusal(`cannot be read: ${error.reason}`, error);
  }
}

async function readHeader(slice: FileSlice, refusal: (what: string) => ExpectedError): Promise<IdxArray> {
  const head = await slice.read(0, Math.min(4 + 4 * 4, slice.length));
  if (head.length >= 4 && !isIdxHead(head)) throw refusal('has not the header of an IDX file of bytes');
  const offset = head.length >= 4 ? 4 + 4 * head[3]! : Infinity;
  if (head.length < offset) throw refusal('is cut short: its header is incomplete');
  const shape = Array.from({ length: head[3]! }, (_, i) => head.readUInt32BE(4 + 4 * i));
  const announced = shape.reduce((product, n) => product * n, 1);
  const there = slice.length - offset;
  if (there < announced) throw refusal(`is cut short: it has ${there} bytes of data instead of ${announced}`);
  if (there > announced) throw refusal(`holds more than the ${announced} bytes its header announces`);
  return { shape, slice, offset };
}
