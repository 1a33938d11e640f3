import * as fs from 'node:fs/promises';
import { decode as decodeBmp } from 'bmp-ts';
import sharp from 'sharp';
import { systemCode } from '../storage-errors.ts';
import { type ImageType, imageType } from './image-type.ts';
import { decodeNetpbm, netpbmHeader } from './netpbm.ts';
import { type Size, UnusableFile } from './source.ts';

export const MAX_FILE_BYTES = 200 * 1000 * 1000;
export const MAX_PIXELS = 100 * 1000 * 1000;
/** Larger files are read one at a time, which bounds memory. */
const LARGE_FILE_BYTES = 4 << 20;

// Many small images: the pool in front gives the parallelism, caches and inner threads only cost memory.
sharp.cache(false);
sharp.concurrency(1);

export interface ImageHeader extends Size {
  type: ImageType;
  /** Colours must be converted through their profile. */
  cmyk: boolean;
  alpha: boolean;
}

/**
 * What the header of an image file says; the size is the upright one.
 * @throws UnusableFile with the reason in plain words
 */
export async function inspectImage(file: string): Promise<ImageHeader> {
  return withBytes(file, readHeader);
}

/**
 * Decodes an image file to red, green, blue in the wanted size. What is done on the way:
 * EXIF orientation is applied; transparency is laid over black; 16 bits become 8 (the high byte);
 * CMYK is converted through its profile; other colour profiles are ignored, as training code does;
 * of animations the first frame counts. An image that already has the size keeps its pixels bit for bit;
 * others are stretched to it (Lanczos), which keeps every corner in view.
 * @param known the file's header, if it was read before
 * @throws UnusableFile with the reason in plain words
 */
export async function readImage(file: string, size: Size, known?: ImageHeader): Promise<Uint8Array> {
  return withBytes(file, async (bytes, type) => {
    const header = known?.type === type ? known : await readHeader(bytes, type);
    if (type === 'bmp') return resizePixels(bmpPixels(bytes), size);
    if (type === 'netpbm') return resizePixels(decodeNetpbm(bytes), size);
    return decodeWithSharp(bytes, size, header);
  });
}

