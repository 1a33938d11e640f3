import { readPickle } from '../pickle/interpreter.ts';
import { PickledArray } from '../pickle/values.ts';
import { UnusableFile } from '../source.ts';
import type { FileSlice } from '../trees/file-slice.ts';
import { typeByName } from './number-type.ts';
import { type ImagePairs, objectValues } from './object-array.ts';
import { checkArray, type StoredArray, stridesOf } from './stored-array.ts';

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');
const MAX_HEADER_BYTES = 64 << 10;
const OBJECTS = /'descr'\s*:\s*'[|<>=]?O\d*'/;

/** Whether a file's first bytes are those of a NumPy array. */
export function isNpyHead(head: Uint8Array): boolean {
  return MAGIC.equals(head.subarray(0, MAGIC.length));
}

/** Whether they are those of an array of Python objects. */
export function isObjectNpyHead(head: Uint8Array): boolean {
  return isNpyHead(head) && OBJECTS.test(Buffer.from(head.subarray(0, 512)).toString('latin1'));
}

/**
 * Opens a .npy file, versions 1 to 3 (NEP 1). Arrays of Python objects are read as far as they are data; nothing of
 * them is run.
 * @throws UnusableFile with the reason
 */
export async function openNpy(slice: FileSlice): Promise<StoredArray | ImagePairs | (number | string)[]> {
  const head = await slice.read(0, Math.min(12, slice.length));
  if (!isNpyHead(head) || head.length < 12) throw new UnusableFile('it is no NumPy array, or cut short');
  const version = head[6]!;
  if (version < 1 || version > 3) throw new UnusableFile(`NumPy array version ${version} is not known`);
  const length = version === 1 ? head.readUInt16LE(8) : head.readUInt32LE(8);
  const start = version === 1 ? 10 : 12;
  if (length > MAX_HEADER_BYTES) throw new UnusableFile('damaged: its header is too long');
  const header = (await slice.read(start, length)).toString(version === 3 ? 'utf8' : 'latin1');
  if (OBJECTS.test(header)) {
    const from = start + length;
    const value = readPickle(slice.part(slice.name, from, Math.max(0, slice.length - from)));
    if (!(value instanceof PickledArray) || !value.objects)
      throw new UnusableFile('damaged: it holds no array');
    return objectValues(value.objects.shape, value.objects.items);
  }
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1];
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const shape = /'shape'\s*:\s*\(([\dL,\s]*)\)/.exec(header)?.[1];
  if (fortran === undefined || shape === undefined)
    throw new UnusableFile('damaged: its header cannot be read');
  if (descr === undefined)
    throw new UnusableFile('a table of records is not supported: save plain arrays instead');
  const sizes = shape
    .replaceAll('L', '')
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  return checkArray({
    slice,
    offset: start + length,
    type: typeByName(descr),
    shape: sizes,
    strides: stridesOf(sizes, fortran === 'True'),
  });
}
