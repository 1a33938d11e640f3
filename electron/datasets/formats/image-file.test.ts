import * as path from 'node:path';
import { encode as encodeBmp } from 'bmp-ts';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { pixels, temporaryFolder, writeFiles } from '../test-support.ts';
import { inspectImage, readImage } from './image-file.ts';
import { UnusableFile } from './source.ts';

const SIDE = 12;
const RGB = pixels(3, SIDE);
const GREY = pixels(4, SIDE, 1);
const SIZE = { width: SIDE, height: SIDE };

function raw(data: Uint8Array | Uint16Array, channels: 1 | 2 | 3 | 4, side = SIDE) {
  return sharp(data, { raw: { width: side, height: side, channels } });
}

function tripled(grey: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: grey.length * 3 }, (_, i) => grey[Math.floor(i / 3)]!);
}

async function read(bytes: Uint8Array | string, size = SIZE): Promise<Uint8Array> {
  await using folder = await temporaryFolder();
  await writeFiles(folder.path, { 'image.png': bytes });
  return new Uint8Array(await readImage(path.join(folder.path, 'image.png'), size));
}

async function reason(bytes: Uint8Array | string): Promise<string> {
  const error: unknown = await read(bytes).catch((e: unknown) => e);
  if (error instanceof UnusableFile) return error.reason;
  throw new Error('it was read');
}

/** A PPM or PGM file. */
function netpbm(header: string, data: Uint8Array | string): Buffer {
  return Buffer.concat([Buffer.from(header), Buffer.from(data)]);
}

describe('images of the wanted size are copied bit for bit', () => {
  it.each([
    ['PNG', () => raw(RGB, 3).png().toBuffer(), RGB],
    ['interlaced PNG', () => raw(RGB, 3).png({ progressive: true }).toBuffer(), RGB],
    ['grey PNG', () => raw(GREY, 1).toColourspace('b-w').png().toBuffer(), tripled(GREY)],
    [
      'PNG with a colour profile',
      () => raw(RGB, 3).withIccProfile('p3', { attach: true }).png().toBuffer(),
      null,
    ],
    ['opaque PNG with alpha', () => raw(RGB, 3).ensureAlpha().png().toBuffer(), RGB],
    ['WebP', () => raw(RGB, 3).webp({ lossless: true }).toBuffer(), RGB],
    ['TIFF', () => raw(RGB, 3).tiff({ compression: 'lzw' }).toBuffer(), RGB],
    ['PPM', () => netpbm('P6\n# made here\n12 12\n255\n', RGB), RGB],
    ['text PPM', () => netpbm('P3 12 12 255\n', RGB.join(' ')), RGB],
    ['PGM', () => netpbm('P5 12 12 255\n', GREY), tripled(GREY)],
    ['text PGM', () => netpbm('P2\n12 12\n255\n', GREY.join('\n')), tripled(GREY)],
    ['BMP', () => encodeBmp({ data: abgr(RGB), width: SIDE, height: SIDE, bitPP: 24 }).data, RGB],
  ] as const)('%s', async (_, make, expected) => {
    const bytes = Buffer.from((await make()) as Uint8Array);
    // sharp converts pixels when it attaches a profile: there the pixels in the file are what is expected.
    const wanted =
      expected ?? new Uint8Array(await sharp(bytes, { ignoreIcc: true }).removeAlpha().raw().toBuffer());
    expect(await read(bytes)).toEqual(wanted);
  });

  it('GIF: its first frame', async () => {
    const flat = (value: number) => new Uint8Array(SIDE * SIDE * 3).fill(value);
    const frames = Buffer.concat([flat(250), flat(10)]);
    const gif = await sharp(frames, { raw: { width: SIDE, height: 2 * SIDE, channels: 3, pageHeight: SIDE } })
      .gif()
      .toBuffer();
    expect((await sharp(gif).metadata()).pages).toBe(2);
    expect((await read(gif))[0]).toBeGreaterThan(200);
  });
});

/** What the BMP encoder wants: alpha, blue, green, red. */
function abgr(rgb: Uint8Array): Buffer {
  const out = Buffer.alloc((rgb.length / 3) * 4);
  for (let i = 0; i < rgb.length / 3; i++)
    out.set([255, rgb[3 * i + 2]!, rgb[3 * i + 1]!, rgb[3 * i]!], 4 * i);
  return out;
}

