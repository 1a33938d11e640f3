import * as fs from 'node:fs/promises';
import { decode as decodeBmp } from 'bmp-ts';
import sharp from 'sharp';
import { type ImageType, imageType } from './image-type.ts';
import { decodeNetpbm, netpbmHeader } from './netpbm.ts';
import { jpegHeader } from './jpeg-header.ts';
import { pngHeader } from './png-header.ts';
import { type Size, UnusableFile } from './source.ts';
import { tooLarge } from './trees/disk-tree.ts';
import { unreadable } from './trees/file-slice.ts';

export const MAX_FILE_BYTES = 200 * 1000 * 1000;
export const MAX_PIXELS = 100 * 1000 * 1000;

// Many small images: the pool in front gives the parallelism, caches and inner threads only cost memory.
sharp.cache(false);
sharp.concurrency(1);

export interface ImageHeader extends Size {
  type: ImageType;
  /** Colours must be converted through their profile. */
  cmyk: boolean;
  alpha: boolean;
}

/** A part of an image, in pixels from its upper left corner. */
export interface Crop extends Size {
  left: number;
  top: number;
}

/**
 * What the header of an image says; the size is the upright one. @param bytes the file, or enough of its beginning
 * @throws UnusableFile with the reason in plain words
 */
export async function inspectImage(bytes: Buffer, name: string): Promise<ImageHeader> {
  const type = imageType(bytes.subarray(0, 64), name);
  const header = await headerOf(bytes, type);
  if (header.width * header.height <= MAX_PIXELS) return header;
  throw new UnusableFile(
    `too large: ${header.width} x ${header.height} pixels (the limit is 100 megapixels)`,
  );
}

/**
 * Decodes an image to red, green, blue in the wanted size. What is done on the way:
 * EXIF orientation is applied; transparency is laid over black; 16 bits become 8 (the high byte);
 * CMYK is converted through its profile; other colour profiles are ignored, as training code does;
 * of animations the first frame counts. An image that already has the size keeps its pixels bit for bit;
 * others are stretched to it (Lanczos), which keeps every corner in view.
 * @param known its header, if it was read before
 * @param crop the part that counts
 * @throws UnusableFile with the reason in plain words
 */
export async function decodeImage(
  bytes: Buffer,
  name: string,
  size: Size,
  known?: ImageHeader,
  crop?: Crop,
): Promise<Uint8Array> {
  const type = imageType(bytes.subarray(0, 64), name);
  const header = known?.type === type ? known : await inspectImage(bytes, name);
  if (type === 'bmp') return resizePixels(cropped(bmpPixels(bytes), crop), size);
  if (type === 'netpbm') return resizePixels(cropped(decodeNetpbm(bytes), crop), size);
  return decodeWithSharp(bytes, size, header, crop);
}

/** The bytes of an image file. @throws UnusableFile when it cannot be read or is too large */
export async function readImageFile(file: string): Promise<Buffer> {
  try {
    const state = await fs.stat(file);
    if (!state.isFile()) throw new UnusableFile('not a regular file');
    if (state.size > MAX_FILE_BYTES) throw tooLarge(state.size, MAX_FILE_BYTES);
    return await fs.readFile(file);
  } catch (error) {
    throw unreadable(error);
  }
}

/** Decodes an image file, as `decodeImage` does. @throws UnusableFile with the reason in plain words */
export async function readImage(file: string, size: Size): Promise<Uint8Array> {
  return decodeImage(await readImageFile(file), file, size);
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

async function decodeWithSharp(
  bytes: Buffer,
  size: Size,
  header: ImageHeader,
  crop: Crop | undefined,
): Promise<Uint8Array> {
  let image = sharp(bytes, {
    limitInputPixels: MAX_PIXELS,
    failOn: 'error',
    ignoreIcc: !header.cmyk,
    autoOrient: true,
  });
  if (header.alpha) image = image.flatten({ background: '#000000' });
  if (crop) image = image.extract(crop);
  const { width, height } = crop ?? header;
  if (width !== size.width || height !== size.height) {
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

async function headerOf(bytes: Buffer, type: ImageType): Promise<ImageHeader> {
  const plain = { type, cmyk: false, alpha: false };
  if (type === 'netpbm') {
    const { width, height } = netpbmHeader(bytes);
    return { ...plain, width, height };
  }
  if (type === 'bmp') return { ...plain, ...bmpSize(bytes) };
  const png = type === 'png' ? pngHeader(bytes) : null;
  if (png) return { ...plain, ...png };
  const jpeg = type === 'jpeg' ? jpegHeader(bytes) : null;
  if (jpeg) return { ...plain, ...jpeg };
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

function cropped<T extends Size & { channels: 1 | 3; data: Uint8Array }>(image: T, crop: Crop | undefined) {
  if (!crop) return image;
  const { channels } = image;
  const data = new Uint8Array(crop.width * crop.height * channels);
  for (let y = 0; y < crop.height; y++) {
    const from = ((crop.top + y) * image.width + crop.left) * channels;
    data.set(image.data.subarray(from, from + crop.width * channels), y * crop.width * channels);
  }
  return { width: crop.width, height: crop.height, channels, data };
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
