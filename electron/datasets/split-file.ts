import { createHash, type Hash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import type { SplitName } from '../../shared/contract/dataset.ts';

const BUFFER_BYTES = 1 << 20;

/** One split on its way to the disk: images are streamed, labels and ids stay in memory until the end. */
export class SplitFile {
  readonly folder: string;
  readonly split: SplitName;
  #handle: fs.FileHandle;
  #open = true;
  #hash: Hash = createHash('sha256');
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  /** Where the next bytes are written. */
  #position = 0;
  #ahead: Buffer<ArrayBuffer> = Buffer.alloc(0);
  #labels: number[] = [];
  #ids: string[] = [];
  imagesDigest = '';
  labelsDigest = '';

  private constructor(folder: string, split: SplitName, handle: fs.FileHandle) {
    this.folder = folder;
    this.split = split;
    this.#handle = handle;
  }

  static async create(folder: string, split: SplitName): Promise<SplitFile> {
    return new SplitFile(folder, split, await fs.open(path.join(folder, `${split}.images`), 'wx+'));
  }

  /** Goes on with a file that an earlier process left; what it holds must be repeated first. */
  static async reopen(folder: string, split: SplitName): Promise<SplitFile> {
    return new SplitFile(folder, split, await fs.open(path.join(folder, `${split}.images`), 'r+'));
  }

  get count(): number {
    return this.#labels.length;
  }

  async append(images: Uint8Array, labels: ArrayLike<number>, ids: string[]): Promise<void> {
    if (labels.length !== ids.length) throw new RangeError('labels and ids differ in number');
    for (let i = 0; i < labels.length; i++) this.#labels.push(labels[i]!);
    for (const id of ids) this.#ids.push(id);
    this.#pending.push(images);
    this.#pendingBytes += images.length;
    if (this.#pendingBytes >= BUFFER_BYTES) await this.#flush();
  }

  /** Takes the next image that is in the file already. @throws RangeError when there is none */
  async repeat(bytes: number, label: number, id: string): Promise<Uint8Array> {
    if (this.#ahead.length < bytes) {
      const buffer = Buffer.allocUnsafeSlow(Math.ceil(BUFFER_BYTES / bytes) * bytes);
      const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, this.#position);
      this.#ahead = buffer.subarray(0, bytesRead);
      if (bytesRead < bytes) throw new RangeError(`${this.split}.images ends before image ${this.count}`);
    }
    const image = this.#ahead.subarray(0, bytes);
    this.#ahead = this.#ahead.subarray(bytes);
    this.#position += bytes;
    this.#hash.update(image);
    this.#labels.push(label);
    this.#ids.push(id);
    return image;
  }

  /** Cuts off what was written after what was repeated. */
  async endRepetition(): Promise<void> {
    this.#ahead = Buffer.alloc(0);
    await this.#handle.truncate(this.#position);
  }

  /** Returns when all that was appended is on the disk. */
  async sync(): Promise<void> {
    if (this.#pendingBytes > 0) await this.#flush();
    await this.#handle.datasync();
  }

  /** Writes labels and ids, makes all files durable and computes the digests. */
  async close(relabel: Int32Array | undefined, dropColour: boolean): Promise<void> {
    await this.#flush();
    if (dropColour) await this.#keepFirstChannel();
    await this.#handle.sync();
    await this.release();
    this.imagesDigest = this.#hash.digest('hex');
    const labels = int32Bytes(relabel ? this.#labels.map((label) => relabel[label]!) : this.#labels);
    this.labelsDigest = createHash('sha256').update(labels).digest('hex');
    await fs.writeFile(path.join(this.folder, `${this.split}.labels`), labels, { flush: true });
    const ids = JSON.stringify(this.#ids);
    await fs.writeFile(path.join(this.folder, `${this.split}.ids`), ids, { flush: true });
  }

  async release(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#handle.close();
  }

  async #flush(): Promise<void> {
    const bytes = this.#pending.length === 1 ? this.#pending[0]! : Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#hash.update(bytes);
    await writeAll(this.#handle, bytes, this.#position);
    this.#position += bytes.length;
  }

  /** Whether a set is grey is known only when its last image was seen: then the file is written anew. */
  async #keepFirstChannel(): Promise<void> {
    const coloured = path.join(this.folder, `${this.split}.images`);
    const grey = path.join(this.folder, `${this.split}.grey`);
    const source = await fs.open(coloured, 'r');
    const target = await fs.open(grey, 'wx');
    try {
      const hash = createHash('sha256');
      const buffer = new Uint8Array(3 * BUFFER_BYTES);
      let at = 0;
      for (;;) {
        const got = await readFull(source, buffer);
        if (got === 0) break;
        const kept = new Uint8Array(got / 3);
        for (let i = 0; i < kept.length; i++) kept[i] = buffer[3 * i]!;
        hash.update(kept);
        await writeAll(target, kept, at);
        at += kept.length;
      }
      this.#hash = hash;
    } catch (error) {
      await target.close();
      throw error;
    } finally {
      await source.close();
    }
    await this.#handle.close();
    this.#handle = target;
    await fs.rename(grey, coloured);
  }
}

/** Little-endian bytes of 32-bit integers, whatever the machine. */
export function int32Bytes(values: ArrayLike<number>): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (let i = 0; i < values.length; i++) bytes.writeInt32LE(values[i]!, i * 4);
  return bytes;
}

async function writeAll(handle: fs.FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

async function readFull(handle: fs.FileHandle, buffer: Uint8Array): Promise<number> {
  let got = 0;
  while (got < buffer.length) {
    const { bytesRead } = await handle.read(buffer, got, buffer.length - got);
    if (bytesRead === 0) break;
    got += bytesRead;
  }
  return got;
}
