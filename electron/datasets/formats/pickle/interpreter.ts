import { UnusableFile } from '../source.ts';
import type { FileSlice } from '../trees/file-slice.ts';
import { apply, build, knownName } from './callables.ts';
import { Cursor } from './cursor.ts';
import {
  PickledBytes,
  PickledLongText,
  PickledName,
  type PickledStorage,
  PickledTuple,
  type PickledValue,
} from './values.ts';

/** Texts and bytes longer than this stay in the file. Bytes are images more often than names. */
const INLINE_TEXT = 64 << 10;
const INLINE_BYTES = 1 << 10;
/** A list of labels and one of file names for each of five million images. */
const MAX_OPCODES = 30_000_000;
const MAX_CONTAINERS = 3_000_000;
/** Python's own limit for the numbers of digits it reads; labels have few. */
const MAX_LONG_BYTES = 32;

const MARK = Symbol('mark');
type Slot = PickledValue | typeof MARK;

/** What to do with a persistent id: torch refers so to its storages. */
export type Persistent = (id: PickledValue) => PickledStorage;

/**
 * Reads a Python pickle, protocols 2 to 5, without running anything: a fixed table of opcodes builds numbers, texts,
 * lists, dictionaries and arrays of numbers; the only callables known are those by which NumPy (and torch) write
 * arrays, and these are understood, not called. Arrays stay in the file.
 * Opcodes: Lib/pickletools.py of CPython 3.13.
 * @throws UnusableFile naming what the pickle would run, or what is wrong with it
 */
export function readPickle(slice: FileSlice, persistent?: Persistent): PickledValue {
  return new Interpreter(slice, persistent).run();
}

/** Whether a file begins as a pickle of protocol 2 to 5. */
export function isPickleHead(head: Uint8Array): boolean {
  return head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5 && head.length > 2;
}

class Interpreter {
  readonly #cursor: Cursor;
  readonly #persistent: Persistent | undefined;
  readonly #stack: Slot[] = [];
  readonly #memo: PickledValue[] = [];
  #containers = 0;

  constructor(slice: FileSlice, persistent: Persistent | undefined) {
    this.#cursor = new Cursor(slice);
    this.#persistent = persistent;
  }

  run(): PickledValue {
    for (let count = 0; count < MAX_OPCODES; count++) {
      const opcode = this.#cursor.byte();
      if (opcode === 0x2e) return this.#pop();
      this.#step(opcode);
    }
    throw new UnusableFile('a pickle of too many parts');
  }

