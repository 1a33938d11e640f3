import { UnusableFile } from '../source.ts';
import type { FileSlice } from '../trees/file-slice.ts';
import { numbersIn, type NumberType, textsIn, type TextType } from './number-type.ts';

/** Labels and indices are read whole, up to so many. */
const MAX_VALUES = 20_000_000;

/** An array of numbers or texts as it lies in a file; nothing of it is read until it is asked for. */
export interface StoredArray {
  slice: FileSlice;
  /** Where its first element lies in the slice. */
  offset: number;
  type: NumberType | TextType;
  shape: number[];
  /** Elements from one index to the next, for each axis. */
  strides: number[];
}

/** Strides of an array whose last (C) or first (Fortran) axis changes fastest. */
export function stridesOf(shape: number[], fortran: boolean): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = 0; i < shape.length; i++) {
    const axis = fortran ? i : shape.length - 1 - i;
    strides[axis] = step;
    step *= shape[axis]!;
  }
  return strides;
}

/** Number of elements. */
export function sizeOf(shape: number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/**
 * Checks an array against its file. @throws UnusableFile when it reaches beyond it or its shape makes no sense
 */
export function checkArray(array: StoredArray): StoredArray {
  const { shape, strides, type, offset, slice } = array;
  const sane = (n: number) => Number.isSafeInteger(n) && n >= 0;
  if (shape.length > 8 || !shape.every(sane) || !strides.every(sane) || !sane(sizeOf(shape))) {
    throw new UnusableFile(`its shape ${shapeText(shape)} makes no sense`);
  }
  const last = shape.reduce((sum, n, axis) => sum + (n - 1) * strides[axis]!, 0);
  const end = sizeOf(shape) === 0 ? offset : offset + (last + 1) * type.bytes;
  if (!sane(offset) || end > slice.length) {
    throw new UnusableFile(
      `cut short: it has ${slice.length} bytes, but an array of shape ${shapeText(shape)} needs ${end}`,
    );
  }
  return array;
}

/** All of its numbers or texts, the last axis fastest. @throws UnusableFile */
export async function valuesOf(array: StoredArray): Promise<ArrayLike<number> | string[]> {
  const count = sizeOf(array.shape);
  if (count > MAX_VALUES) throw new UnusableFile(`an array of ${count} values is too large for labels`);
  if (count === 0) return [];
  const { slice, offset, type, shape, strides } = array;
  const span = shape.reduce((sum, n, axis) => sum + (n - 1) * strides[axis]!, 1);
  if (span > MAX_VALUES) throw new UnusableFile('its values lie too far apart');
  const bytes = await slice.read(offset, span * type.bytes);
  const all = type.kind === 'text' ? textsIn(bytes, type) : numbersIn(bytes, type);
  const plain = stridesOf(shape, false);
  if (shape.every((n, axis) => n === 1 || strides[axis] === plain[axis])) return all;
  return Array.from({ length: count }, (_, i) => {
    let at = 0;
    shape.forEach((n, axis) => (at += (Math.floor(i / plain[axis]!) % n) * strides[axis]!));
    return all[at]!;
  }) as number[] | string[];
}

export function shapeText(shape: number[]): string {
  return shape.length === 0 ? '(a single value)' : shape.slice(0, 8).join(' x ');
}
