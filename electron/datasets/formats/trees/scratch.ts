import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { createGunzip } from 'node:zlib';
import { pipeline } from 'node:stream/promises';
import { type Duplex, Readable } from 'node:stream';
import { ExpectedError } from '../../../../shared/contract/errors.ts';
import { asStorageError, systemCode } from '../../storage-errors.ts';
import { draftFolder } from '../../temporary.ts';
import { UnusableFile } from '../source.ts';
import { type Closers, FileSlice } from './file-slice.ts';

/** Left free on the disk, whatever is unpacked. */
const RESERVE_BYTES = 500 * 1000 * 1000;
/** What unpacks to more than so many times its size is made to fill a disk; images are packed already. */
const MAX_RATIO = 200;
/** Below this the ratio is of no matter: an array of zeros is no attack. */
const HARMLESS_BYTES = 256 * 1000 * 1000;

/**
 * Where an import lays what it must unpack to read it by position, and what it must close at its end. The folder
 * lies in the data folder, is made when it is first needed and removed at the end; the next import removes it
 * where a process was killed.
 */
export class Scratch implements Closers, AsyncDisposable {
  readonly #into: string;
  readonly #signal: AbortSignal | undefined;
  #folder: Promise<string> | null = null;
  #count = 0;
  readonly #closers: (() => Promise<unknown>)[] = [];

  constructor(into: string, signal?: AbortSignal) {
    this.#into = into;
    this.#signal = signal;
  }

  defer(close: () => Promise<unknown>): void {
    this.#closers.push(close);
  }

  /** A new file to write. */
  async create(): Promise<{ path: string; handle: fs.FileHandle }> {
    try {
      this.#folder ??= draftFolder(this.#into);
      const file = path.join(await this.#folder, String(this.#count++));
      return { path: file, handle: await fs.open(file, 'wx') };
    } catch (error) {
      throw asStorageError(error, this.#into);
    }
  }

  /**
   * Writes a stream into a new file and opens it.
   * @param packed bytes it comes from, against which what it unpacks to is measured
   * @throws ExpectedError 'bad-input' for a bomb, 'storage' when the disk has not the room; UnusableFile when damaged
   */
  async unpack(name: string, content: AsyncIterable<Buffer>, packed: number): Promise<FileSlice> {
    const { path: file, handle } = await this.create();
    let length = 0;
    let room = await this.#room();
    let checked = 0;
    try {
      for await (const chunk of content) {
        this.throwIfCancelled();
        length += chunk.length;
        if (length > HARMLESS_BYTES && length > packed * MAX_RATIO) {
          throw new ExpectedError(
            'bad-input',
            `${name} unpacks to more than ${MAX_RATIO} times its size: this is no data set.`,
          );
        }
        if (length - checked > room) {
          room = await this.#room();
          checked = length;
          if (room <= 0) {
            throw new ExpectedError(
              'storage',
              `The disk has not enough room to unpack ${name} in ${this.#into}.`,
              'Free some space, or unpack it elsewhere and choose the folder.',
            );
          }
        }
        await writeAll(handle, chunk);
      }
    } catch (error) {
      throw systemCode(error)?.startsWith('Z_')
        ? new UnusableFile('damaged or cut short')
        : this.#stored(error);
    } finally {
      await handle.close();
    }
    return FileSlice.open(file, this, name);
  }

  /** Unpacks a gzip file. */
  gunzip(source: FileSlice): Promise<FileSlice> {
    return this.unpack(source.name, unpacked(source, createGunzip()), source.length);
  }

  throwIfCancelled(): void {
    if (this.#signal?.aborted) throw new ExpectedError('cancelled', 'The import was cancelled.');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
    const folder = await this.#folder?.catch(() => null);
    if (folder) await fs.rm(folder, { recursive: true, force: true });
  }

  async #room(): Promise<number> {
    const { bavail, bsize } = await fs.statfs(this.#into);
    return bavail * bsize - RESERVE_BYTES;
  }

  #stored(error: unknown): unknown {
    return error instanceof UnusableFile ? error : asStorageError(error, this.#into);
  }
}

/** What a file's content unpacks to. */
export function unpacked(source: FileSlice, transform: Duplex): AsyncIterable<Buffer> {
  // What it fails with is thrown while the content is read; until then nobody listens.
  transform.on('error', () => undefined);
  pipeline(Readable.from(source.chunks()), transform).catch(() => undefined);
  return transform as AsyncIterable<Buffer>;
}

/** Writes all of the bytes at the file's end. */
export async function writeAll(handle: fs.FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done);
    done += bytesWritten;
  }
}