  #step(opcode: number): void {
    const cursor = this.#cursor;
    switch (opcode) {
      case 0x80: // PROTO
        if (cursor.byte() > 5) throw new UnusableFile('a pickle of an unknown protocol');
        return;
      case 0x95: // FRAME
        cursor.skip(8);
        return;
      case 0x28: // MARK
        this.#stack.push(MARK);
        return;
      case 0x30: // POP
        this.#stack.pop();
        return;
      case 0x31: // POP_MARK
        this.#sinceMark();
        return;
      case 0x32: // DUP
        this.#push(this.#top());
        return;
      case 0x4e: // NONE
        this.#push(null);
        return;
      case 0x88: // NEWTRUE
      case 0x89: // NEWFALSE
        this.#push(opcode === 0x88);
        return;
      case 0x4b: // BININT1
        this.#push(cursor.byte());
        return;
      case 0x4d: // BININT2
        this.#push(cursor.take(2).readUInt16LE(0));
        return;
      case 0x4a: // BININT
        this.#push(cursor.take(4).readInt32LE(0));
        return;
      case 0x47: // BINFLOAT
        this.#push(cursor.take(8).readDoubleBE(0));
        return;
      case 0x8a: // LONG1
        this.#push(this.#long(cursor.byte()));
        return;
      case 0x8b: // LONG4
        this.#push(this.#long(cursor.take(4).readUInt32LE(0)));
        return;
      case 0x49: // INT
      case 0x4c: // LONG
        this.#push(decimal(cursor.line()));
        return;
      case 0x58: // BINUNICODE
      case 0x8c: // SHORT_BINUNICODE
      case 0x8d: // BINUNICODE8
        this.#text(this.#length({ 0x58: 4, 0x8c: 1, 0x8d: 8 }[opcode]));
        return;
      case 0x42: // BINBYTES
      case 0x54: // BINSTRING
      case 0x43: // SHORT_BINBYTES
      case 0x55: // SHORT_BINSTRING
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        this.#bytes(this.#length({ 0x42: 4, 0x54: 4, 0x43: 1, 0x55: 1, 0x8e: 8, 0x96: 8 }[opcode]));
        return;
      case 0x98: // READONLY_BUFFER
        return;
      default:
        this.#combine(opcode);
    }
  }

  /** Opcodes that make something of what is on the stack. */
  #combine(opcode: number): void {
    switch (opcode) {
      case 0x29: // EMPTY_TUPLE
        this.#push(this.#tuple([]));
        return;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        this.#push(this.#tuple(this.#last(opcode - 0x84)));
        return;
      case 0x74: // TUPLE
        this.#push(this.#tuple(this.#sinceMark()));
        return;
      case 0x5d: // EMPTY_LIST
      case 0x8f: // EMPTY_SET
        this.#push(this.#container([]));
        return;
      case 0x6c: // LIST
      case 0x91: // FROZENSET
        this.#push(this.#container(this.#sinceMark()));
        return;
      case 0x61: // APPEND
        this.#append([this.#pop()]);
        return;
      case 0x65: // APPENDS
      case 0x90: // ADDITEMS
        this.#append(this.#sinceMark());
        return;
      case 0x7d: // EMPTY_DICT
        this.#push(this.#container(new Map<PickledValue, PickledValue>()));
        return;
      case 0x64: // DICT
        this.#dictionary();
        return;
      case 0x73: // SETITEM
        this.#set(this.#last(2));
        return;
      case 0x75: // SETITEMS
        this.#set(this.#sinceMark());
        return;
      case 0x94: // MEMOIZE
        this.#memo.push(this.#top());
        return;
      case 0x71: // BINPUT
      case 0x72: // LONG_BINPUT
        this.#remember(this.#length(opcode === 0x71 ? 1 : 4));
        return;
      case 0x68: // BINGET
      case 0x6a: // LONG_BINGET
        this.#recall(this.#length(opcode === 0x68 ? 1 : 4));
        return;
      case 0x63: // GLOBAL
        this.#push(knownName(this.#cursor.line(), this.#cursor.line()));
        return;
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.#last(2);
        if (typeof module !== 'string' || typeof name !== 'string') throw damaged();
        this.#push(knownName(module, name));
        return;
      }
      case 0x52: // REDUCE
      case 0x81: {
        // NEWOBJ
        const [callable, given] = this.#last(2);
        if (!(callable instanceof PickledName) || !Array.isArray(given)) throw damaged();
        this.#containers++;
        this.#push(apply(callable.name, given, this.#cursor.slice));
        return;
      }
      case 0x62: {
        // BUILD
        const state = this.#pop();
        build(this.#top(), state, this.#cursor.slice);
        return;
      }
      case 0x51: // BINPERSID
        if (!this.#persistent) throw new UnusableFile('a pickle that refers to something outside of it');
        this.#push({ storage: this.#persistent(this.#pop()) });
        return;
      default:
        throw new UnusableFile(refusedOpcode(opcode));
    }
  }

  #text(length: number): void {
    if (length <= INLINE_TEXT) this.#push(this.#cursor.take(length).toString('utf8'));
    else {
      this.#push(new PickledLongText(this.#cursor.position, length));
      this.#cursor.skip(length);
    }
  }

  #bytes(length: number): void {
    const offset = this.#cursor.position;
    if (length <= INLINE_BYTES) {
      this.#push(new PickledBytes(offset, length, Buffer.from(this.#cursor.take(length))));
    } else {
      this.#push(new PickledBytes(offset, length, null));
      this.#cursor.skip(length);
    }
  }

  #length(bytes: number): number {
    const field = this.#cursor.take(bytes);
    if (bytes < 8) return field.readUIntLE(0, bytes);
    const length = field.readBigUInt64LE(0);
    if (length > BigInt(Number.MAX_SAFE_INTEGER)) throw new UnusableFile('cut short');
    return Number(length);
  }

  /** Two's complement, little-endian. */
  #long(length: number): number {
    if (length > MAX_LONG_BYTES) throw new UnusableFile('damaged: a number of impossible length');
    const bytes = this.#cursor.take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = value * 256n + BigInt(bytes[i]!);
    return Number(length > 0 ? BigInt.asIntN(8 * length, value) : 0n);
  }

  #dictionary(): void {
    const items = this.#sinceMark();
    this.#push(this.#container(new Map<PickledValue, PickledValue>()));
    this.#set(items);
  }

  #append(items: PickledValue[]): void {
    const list = this.#top();
    if (!Array.isArray(list) || list instanceof PickledTuple) throw damaged();
    for (const item of items) list.push(item);
  }

  #set(items: PickledValue[]): void {
    const dictionary = this.#top();
    if (!(dictionary instanceof Map) || items.length % 2 !== 0) throw damaged();
    for (let i = 0; i < items.length; i += 2) dictionary.set(items[i]!, items[i + 1]!);
  }

  #remember(index: number): void {
    // Python counts memo entries up; a leap would be an array of holes.
    if (index > this.#memo.length + 1_000_000) throw damaged();
    this.#memo[index] = this.#top();
  }

  #recall(index: number): void {
    const value = this.#memo[index];
    if (value === undefined) throw damaged();
    this.#push(value);
  }

  #tuple(items: PickledValue[]): PickledValue {
    const tuple = new PickledTuple();
    for (const item of items) tuple.push(item);
    return this.#container(tuple);
  }

  #container<T extends PickledValue>(value: T): T {
    if (++this.#containers > MAX_CONTAINERS) throw new UnusableFile('a pickle of too many parts');
    return value;
  }

  #push(value: PickledValue): void {
    this.#stack.push(value);
  }

  #pop(): PickledValue {
    const value = this.#stack.pop();
    if (value === undefined || value === MARK) throw damaged();
    return value;
  }

  #top(): PickledValue {
    const value = this.#stack.at(-1);
    if (value === undefined || value === MARK) throw damaged();
    return value;
  }

  #last(count: number): PickledValue[] {
    const items: PickledValue[] = [];
    for (let i = 0; i < count; i++) items.unshift(this.#pop());
    return items;
  }

  #sinceMark(): PickledValue[] {
    const at = this.#stack.lastIndexOf(MARK);
    if (at < 0) throw damaged();
    const items = this.#stack.splice(at);
    items.shift();
    return items as PickledValue[];
  }
}

function decimal(line: string): PickledValue {
  if (line === '00' || line === '01') return line === '01';
  if (!/^-?\d{1,20}L?$/.test(line)) throw damaged();
  return Number(line.replace('L', ''));
}

function refusedOpcode(opcode: number): string {
  if (opcode === 0x69 || opcode === 0x6f || opcode === 0x92)
    return 'a pickle that makes objects of a program';
  if (opcode >= 0x82 && opcode <= 0x84) return 'a pickle that calls registered extensions';
  if (opcode === 0x97) return 'a pickle whose data lie outside of it';
  return `damaged, or a pickle of another kind (opcode ${opcode})`;
}

function damaged(): UnusableFile {
  return new UnusableFile('damaged: a pickle that cannot be read');
}
