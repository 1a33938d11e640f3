import { Builder, type Sizes } from './builder.ts';
import type { Network } from './types.ts';

export type VggDepth = 11 | 13 | 16;

/** Convolutions between poolings, as multiples of the width. */
const STAGES: Record<VggDepth, number[][]> = {
  11: [[1], [2], [4, 4], [8, 8], [8, 8]],
  13: [
    [1, 1],
    [2, 2],
    [4, 4],
    [8, 8],
    [8, 8],
  ],
  16: [
    [1, 1],
    [2, 2],
    [4, 4, 4],
    [8, 8, 8],
    [8, 8, 8],
  ],
};

/**
 * VGG with batch norm (Simonyan and Zisserman 2014; batch norm as in PyTorch's vgg*_bn) and, as is usual on CIFAR,
 * global average pooling and one dense layer in place of the three large ones. Convolutions have no bias, which
 * batch norm would take out again. VGG-16 for 10 classes: 14,723,136 + 5,130 parameters less 4,224 biases.
 * @param width filters of the first convolution, 64 in the paper
 */
export function vggNorm(name: string, depth: VggDepth, width: number, sizes: Sizes): Network {
  const b = new Builder();
  let x = 'input';
  for (const [stage, filters] of STAGES[depth].entries()) {
    for (const [i, factor] of filters.entries()) {
      const at = `stage${stage + 1}-conv${i + 1}`;
      x = b.normRelu(`${at}-bn`, b.conv(at, x, factor * width, 3, 1));
    }
    x = b.maxPool(`stage${stage + 1}-pool`, x);
  }
  b.head(x, sizes.classes);
  return { name, ...sizes, layers: b.layers };
}