describe('images are converted', () => {
  it('from 16 bits to 8 by the high byte', async () => {
    const deep = Uint16Array.from(RGB, (v, i) => v * 256 + (i % 256));
    const bytes = await raw(deep, 3).toColourspace('rgb16').png().toBuffer();
    expect((await sharp(bytes).metadata()).depth).toBe('ushort');
    expect(await read(bytes)).toEqual(RGB);
    const ppm = Buffer.alloc(2 * 432);
    RGB.forEach((v, i) => ppm.writeUInt16BE(v * 257, 2 * i));
    expect(await read(netpbm('P6 12 12 65535\n', ppm))).toEqual(RGB);
  });

  it('from CMYK through its profile', async () => {
    const red = new Uint8Array(SIDE * SIDE * 3).map((_, i) => (i % 3 === 0 ? 200 : 30));
    const bytes = await raw(red, 3).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
    expect((await sharp(bytes).metadata()).space).toBe('cmyk');
    const [r, g, b] = await read(bytes);
    expect(r!).toBeGreaterThan(150);
    expect(Math.max(g!, b!)).toBeLessThan(90);
  });

  it('with transparency laid over black', async () => {
    const rgba = new Uint8Array(SIDE * SIDE * 4).map((_, i) => [200, 100, 50, 0][i % 4]!);
    rgba.set([200, 100, 50, 128], 0);
    const got = await read(await raw(rgba, 4).png().toBuffer());
    expect([...got.subarray(3, 6)]).toEqual([0, 0, 0]);
    expect(Math.abs(got[0]! - 100)).toBeLessThanOrEqual(1);
  });

  it('turned upright by EXIF orientation', async () => {
    await using folder = await temporaryFolder();
    const wide = Uint8Array.from({ length: 16 * 8 * 3 }, (_, i) => (Math.floor(i / 3) % 16 < 8 ? 240 : 10));
    const bytes = await sharp(wide, { raw: { width: 16, height: 8, channels: 3 } })
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 100 })
      .toBuffer();
    await writeFiles(folder.path, { 'turned.jpg': bytes });
    const file = path.join(folder.path, 'turned.jpg');
    expect(await inspectImage(bytes, 'turned.jpg')).toMatchObject({ width: 8, height: 16 });
    const upright = await readImage(file, { width: 8, height: 16 });
    // A quarter turn to the right: the bright left half comes to lie on top.
    expect([upright[3 * 4]! > 200, upright[(15 * 8 + 4) * 3]! < 50]).toEqual([true, true]);
  });

  it('to another size, keeping flat colours flat', async () => {
    const flat = new Uint8Array(40 * 40 * 3).map((_, i) => [10, 120, 230][i % 3]!);
    for (const bytes of [await raw(flat, 3, 40).png().toBuffer(), netpbm('P6 40 40 255\n', flat)]) {
      const small = await read(bytes);
      expect(small).toHaveLength(SIDE * SIDE * 3);
      expect(new Set(small)).toEqual(new Set([10, 120, 230]));
    }
  });
});

describe('headers', () => {
  it('are read as the library reads them, for every kind of PNG and JPEG', async () => {
    const image = raw(pixels(1, 40), 3, 40).resize(40, 24, { fit: 'fill' });
    const made = [
      image.clone().png(),
      image.clone().png({ palette: true }),
      image.clone().greyscale().toColourspace('b-w').png(),
      image.clone().ensureAlpha(0.5).png(),
      image.clone().toColourspace('rgb16').png(),
      image.clone().jpeg(),
      image.clone().jpeg({ progressive: true, chromaSubsampling: '4:4:4' }),
      image.clone().greyscale().toColourspace('b-w').jpeg(),
      image.clone().toColourspace('cmyk').jpeg(),
      image.clone().withMetadata({ orientation: 8 }).jpeg(),
      image.clone().withMetadata({ orientation: 6 }).png(),
    ];
    for (const kind of made) {
      const bytes = await kind.toBuffer();
      const { autoOrient, hasAlpha, space } = await sharp(bytes).metadata();
      expect(await inspectImage(bytes, 'x')).toMatchObject({
        width: autoOrient.width,
        height: autoOrient.height,
        alpha: hasAlpha,
        cmyk: space === 'cmyk',
      });
    }
  });
});

describe('files that are no usable image say why', () => {
  const half = (bytes: Buffer) => bytes.subarray(0, bytes.length / 2);
  const jpeg = () => raw(pixels(1, 64), 3, 64).jpeg().toBuffer();

  it.each<[string, () => Promise<Uint8Array> | Uint8Array | string, RegExp]>([
    ['nothing', () => '', /^empty file \(zero bytes\)$/],
    ['text', () => 'hello', /^not an image in spite of its name$/],
    [
      'a PNG cut short',
      async () => half(await raw(pixels(1, 64), 3, 64).png().toBuffer()),
      /^damaged or cut short$/,
    ],
    ['a JPEG cut short', async () => half(await jpeg()), /^damaged or cut short$/],
    ['a PNG signature alone', () => Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), /^damaged or cut short$/],
    ['a PPM cut short', () => netpbm('P6 12 12 255\n', RGB.subarray(1)), /^cut short$/],
    ['a PPM without size', () => 'P6\n# only a comment', /^cut short$/],
    ['a PPM of silly size', () => 'P6 99999999999 1 255\n', /^damaged: width too large$/],
    ['a PGM above its maximum', () => 'P2 1 1 9\n12', /^damaged: a sample of 12 exceeds 9$/],
    ['a text PGM too short for its size', () => 'P2 9000 9000 255\n1 2 3', /^cut short$/],
    ['more than 100 megapixels', () => 'P5 20000 20000 255\n', /^too large: 20000 x 20000 pixels/],
    ['a BMP cut short', () => Buffer.concat([Buffer.from('BM'), Buffer.alloc(60)]), /^damaged/],
    ['a drawing', () => '<svg xmlns="http://www.w3.org/2000/svg"/>', /^drawings \(SVG\)/],
    ['a Git LFS pointer', () => 'version https://git-lfs.github.com/spec/v1\n', /Git LFS pointer/],
  ])('%s', async (_, make, expected) => {
    expect(await reason(await make())).toMatch(expected);
  });

  it('huge dimensions in a small PNG are not decoded', async () => {
    const bytes = await raw(RGB, 3).png().toBuffer();
    bytes.writeUInt32BE(30000, 16);
    bytes.writeUInt32BE(30000, 20);
    expect(await reason(bytes)).toMatch(/^(too large: 30000 x 30000|damaged)/);
  });

  it('a missing file and a folder', async () => {
    await using folder = await temporaryFolder();
    const size = { width: 8, height: 8 };
    await expect(readImage(path.join(folder.path, 'no.png'), size)).rejects.toThrow('it does not exist');
    await expect(readImage(folder.path, size)).rejects.toThrow('not a regular file');
  });
});
