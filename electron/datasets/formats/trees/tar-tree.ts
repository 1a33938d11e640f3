import { ExpectedError } from '../../../../shared/contract/errors.ts';
import { type SkipLog, UnusableFile } from '../source.ts';
import { tooLarge } from './disk-tree.ts';
import type { FileSlice } from './file-slice.ts';
import { MemberTree } from './member-tree.ts';
import type { Scratch } from './scratch.ts';

const BLOCK = 512;
const READ_AHEAD_BYTES = 64 << 10;
/** Names and attributes in members of their own are no longer than this. */
const MAX_ATTRIBUTES_BYTES = 1 << 20;

interface TarMember {
  offset: number;
  length: number;
}

/** What members in front of a member say about it (GNU long names, POSIX pax records). */
interface Attributes {
  path?: string;
  size?: number;
}

/** A tar archive (ustar, GNU, pax), read by position: only its headers are gone through. */
export class TarTree extends MemberTree<TarMember> {
  readonly #archive: FileSlice;

  private constructor(archive: FileSlice, skips: SkipLog) {
    super(archive.name, skips);
    this.#archive = archive;
  }

  /** Goes through the headers. @throws ExpectedError 'bad-input' naming where it is damaged or cut short */
  static open(archive: FileSlice, skips: SkipLog, scratch: Scratch): TarTree {
    const tree = new TarTree(archive, skips);
    try {
      tree.#index(scratch);
    } catch (error) {
      if (!(error instanceof UnusableFile)) throw error;
      throw new ExpectedError(
        'bad-input',
        `${archive.name} cannot be read as a tar archive: ${error.reason}.`,
        'The download may have been cut short: fetch it again.',
        { cause: error },
      );
    }
    return tree;
  }

  size(name: string): Promise<number> {
    return Promise.resolve(this.member(name).length);
  }

  head(name: string, bytes: number): Promise<Buffer> {
    const { offset, length } = this.member(name);
    return this.#archive.read(offset, Math.min(bytes, length));
  }

  async read(name: string, limit: number): Promise<Buffer> {
    const { offset, length } = this.member(name);
    if (length > limit) throw tooLarge(length, limit);
    return this.#archive.read(offset, length);
  }

  open(name: string): Promise<FileSlice> {
    const { offset, length } = this.member(name);
    return Promise.resolve(this.#archive.part(this.describe(name), offset, length));
  }

  #index(scratch: Scratch): void {
    const window = new Window(this.#archive);
    let attributes: Attributes = {};
    let global: Attributes = {};
    for (let at = 0, headers = 0; at + BLOCK <= this.#archive.length; headers++) {
      if (headers % 4096 === 0) scratch.throwIfCancelled();
      const header = window.bytes(at, BLOCK);
      // Blocks of zeros end the archive.
      if (header.every((byte) => byte === 0)) return;
      if (!isTarHeader(header)) throw new UnusableFile(`damaged at byte ${at}`);
      const own: Attributes = { ...global, ...attributes };
      const length = own.size ?? numberField(header, 124, 12);
      const content = at + BLOCK;
      if (content + length > this.#archive.length) throw new UnusableFile('it is cut short');
      at = content + Math.ceil(length / BLOCK) * BLOCK;
      const type = String.fromCharCode(header[156]!);
      if (type === 'x' || type === 'g' || type === 'L') {
        if (length > MAX_ATTRIBUTES_BYTES) throw new UnusableFile(`damaged at byte ${content}`);
        const text = window.bytes(content, length);
        if (type === 'L') attributes.path = cString(text, 0, length);
        else if (type === 'x') attributes = { ...attributes, ...paxRecords(text) };
        else global = { ...global, ...paxRecords(text) };
        continue;
      }
      attributes = {};
      const name = own.path ?? nameField(header);
      if (type === '0' || type === '\0' || type === '7') {
        if (!name.endsWith('/')) this.add(name, { offset: content, length });
      } else if (type === '1' || type === '2') this.pass(name, 'a link inside an archive');
      // Folders and what only describes the archive are no files.
      else if (!['5', 'K', 'V'].includes(type)) this.pass(name, 'not a regular file');
    }
  }
}

/** Whether the bytes are the header of a tar member, by its checksum. */
export function isTarHeader(block: Buffer): boolean {
  if (block.length < BLOCK) return false;
  let sum = 8 * 32;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += block[i]!;
  const written = cString(block, 148, 8).trim();
  return /^[0-7]+$/.test(written) && parseInt(written, 8) === sum;
}

function nameField(header: Buffer): string {
  const name = cString(header, 0, 100);
  // The prefix is POSIX ustar's; GNU archives have other fields there.
  const posix = header.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = posix ? cString(header, 345, 155) : '';
  return prefix ? `${prefix}/${name}` : name;
}

/** Octal digits, or where the first bit is set a binary number (GNU). */
function numberField(header: Buffer, from: number, length: number): number {
  if (header[from]! & 0x80) {
    let value = header[from]! & 0x7f;
    for (let i = 1; i < length; i++) value = value * 256 + header[from + i]!;
    if (!Number.isSafeInteger(value)) throw new UnusableFile('damaged: a member of impossible length');
    return value;
  }
  const text = cString(header, from, length).trim();
  if (text === '') return 0;
  if (!/^[0-7]+$/.test(text)) throw new UnusableFile('damaged: a member without a length');
  return parseInt(text, 8);
}

/** Records "length key=value\n", of which path and size matter. */
function paxRecords(bytes: Buffer): Attributes {
  const found: Attributes = {};
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const length = space < 0 ? NaN : Number(bytes.toString('latin1', at, space));
    if (!Number.isInteger(length) || length < space - at + 2 || at + length > bytes.length) {
      throw new UnusableFile('damaged: attributes that cannot be read');
    }
    const record = bytes.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    const value = record.slice(equals + 1);
    if (record.slice(0, equals) === 'path') found.path = value;
    if (record.slice(0, equals) === 'size') {
      if (!/^\d{1,15}$/.test(value)) throw new UnusableFile('damaged: a member without a length');
      found.size = Number(value);
    }
    at += length;
  }
  return found;
}

function cString(bytes: Buffer, from: number, length: number): string {
  const end = bytes.indexOf(0, from);
  return bytes.toString('utf8', from, end < 0 ? from + length : Math.min(end, from + length));
}

/** Headers of small members lie close together: they are served from larger pieces. */
class Window {
  readonly #slice: FileSlice;
  #from = 0;
  #ahead: Buffer = Buffer.alloc(0);

  constructor(slice: FileSlice) {
    this.#slice = slice;
  }

  bytes(position: number, length: number): Buffer {
    if (position < this.#from || position + length > this.#from + this.#ahead.length) {
      this.#from = position;
      this.#ahead = this.#slice.readNow(position, Math.max(length, READ_AHEAD_BYTES));
    }
    const at = position - this.#from;
    return this.#ahead.subarray(at, at + length);
  }
}
