import { UnusableFile } from '../source.ts';

/** How numbers of an array lie in a file. */
export interface NumberType {
  kind: 'bool' | 'unsigned' | 'signed' | 'float';
  /** Bytes each. */
  bytes: 1 | 2 | 4 | 8;
  littleEndian: boolean;
}

/** How texts of an array lie in a file: NumPy's `S` (bytes) and `U` (UTF-32). */
export interface TextType {
  kind: 'text';
  bytes: number;
  wide: boolean;
  littleEndian: boolean;
}

const KINDS: Record<string, NumberType['kind']> = { b: 'bool', u: 'unsigned', i: 'signed', f: 'float' };

/** A type by NumPy's short name, e.g. '|u1', '<f4', '<U10'. @throws UnusableFile for objects and other kinds */
export function typeByName(name: string): NumberType | TextType {
  const match = /^([<>|=]?)([a-zA-Z])(\d*)$/.exec(name);
  const [, order = '', letter = '', digits = ''] = match ?? [];
  if (letter === 'O') {
    throw new UnusableFile(
      'it holds Python objects, which only running a program could read: save plain arrays of numbers instead',
    );
  }
  const bytes = Number(digits);
  const littleEndian = order !== '>';
  if ((letter === 'S' || letter === 'U') && bytes >= 1 && bytes <= 4096) {
    return { kind: 'text', bytes: letter === 'U' ? 4 * bytes : bytes, wide: letter === 'U', littleEndian };
  }
  const kind = KINDS[letter];
  const fits = kind === 'bool' ? [1] : kind === 'float' ? [2, 4, 8] : [1, 2, 4, 8];
  if (!kind || !fits.includes(bytes))
    throw new UnusableFile(`its kind of data (${name.slice(0, 40)}) is not supported`);
  return { kind, bytes: bytes as NumberType['bytes'], littleEndian };
}

/** The numbers in some bytes. 64-bit integers beyond 2^53 lose their last digits: no image or label is that large. */
export function numbersIn(bytes: Uint8Array, type: NumberType): Float64Array | Uint8Array {
  if (type.bytes === 1 && type.kind !== 'signed') return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Math.floor(bytes.byteLength / type.bytes);
  const read = reader(view, type);
  const numbers = new Float64Array(count);
  for (let i = 0; i < count; i++) numbers[i] = read(i * type.bytes);
  return numbers;
}

/** The texts in some bytes, without the zeros that fill them up. */
export function textsIn(bytes: Buffer, type: TextType): string[] {
  const texts: string[] = [];
  for (let at = 0; at + type.bytes <= bytes.length; at += type.bytes) {
    if (!type.wide) texts.push(bytes.toString('utf8', at, at + type.bytes).replace(/\0+$/, ''));
    else {
      let text = '';
      for (let c = at; c < at + type.bytes; c += 4) {
        const code = type.littleEndian ? bytes.readUInt32LE(c) : bytes.readUInt32BE(c);
        if (code > 0x10ffff) throw new UnusableFile('damaged: a text with an impossible character');
        text += String.fromCodePoint(code);
      }
      texts.push(text.replace(/\0+$/, ''));
    }
  }
  return texts;
}

function reader(view: DataView, { kind, bytes, littleEndian: le }: NumberType): (at: number) => number {
  if (kind === 'float') {
    if (bytes === 8) return (at) => view.getFloat64(at, le);
    if (bytes === 4) return (at) => view.getFloat32(at, le);
    return (at) => halfFloat(view.getUint16(at, le));
  }
  if (kind === 'signed') {
    if (bytes === 8) return (at) => Number(view.getBigInt64(at, le));
    if (bytes === 4) return (at) => view.getInt32(at, le);
    return bytes === 2 ? (at) => view.getInt16(at, le) : (at) => view.getInt8(at);
  }
  if (bytes === 8) return (at) => Number(view.getBigUint64(at, le));
  if (bytes === 4) return (at) => view.getUint32(at, le);
  return bytes === 2 ? (at) => view.getUint16(at, le) : (at) => view.getUint8(at);
}

/** IEEE 754 binary16. */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
