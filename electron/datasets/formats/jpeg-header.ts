import type { Size } from './source.ts';

/**
 * Size of a plain JPEG, from the segments in front of its pixels (ITU-T T.81, annex B): asking a library costs a
 * quarter of decoding the image.
 * @param bytes the file, or its beginning
 * @returns null when there is more to it (EXIF with an orientation, other colours than grey and YCbCr), or less than
 * there must be: the library decides
 */
export function jpegHeader(bytes: Buffer): Size | null {
  let at = 2;
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) return null;
    const marker = bytes[at + 1]!;
    const length = bytes.readUInt16BE(at + 2);
    const content = at + 4;
    if (length < 2) return null;
    // Baseline, extended and progressive frames.
    if (marker >= 0xc0 && marker <= 0xc2) {
      if (length < 8 || content + 6 > bytes.length) return null;
      const [height, width] = [bytes.readUInt16BE(content + 1), bytes.readUInt16BE(content + 3)];
      const components = bytes[content + 5]!;
      const plain = bytes[content] === 8 && (components === 1 || components === 3);
      return plain && width > 0 && height > 0 ? { width, height } : null;
    }
    // Other frames, the end, the pixels; EXIF and Adobe's segment change how the image is to be read.
    if (marker < 0xc4 || (marker > 0xc4 && marker < 0xdb && marker !== 0xcc)) return null;
    if (marker === 0xe1 || marker === 0xee) return null;
    at += 2 + length;
  }
  return null;
}
