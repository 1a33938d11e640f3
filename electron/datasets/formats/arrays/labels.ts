import { UnusableFile } from '../source.ts';
import { shapeText, sizeOf, type StoredArray, valuesOf } from './stored-array.ts';

/** An array with the name it has in its file, or a list of numbers or texts. */
export interface NamedValue {
  name: string;
  value: StoredArray | (number | string)[];
}

export function isArray(value: NamedValue['value']): value is StoredArray {
  return !Array.isArray(value);
}

/** Its axes; of a list its length. */
export function shapeOf(value: NamedValue['value']): number[] {
  return isArray(value) ? value.shape : [value.length];
}

/** How many labels it can be: N, N x 1, or N x K with one of K set; null when it can be none. */
export function labelCount(value: NamedValue['value']): number | null {
  const shape = shapeOf(value);
  if (shape.length === 1) return shape[0]!;
  return shape.length === 2 && shape[1]! <= 10_000 ? shape[0]! : null;
}

/**
 * Class names of labels: numbers count from 0 into `names`, or are the names themselves. @throws UnusableFile for
 * labels that are neither whole numbers nor texts, or out of range
 */
export async function classLabels(value: NamedValue['value'], names: string[] | null): Promise<string[]> {
  const shape = shapeOf(value);
  const values = isArray(value) ? await valuesOf(value) : value;
  const labels = shape.length === 2 && shape[1]! > 1 ? oneHot(values as ArrayLike<number>, shape) : values;
  return Array.from({ length: labels.length }, (_, i) => {
    const label = labels[i]!;
    if (typeof label === 'string') {
      const text = label.normalize('NFC').trim();
      if (text === '') throw new UnusableFile(`label ${i} is empty`);
      return text;
    }
    if (!Number.isSafeInteger(label) || label < 0) {
      throw new UnusableFile(`label ${i} is ${label}: labels must be whole numbers from 0`);
    }
    if (!names) return String(label);
    const name = names[label];
    if (name === undefined)
      throw new UnusableFile(`label ${i} is ${label}, but there are ${names.length} classes`);
    return name;
  });
}

/** Texts of a list of class names; null when it is none. */
export async function classNames(value: NamedValue['value']): Promise<string[] | null> {
  if (isArray(value) && (value.type.kind !== 'text' || sizeOf(value.shape) > 100_000)) return null;
  const texts = isArray(value) ? ((await valuesOf(value)) as string[]) : value;
  const names = texts.map((text) => (typeof text === 'string' ? text.normalize('NFC').trim() : ''));
  return names.length >= 2 && !names.includes('') && new Set(names).size === names.length ? names : null;
}

/** Flags of N images, from flags (0 or 1 for each) or from a list of positions. @throws UnusableFile */
export async function flagsOf(value: NamedValue['value'], count: number): Promise<Uint8Array> {
  const values = isArray(value) ? await valuesOf(value) : value;
  const numbers = Array.from(values as ArrayLike<number | string>, Number);
  if (numbers.length === count && numbers.every((n) => n === 0 || n === 1)) return Uint8Array.from(numbers);
  const flags = new Uint8Array(count);
  for (const position of numbers) {
    if (!Number.isInteger(position) || position < 0 || position >= count) {
      throw new UnusableFile(`the position ${position} is not one of the ${count} training images`);
    }
    if (flags[position]) throw new UnusableFile(`the position ${position} is listed twice`);
    flags[position] = 1;
  }
  return flags;
}

function oneHot(values: ArrayLike<number>, [count, classes]: number[]): number[] {
  return Array.from({ length: count! }, (_, i) => {
    let best = -1;
    for (let k = 0; k < classes!; k++) {
      const value = values[i * classes! + k]!;
      if (value !== 0 && value !== 1) {
        throw new UnusableFile(
          `an array of shape ${shapeText([count!, classes!])} that is no one-hot code cannot be labels`,
        );
      }
      if (value === 1) best = best < 0 ? k : -2;
    }
    if (best < 0) throw new UnusableFile(`row ${i} of the one-hot labels does not name one class`);
    return best;
  });
}
