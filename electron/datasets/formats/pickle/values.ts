import type { StoredArray } from '../arrays/stored-array.ts';
import type { NumberType, TextType } from '../arrays/number-type.ts';

/** A Python byte string (or Python 2 text): long ones stay in the file. */
export class PickledBytes {
  readonly offset: number;
  readonly length: number;
  /** Null: they are still in the file. */
  readonly bytes: Buffer | null;

  constructor(offset: number, length: number, bytes: Buffer | null) {
    this.offset = offset;
    this.length = length;
    this.bytes = bytes;
  }
}

/** A Python text too long to be a name: it stays in the file, as UTF-8. */
export class PickledLongText {
  readonly offset: number;
  readonly length: number;

  constructor(offset: number, length: number) {
    this.offset = offset;
    this.length = length;
  }
}

/** One of the few Python names that are known; nothing of it is ever run. */
export class PickledName {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** numpy.dtype, before and after its byte order is known. */
export class PickledType {
  name: string;
  order = '=';

  constructor(name: string) {
    this.name = name;
  }
}

/** numpy.ndarray: empty when it is made, filled by BUILD. */
export class PickledArray {
  array: StoredArray | null = null;
  /** In place of numbers, of an array of Python objects: what it holds, the last axis fastest. */
  objects: { shape: number[]; items: PickledValue[] } | null = null;
}

/** torch's storage of numbers, a member of its own in the archive. */
export interface PickledStorage {
  key: string;
  type: NumberType | TextType;
}

export class PickledTuple extends Array<PickledValue> {}

export type PickledValue =
  | null
  | boolean
  | number
  | string
  | PickledBytes
  | PickledLongText
  | PickledName
  | PickledType
  | PickledArray
  | PickledValue[]
  | Map<PickledValue, PickledValue>
  | { storage: PickledStorage };

/** Text of a Python text, or of a byte string as Python 2 wrote texts; null for anything else. */
export function textOf(value: PickledValue | undefined): string | null {
  if (typeof value === 'string') return value;
  return value instanceof PickledBytes && value.bytes ? value.bytes.toString('utf8') : null;
}
