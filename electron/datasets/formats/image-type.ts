import { isNetpbm } from './netpbm.ts';
import { UnusableFile } from './source.ts';

export type ImageType = 'png' | 'jpeg' | 'gif' | 'webp' | 'tiff' | 'bmp' | 'netpbm';

const IMAGE_NAME = /\.(png|jpe?g|jfif|gif|webp|tiff?|bmp|p[gpn]m|heic|avif|svg|ico|psd|jp2)$/i;

/** Whether the name alone promises an image. */
export function looksLikeImageName(name: string): boolean {
  return IMAGE_NAME.test(name);
}

/**
 * The type of an image by its first bytes (64 suffice), whatever the file is called.
 * @throws UnusableFile with the reason when it is not an image that can be read
 */
export function imageType(head: Uint8Array, name: string): ImageType {
  if (head.length === 0) throw new UnusableFile('empty file (zero bytes)');
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(64, head.length)).toString('latin1');
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return 'gif';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'webp';
  if (/^(II\*\0|MM\0\*|II\+\0|MM\0\+)/.test(text)) return 'tiff';
  if (text.startsWith('BM') && head.length >= 26) return 'bmp';
  if (isNetpbm(head)) return 'netpbm';
  throw new UnusableFile(otherType(text, name));
}

function otherType(text: string, name: string): string {
  if (text.slice(4, 8) === 'ftyp') return 'HEIF, AVIF and video files are not supported';
  if (/^\s*<(\?xml|svg|!DOCTYPE svg)/i.test(text)) return 'drawings (SVG) and XML files are not supported';
  if (text.startsWith('8BPS')) return 'Photoshop files are not supported';
  if (/^P[1457f F]\s/i.test(text)) return 'this kind of Netpbm file is not supported';
  if (text.startsWith('%PDF')) return 'PDF files are not supported';
  if (text.startsWith('version https://git-lfs')) {
    return 'a Git LFS pointer, not the image itself (fetch the images with git lfs pull)';
  }
  return looksLikeImageName(name) ? 'not an image in spite of its name' : 'not an image (unsupported type)';
}
