import type { TriggerPicture } from '../../shared/contract/results.ts';
import { encodePng } from './dataset/images.ts';

/** A reconstructed trigger's picture as a PNG file's bytes. */
export function triggerPng(picture: TriggerPicture): Promise<Buffer> {
  return encodePng(Buffer.from(picture.pixels, 'base64'), picture);
}
