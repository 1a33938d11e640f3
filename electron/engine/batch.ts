import type { PixelObjective } from '../../shared/contract/engine.ts';
import { featureLayer } from '../../shared/networks/shapes.ts';
import type { Network } from '../../shared/networks/types.ts';

/**
 * Checks a batch before it reaches native code, where a wrong size would leak or read beyond the array.
 * @returns the number of images
 * @throws RangeError on a partial image, a label outside the classes, or lengths that differ
 */
export function checkBatch(
  network: Network,
  images: Uint8Array | Float32Array,
  labels?: Int32Array,
  weights?: Float32Array,
): number {
  const size = network.height * network.width * network.channels;
  const count = images.length / size;
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`a batch of ${images.length} values is no whole number of images of ${size} values`);
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

/** The same for what pixels are moved for. @returns the number of images @throws RangeError */
export function checkObjective(network: Network, objective: PixelObjective): number {
  const { pixels, labels, crossEntropy, features } = objective;
  const count = checkBatch(network, pixels, labels, crossEntropy);
  const size = count * featureLayer(network).size;
  if (features && (features.targets.length !== size || features.weights.length !== size)) {
    throw new RangeError(`${count} images need ${size} feature targets and weights`);
  }
  return count;
}
