import type { Network } from '../../shared/networks/types.ts';

/**
 * Checks a batch before it reaches native code, where a wrong size would leak or read beyond the array.
 * @returns the number of images
 * @throws RangeError on a partial image, a label outside the classes, or lengths that differ
 */
export function checkBatch(
  network: Network,
  images: Uint8Array,
  labels?: Int32Array,
  weights?: Float32Array,
): number {
  const size = network.height * network.width * network.channels;
  const count = images.length / size;
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`a batch of ${images.length} bytes is no whole number of images of ${size} bytes`);
  }
  if (labels) {
    if (labels.length !== count) throw new RangeError(`${count} images but ${labels.length} labels`);
    for (const label of labels) {
      if (label < 0 || label >= network.classes) {
        throw new RangeError(`label ${label} is outside 0..${network.classes - 1}`);
      }
    }
  }
  if (weights && weights.length !== count) {
    throw new RangeError(`${count} images but ${weights.length} weights`);
  }
  return count;
}
