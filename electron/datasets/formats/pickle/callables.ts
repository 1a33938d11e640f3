import { numbersIn, type NumberType, textsIn, type TextType, typeByName } from '../arrays/number-type.ts';
import { checkArray, shapeText, sizeOf, type StoredArray, stridesOf } from '../arrays/stored-array.ts';
import { UnusableFile } from '../source.ts';
import { FileSlice } from '../trees/file-slice.ts';
import {
  PickledArray,
  PickledBytes,
  PickledLongText,
  PickledName,
  PickledTuple,
  PickledType,
  type PickledValue,
  textOf,
} from './values.ts';

/** Names under which NumPy and torch write arrays, by what they mean. Nothing else is known. */
const NAMES: Record<string, string> = {
  'numpy.core.multiarray._reconstruct': 'empty-array',
  'numpy._core.multiarray._reconstruct': 'empty-array',
  'numpy.core.numeric._frombuffer': 'array-of-buffer',
  'numpy._core.numeric._frombuffer': 'array-of-buffer',
  'numpy.core.multiarray.scalar': 'scalar',
  'numpy._core.multiarray.scalar': 'scalar',
  'numpy.ndarray': 'array-class',
  'numpy.dtype': 'type',
  '_codecs.encode': 'encode',
  'collections.OrderedDict': 'dictionary',
  'torch._utils._rebuild_tensor_v2': 'tensor',
  'torch.ByteStorage': '|u1',
  'torch.CharStorage': '|i1',
  'torch.BoolStorage': '|b1',
  'torch.ShortStorage': '<i2',
  'torch.IntStorage': '<i4',
  'torch.LongStorage': '<i8',
  'torch.HalfStorage': '<f2',
  'torch.FloatStorage': '<f4',
  'torch.DoubleStorage': '<f8',
};

/** Arrays whose bytes were written as text are held in memory: no more than this. */
const MAX_TEXT_BYTES = 256 << 20;

/** A tensor's storages are members of the archive: where they lie is filled in later. */
export interface PendingTensor extends Omit<StoredArray, 'slice'> {
  key: string;
}
/** Tensors by the array that stands for them. */
export const pendingTensors = new WeakMap<PickledArray, PendingTensor>();

/** @throws UnusableFile naming what the pickle would call */
export function knownName(module: string, name: string): PickledName {
  const full = `${module}.${name}`;
  const known = Object.hasOwn(NAMES, full) ? NAMES[full] : undefined;
  if (known !== undefined) return new PickledName(known);
  throw new UnusableFile(
    `a pickle that calls "${full.replace(/[^\w.]/g, '?').slice(0, 80)}": only plain arrays, lists and numbers are read, nothing is run`,
  );
}

/** The type of a torch storage by its name's meaning. */
export function storageType(value: PickledValue | undefined): NumberType | TextType {
  if (!(value instanceof PickledName) || !/^[<|]/.test(value.name)) throw damaged();
  return typeByName(value.name);
}

/** What a known callable makes of its arguments. @throws UnusableFile */
export function apply(name: string, given: PickledValue[], slice: FileSlice): PickledValue {
  switch (name) {
    case 'empty-array':
    case 'array-class':
      return new PickledArray();
    case 'type':
      return new PickledType(textOf(given[0]) ?? refuseType(given[0]));
    case 'dictionary':
      return dictionary(given);
    case 'encode':
      return encoded(given, slice);
    case 'scalar':
      return scalar(given);
    case 'array-of-buffer': {
      const made = new PickledArray();
      const [bytes, type, shape, order] = given;
      made.array = arrayOf(bytes, type, shape, textOf(order) === 'F', slice);
      return made;
    }
    case 'tensor':
      return tensor(given);
    default:
      throw damaged();
  }
}

/** Fills an array or a type with its state, as numpy's __setstate__ does. */
export function build(object: PickledValue, state: PickledValue, slice: FileSlice): void {
  if (!Array.isArray(state)) {
    // Attributes of a dictionary (torch writes them): of no matter here.
    if (object instanceof Map && state instanceof Map) return;
    throw damaged();
  }
  if (object instanceof PickledType) {
    const order = textOf(state[1]);
    if (order === null || !/^[<>|=]$/.test(order)) throw damaged();
    object.order = order;
  } else if (object instanceof PickledArray) {
    const [, shape, type, fortran, data] = state;
    if (type instanceof PickledType && /^O\d?$/.test(type.name)) {
      object.objects = objectsOf(data, shape);
      return;
    }
    object.array = arrayOf(data, type, shape, fortran === true || fortran === 1, slice);
  } else throw damaged();
}

