import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { crc32, createInflateRaw, inflateRaw, inflateRawSync } from 'node:zlib';
import * as yauzl from 'yauzl';
import { ExpectedError } from '../../../../shared/contract/errors.ts';
import { type SkipLog, UnusableFile } from '../source.ts';
import { tooLarge } from './disk-tree.ts';
import type { FileSlice } from './file-slice.ts';
import { MemberTree } from './member-tree.ts';
import { type Scratch, unpacked } from './scratch.ts';

const LOCAL_HEADER_BYTES = 30;
/** Names and extra fields are seldom longer, so that one access suffices for header and data. */
const USUAL_NAMES_BYTES = 300;
const READ_AHEAD_BYTES = 1 << 20;
/** Unpacking less than this is not worth another thread. */
const SMALL_BYTES = 128 << 10;
const STORED = 0;
const DEFLATED = 8;

interface ZipMember {
  /** Of the local header. */
  offset: number;
  packed: number;
  unpacked: number;
  method: typeof STORED | typeof DEFLATED;
  crc: number;
}

const inflate = promisify<Buffer, { maxOutputLength: number }, Buffer<ArrayBuffer>>(inflateRaw);

/** A zip archive (zip64 too), read by position; nothing is unpacked but what is asked for. */
export class ZipTree extends MemberTree<ZipMember> {
  readonly #archive: FileSlice;
  readonly #scratch: Scratch;

  private constructor(archive: FileSlice, skips: SkipLog, scratch: Scratch) {
    super(archive.name, skips);
    this.#archive = archive;
    this.#scratch = scratch;
  }

  /** Reads the directory. @throws ExpectedError 'bad-input' when it is damaged or lies about its members */
  static async open(archive: FileSlice, skips: SkipLog, scratch: Scratch): Promise<ZipTree> {
    const tree = new ZipTree(archive, skips, scratch);
    let zip: yauzl.ZipFile;
    let packed = 0;
    try {
      zip = await yauzl.fromRandomAccessReaderPromise(new SliceReader(archive), archive.length, {
        decodeStrings: false,
        autoClose: false,
        // Of encrypted members they do not match; every member that is read is checked.
        validateEntrySizes: false,
      });
      for await (const entry of zip.eachEntry()) {
        if (tree.count % 4096 === 0) scratch.throwIfCancelled();
        packed += tree.#take(entry);
      }
    } catch (error) {
      if (error instanceof ExpectedError) throw error;
      throw new ExpectedError(
        'bad-input',
        `${archive.name} cannot be read as a zip archive: it is damaged or cut short.`,
        'The download may have been cut short: fetch it again.',
        { cause: error },
      );
    }
    if (packed > archive.length) {
      throw new ExpectedError(
        'bad-input',
        `${archive.name} is not a proper zip archive: its members overlap.`,
      );
    }
    return tree;
  }

  size(name: string): Promise<number> {
    return Promise.resolve(this.member(name).unpacked);
  }

