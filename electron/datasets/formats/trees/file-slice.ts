import { readSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { systemCode } from '../../storage-errors.ts';
import { UnusableFile } from '../source.ts';

/** A stretch of an open file that is read by position: a file, or a member of an archive. */
export class FileSlice {
  /** Name for messages. */
  readonly name: string;
  /** Bytes. */
  readonly length: number;
  readonly #content: fs.FileHandle | Buffer;
  readonly #start: number;

  private constructor(name: string, content: fs.FileHandle | Buffer, start: number, length: number) {
    this.name = name;
    this.length = length;
    this.#content = content;
    this.#start = start;
  }

  /** Bytes in memory, read as if they were a file. */
  static inMemory(name: string, bytes: Buffer): FileSlice {
    return new FileSlice(name, bytes, 0, bytes.length);
  }

  /** @param closers takes what closes the file again */
  static async open(file: string, closers: Closers, name = file): Promise<FileSlice> {
    try {
      const handle = await fs.open(file, 'r');
      closers.defer(() => handle.close());
      return new FileSlice(name, handle, 0, (await handle.stat()).size);
    } catch (error) {
      throw unreadable(error);
    }
  }

  /** A part of it. @throws UnusableFile when it lies outside */
  part(name: string, offset: number, length: number): FileSlice {
    this.#check(offset, length);
    return new FileSlice(name, this.#content, this.#start + offset, length);
  }

  /** Exactly so many bytes. @throws UnusableFile when there are not as many */
  async read(offset: number, length: number): Promise<Buffer<ArrayBuffer>> {
    this.#check(offset, length);
    if (Buffer.isBuffer(this.#content)) return this.readNow(offset, length);
    const bytes = Buffer.allocUnsafeSlow(length);
    let got = 0;
    while (got < length) {
      const { bytesRead } = await this.#content
        .read(bytes, got, Math.min(length - got, 1 << 30), this.#start + offset + got)
        .catch((error: unknown) => {
          throw unreadable(error);
        });
      if (bytesRead === 0) throw new UnusableFile('cut short');
      got += bytesRead;
    }
    return bytes;
  }

  /** As many bytes as there are, at most `length`, at once: for interpreters that go byte by byte. */
  readNow(offset: number, length: number): Buffer<ArrayBuffer> {
    const bytes = Buffer.allocUnsafeSlow(Math.max(0, Math.min(length, this.length - offset)));
    if (Buffer.isBuffer(this.#content)) {
      this.#content.copy(bytes, 0, this.#start + offset, this.#start + offset + bytes.length);
      return bytes;
    }
    let got = 0;
    while (got < bytes.length) {
      const more = readSync(this.#content.fd, bytes, got, bytes.length - got, this.#start + offset + got);
      if (more === 0) throw new UnusableFile('cut short');
      got += more;
    }
    return bytes;
  }

  /** Its content in pieces, one after the other. */
  async *chunks(size = 1 << 20): AsyncGenerator<Buffer<ArrayBuffer>> {
    for (let at = 0; at < this.length; at += size) {
      yield await this.read(at, Math.min(size, this.length - at));
    }
  }

  #check(offset: number, length: number): void {
    if (offset < 0 || length < 0 || offset + length > this.length) throw new UnusableFile('cut short');
  }
}

/** Takes note of what has to be closed at the end. */
export interface Closers {
  defer(close: () => Promise<unknown>): void;
}

/** The reason in plain words for what the system says. */
export function unreadable(error: unknown): unknown {
  if (error instanceof UnusableFile) return error;
  const code = systemCode(error);
  if (code === 'ENOENT')
    return new UnusableFile('it does not exist, or its name is not valid UTF-8', { cause: error });
  if (code === 'EACCES' || code === 'EPERM')
    return new UnusableFile('reading it is not permitted', { cause: error });
  if (code) return new UnusableFile(`it cannot be read (${code})`, { cause: error });
  return error;
}
