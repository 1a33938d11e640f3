import type { Size } from './source.ts';

const SIGNATURE_BYTES = 8;
const CHUNK_HEADER_BYTES = 8;
const CHECKSUM_BYTES = 4;

/**
 * Size and transparency of a PNG, from the chunks in front of its pixels (PNG, third edition, 5.3 and 11): asking a
 * library costs as much as decoding a small image.
 * @param bytes the file, or its beginning
 * @returns null when there is more to it (an orientation in EXIF), or less than there must be: the library decides
 */
export function pngHeader(bytes: Buffer): (Size & { alpha: boolean }) | null {
  let at = SIGNATURE_BYTES;
  let header: (Size & { alpha: boolean }) | null = null;
  while (at + CHUNK_HEADER_BYTES <= bytes.length) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + CHUNK_HEADER_BYTES);
    const content = at + CHUNK_HEADER_BYTES;
    if (!header) {
      if (type !== 'IHDR' || length !== 13 || content + length > bytes.length) return null;
      const [width, height] = [bytes.readUInt32BE(content), bytes.readUInt32BE(content + 4)];
      const colour = bytes[content + 9]!;
      if (width === 0 || height === 0 || width > 0x7fffffff || height > 0x7fffffff) return null;
      header = { width, height, alpha: colour === 4 || colour === 6 };
    } else if (type === 'IDAT') return header;
    else if (type === 'tRNS') header.alpha = true;
    else if (type === 'eXIf' || type === 'IHDR') return null;
    at = content + length + CHECKSUM_BYTES;
  }
  return null;
}