  async head(name: string, bytes: number): Promise<Buffer> {
    const member = this.member(name);
    if (member.unpacked <= SMALL_BYTES) return (await this.read(name, SMALL_BYTES)).subarray(0, bytes);
    if (member.method === STORED) return (await this.#data(member)).read(0, Math.min(bytes, member.packed));
    const chunks: Buffer[] = [];
    let got = 0;
    for await (const chunk of unpacked(await this.#data(member), createInflateRaw())) {
      chunks.push(chunk);
      got += chunk.length;
      if (got >= bytes) break;
    }
    return Buffer.concat(chunks).subarray(0, bytes);
  }

  async read(name: string, limit: number): Promise<Buffer> {
    const member = this.member(name);
    if (member.unpacked > limit) throw tooLarge(member.unpacked, limit);
    const bytes = await this.#bytes(member);
    if (member.method === STORED) return checked(bytes, member);
    try {
      const options = { maxOutputLength: Math.max(1, member.unpacked) };
      const whole =
        member.unpacked <= SMALL_BYTES ? inflateRawSync(bytes, options) : await inflate(bytes, options);
      return checked(whole, member);
    } catch (error) {
      throw error instanceof UnusableFile
        ? error
        : new UnusableFile('damaged or cut short', { cause: error });
    }
  }

  async open(name: string): Promise<FileSlice> {
    const member = this.member(name);
    const data = await this.#data(member);
    if (member.method === STORED) return data.part(this.describe(name), 0, data.length);
    const file = await this.#scratch.unpack(
      this.describe(name),
      unpacked(data, createInflateRaw()),
      member.packed,
    );
    if (file.length !== member.unpacked) throw new UnusableFile('damaged or cut short');
    return file;
  }

  /** @returns the bytes that the member takes */
  #take(entry: yauzl.Entry): number {
    const name = yauzl.getFileNameLowLevel(
      entry.generalPurposeBitFlag,
      entry.fileNameRaw,
      entry.extraFields,
      false,
    );
    // Made on Unix: the upper half holds the file's mode.
    const kind = entry.versionMadeBy >> 8 === 3 ? (entry.externalFileAttributes >>> 28) & 15 : 8;
    if (name.endsWith('/')) return 0;
    if (kind === 10) this.pass(name, 'a link inside an archive');
    else if (entry.isEncrypted()) this.pass(name, 'it is encrypted');
    else if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
      this.pass(name, `packed in a way that is not supported (method ${entry.compressionMethod})`);
    } else {
      this.add(name, {
        offset: entry.relativeOffsetOfLocalHeader,
        packed: entry.compressedSize,
        unpacked: entry.uncompressedSize,
        method: entry.compressionMethod,
        crc: entry.crc32,
      });
    }
    return LOCAL_HEADER_BYTES + entry.compressedSize;
  }

  /** The packed bytes of a member. */
  async #bytes(member: ZipMember): Promise<Buffer> {
    const wanted = LOCAL_HEADER_BYTES + USUAL_NAMES_BYTES + member.packed;
    const there = Math.min(wanted, this.#archive.length - member.offset);
    const bytes = await this.#archive.read(member.offset, there);
    const from = dataOffset(bytes);
    if (from + member.packed <= bytes.length) return bytes.subarray(from, from + member.packed);
    return this.#archive.read(member.offset + from, member.packed);
  }

  async #data(member: ZipMember): Promise<FileSlice> {
    const header = await this.#archive.read(member.offset, LOCAL_HEADER_BYTES);
    return this.#archive.part(this.root, member.offset + dataOffset(header), member.packed);
  }
}

function dataOffset(header: Buffer): number {
  if (header.length < LOCAL_HEADER_BYTES || header.readUInt32LE(0) !== 0x04034b50) {
    throw new UnusableFile('damaged: the archive has no such member where its directory says');
  }
  return LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
}

function checked(bytes: Buffer, member: ZipMember): Buffer {
  if (bytes.length !== member.unpacked || crc32(bytes) !== member.crc) {
    throw new UnusableFile('damaged: its checksum does not match');
  }
  return bytes;
}

/** The directory is read in thousands of small pieces: they are served from larger ones. */
class SliceReader extends yauzl.RandomAccessReader {
  readonly #slice: FileSlice;
  #from = 0;
  #ahead: Buffer = Buffer.alloc(0);

  constructor(slice: FileSlice) {
    super();
    this.#slice = slice;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    try {
      if (position < this.#from || position + length > this.#from + this.#ahead.length) {
        this.#from = position;
        this.#ahead = this.#slice.readNow(position, Math.max(length, READ_AHEAD_BYTES));
      }
      const at = position - this.#from;
      if (at + length > this.#ahead.length) throw new UnusableFile('cut short');
      this.#ahead.copy(buffer, offset, at, at + length);
    } catch (error) {
      callback(error as Error);
      return;
    }
    callback(null);
  }

  override _readStreamForRange(): Readable {
    throw new Error('members are read by position');
  }
}