/** An array of objects has a list of these in the place of its bytes. */
function objectsOf(data: PickledValue | undefined, shape: PickledValue | undefined): PickledArray['objects'] {
  if (!Array.isArray(data) || !Array.isArray(shape)) throw damaged();
  const sizes = shape.map((n) => (typeof n === 'number' ? n : NaN));
  if (!sizes.every((n) => Number.isSafeInteger(n) && n >= 0) || sizeOf(sizes) !== data.length) {
    throw new UnusableFile(`damaged: ${data.length} objects for an array of shape ${shapeText(sizes)}`);
  }
  return { shape: sizes, items: data };
}

function arrayOf(
  data: PickledValue | undefined,
  type: PickledValue | undefined,
  shape: PickledValue | undefined,
  fortran: boolean,
  slice: FileSlice,
): StoredArray {
  if (!(type instanceof PickledType) || !Array.isArray(shape)) throw damaged();
  const sizes = shape.map((n) => (typeof n === 'number' ? n : NaN));
  const kind = typeByName(type.order === '=' || type.order === '|' ? type.name : type.order + type.name);
  if (!(data instanceof PickledBytes)) throw damaged();
  const strides = stridesOf(sizes, fortran);
  if (!sizes.every((n) => Number.isSafeInteger(n) && n >= 0) || sizeOf(sizes) * kind.bytes !== data.length) {
    throw new UnusableFile(`damaged: ${data.length} bytes for an array of shape ${shapeText(sizes)}`);
  }
  const own = data.offset < 0 && data.bytes ? FileSlice.inMemory(slice.name, data.bytes) : slice;
  return checkArray({ slice: own, offset: Math.max(0, data.offset), type: kind, shape: sizes, strides });
}

/** torch._utils._rebuild_tensor_v2(storage, offset, size, stride, …) */
function tensor([storage, offset, size, stride]: PickledValue[]): PickledArray {
  const numbers = (value: PickledValue | undefined) =>
    Array.isArray(value) && value.every((n) => typeof n === 'number') ? (value as number[]) : null;
  const shape = numbers(size);
  const strides = numbers(stride);
  const stored = storage && typeof storage === 'object' && 'storage' in storage ? storage.storage : null;
  if (!stored || typeof offset !== 'number' || !shape || shape.length !== strides?.length) throw damaged();
  const made = new PickledArray();
  pendingTensors.set(made, {
    key: stored.key,
    type: stored.type,
    offset: offset * stored.type.bytes,
    shape: [...shape],
    strides: [...strides],
  });
  return made;
}

function dictionary(given: PickledValue[]): PickledValue {
  const made = new Map<PickledValue, PickledValue>();
  for (const item of Array.isArray(given[0]) ? given[0] : []) {
    if (!Array.isArray(item) || item.length !== 2) throw damaged();
    made.set(item[0]!, item[1]!);
  }
  return made;
}

/** Python 3 writes bytes for protocol 2 as text in Latin-1. */
function encoded([text, encoding]: PickledValue[], slice: FileSlice): PickledBytes {
  if (textOf(encoding) !== 'latin1' && textOf(encoding) !== 'latin-1') throw damaged();
  let long: string;
  if (typeof text === 'string') long = text;
  else if (text instanceof PickledLongText) {
    if (text.length > MAX_TEXT_BYTES)
      throw new UnusableFile('an array written as text is too large: save it with protocol 4');
    long = slice.readNow(text.offset, text.length).toString('utf8');
  } else throw damaged();
  const bytes = Buffer.from(long, 'latin1');
  return new PickledBytes(-1, bytes.length, bytes);
}

function scalar([type, data]: PickledValue[]): PickledValue {
  if (!(type instanceof PickledType) || !(data instanceof PickledBytes) || !data.bytes) throw damaged();
  const kind = typeByName(type.order === '=' || type.order === '|' ? type.name : type.order + type.name);
  if (data.bytes.length !== kind.bytes) throw damaged();
  return kind.kind === 'text' ? textsIn(data.bytes, kind)[0]! : Number(numbersIn(data.bytes, kind)[0]);
}

function refuseType(value: PickledValue | undefined): never {
  if (value instanceof PickledTuple) throw new UnusableFile('a table of records is not supported');
  throw damaged();
}

function damaged(): UnusableFile {
  return new UnusableFile('damaged: a pickle that cannot be read');
}