/** Red, green, blue of decoded pixels in the wanted size; bit for bit the same when it has that size already. */
export async function resizePixels(
  image: Size & { channels: 1 | 3; data: Uint8Array },
  size: Size,
): Promise<Uint8Array> {
  const { width, height, channels } = image;
  if (width === size.width && height === size.height) return toRgb(image.data, channels);
  const raw = await sharp(image.data, { raw: { width, height, channels } })
    .resize(size.width, size.height, { fit: 'fill', kernel: 'lanczos3' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return toRgb(raw.data, raw.info.channels);
}

async function decodeWithSharp(bytes: Buffer, size: Size, header: ImageHeader): Promise<Uint8Array> {
  let image = sharp(bytes, {
    limitInputPixels: MAX_PIXELS,
    failOn: 'error',
    ignoreIcc: !header.cmyk,
    autoOrient: true,
  });
  if (header.alpha) image = image.flatten({ background: '#000000' });
  if (header.width !== size.width || header.height !== size.height) {
    image = image.resize(size.width, size.height, {
      fit: 'fill',
      kernel: 'lanczos3',
      fastShrinkOnLoad: false,
    });
  }
  try {
    const { data, info } = await image
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.width !== size.width || info.height !== size.height)
      throw new UnusableFile('it changed during the import');
    return toRgb(data, info.channels);
  } catch (error) {
    throw damaged(error);
  }
}

async function readHeader(bytes: Buffer, type: ImageType): Promise<ImageHeader> {
  const header = await headerOf(bytes, type);
  if (header.width * header.height <= MAX_PIXELS) return header;
  throw new UnusableFile(
    `too large: ${header.width} x ${header.height} pixels (the limit is 100 megapixels)`,
  );
}

async function headerOf(bytes: Buffer, type: ImageType): Promise<ImageHeader> {
  const plain = { type, cmyk: false, alpha: false };
  if (type === 'netpbm') {
    const { width, height } = netpbmHeader(bytes);
    return { ...plain, width, height };
  }
  if (type === 'bmp') return { ...plain, ...bmpSize(bytes) };
  try {
    // The limit on pixels is checked by the caller, with a reason of its own.
    const { autoOrient, space, hasAlpha } = await sharp(bytes, { limitInputPixels: false }).metadata();
    return {
      type,
      width: autoOrient.width,
      height: autoOrient.height,
      cmyk: space === 'cmyk',
      alpha: hasAlpha,
    };
  } catch (error) {
    throw damaged(error);
  }
}

/** Width and height of BITMAPCOREHEADER or BITMAPINFOHEADER; a negative height means rows from the top. */
function bmpSize(bytes: Buffer): Size {
  const old = bytes.readUInt32LE(14) === 12;
  const width = old ? bytes.readUInt16LE(18) : bytes.readInt32LE(18);
  const height = Math.abs(old ? bytes.readUInt16LE(20) : bytes.readInt32LE(22));
  if (width < 1 || height < 1) throw new UnusableFile('damaged: its header gives no size');
  return { width, height };
}

function bmpPixels(bytes: Buffer): Size & { channels: 3; data: Uint8Array } {
  let image: { width: number; height: number; data: Uint8Array };
  try {
    image = decodeBmp(bytes, { toRGBA: true });
  } catch (error) {
    throw damaged(error);
  }
  const width = image.width;
  const height = Math.abs(image.height);
  const count = width * height;
  if (image.data.length < count * 4) throw new UnusableFile('damaged or cut short');
  const data = new Uint8Array(count * 3);
  for (let i = 0; i < count; i++) {
    data[3 * i] = image.data[4 * i]!;
    data[3 * i + 1] = image.data[4 * i + 1]!;
    data[3 * i + 2] = image.data[4 * i + 2]!;
  }
  return { width, height, channels: 3, data };
}

function toRgb(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return data;
  const count = data.length / channels;
  const rgb = new Uint8Array(count * 3);
  for (let i = 0; i < count; i++) {
    const first = channels * i;
    const colour = channels > 2;
    rgb[3 * i] = data[first]!;
    rgb[3 * i + 1] = data[colour ? first + 1 : first]!;
    rgb[3 * i + 2] = data[colour ? first + 2 : first]!;
  }
  return rgb;
}

function damaged(error: unknown): UnusableFile {
  if (error instanceof UnusableFile) return error;
  // What a library says differs between versions and even between runs: it stays out of stored lists.
  return new UnusableFile('damaged or cut short', { cause: error });
}

let largeFiles: Promise<unknown> = Promise.resolve();

async function withBytes<T>(file: string, use: (bytes: Buffer, type: ImageType) => Promise<T>): Promise<T> {
  let size: number;
  try {
    const state = await fs.stat(file);
    if (!state.isFile()) throw new UnusableFile('not a regular file');
    size = state.size;
  } catch (error) {
    throw unreadable(error);
  }
  if (size > MAX_FILE_BYTES) {
    throw new UnusableFile(`too large: ${Math.round(size / 1e6)} MB (the limit is 200 MB)`);
  }
  const work = async () => {
    const bytes = await fs.readFile(file).catch((error: unknown) => {
      throw unreadable(error);
    });
    return use(bytes, imageType(bytes.subarray(0, 64), file));
  };
  if (size <= LARGE_FILE_BYTES) return work();
  const turn = largeFiles.then(work, work);
  largeFiles = turn.catch(() => undefined);
  return turn;
}

function unreadable(error: unknown): unknown {
  if (error instanceof UnusableFile) return error;
  const code = systemCode(error);
  if (code === 'ENOENT')
    return new UnusableFile('it does not exist, or its name is not valid UTF-8', { cause: error });
  if (code === 'EACCES' || code === 'EPERM')
    return new UnusableFile('reading it is not permitted', { cause: error });
  if (code) return new UnusableFile(`it cannot be read (${code})`, { cause: error });
  return error;
}
