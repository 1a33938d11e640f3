import { Builder, type Sizes } from './builder.ts';
import type { Network } from './types.ts';

export type ResNetDepth = 18 | 34;

/** Basic blocks per group. */
const BLOCKS: Record<ResNetDepth, number[]> = { 18: [2, 2, 2, 2], 34: [3, 4, 6, 3] };

/**
 * Residual network with basic blocks (He et al. 2015): ReLU after the addition, batch norm on shortcuts that
 * change the shape. The ImageNet stem is a 7x7 convolution with stride 2 and 3x3 pooling with stride 2; the CIFAR
 * stem one 3x3 convolution with stride 1. ResNet-18 for 10 classes: 11,181,642 parameters, CIFAR stem 11,173,962.
 * @param width filters of the first group, 64 in the paper
 */
export function resNet(
  name: string,
  depth: ResNetDepth,
  stem: 'imagenet' | 'cifar',
  width: number,
  sizes: Sizes,
): Network {
  const b = new Builder();
  let x =
    stem === 'cifar'
      ? b.normRelu('bn1', b.conv('conv1', 'input', width, 3, 1))
      : b.maxPool('stem-pool', b.normRelu('bn1', b.conv('conv1', 'input', width, 7, 2)), 3);
  let channels = width;
  for (const [group, blocks] of BLOCKS[depth].entries()) {
    const filters = width * 2 ** group;
    for (let block = 0; block < blocks; block++) {
      const at = `group${group + 1}-block${block + 1}`;
      const stride = group > 0 && block === 0 ? 2 : 1;
      const inner = b.normRelu(`${at}-bn1`, b.conv(`${at}-conv1`, x, filters, 3, stride));
      const outer = b.norm(`${at}-bn2`, b.conv(`${at}-conv2`, inner, filters, 3, 1));
      const shortcut =
        stride === 1 && channels === filters
          ? x
          : b.norm(`${at}-shortcut-bn`, b.conv(`${at}-shortcut`, x, filters, 1, stride));
      x = b.relu(b.add(`${at}-add`, outer, shortcut));
      channels = filters;
    }
  }
  b.head(x, sizes.classes);
  return { name, ...sizes, layers: b.layers };
}

/**
 * ResNet-18 with pre-activation blocks and the CIFAR stem, as the common PyTorch code for CIFAR-10 has it: shortcuts
 * that change the shape convolve the activated input, and nothing is normalised after the last addition.
 * 11,171,146 parameters for 10 classes.
 * @param width filters of the first group, 64 in full
 */
export function preActResNet18(name: string, width: number, sizes: Sizes): Network {
  const b = new Builder();
  let x = b.conv('conv1', 'input', width, 3, 1);
  let channels = width;
  for (const [group, blocks] of BLOCKS[18].entries()) {
    const filters = width * 2 ** group;
    for (let block = 0; block < blocks; block++) {
      const at = `group${group + 1}-block${block + 1}`;
      const stride = group > 0 && block === 0 ? 2 : 1;
      const activated = b.normRelu(`${at}-bn1`, x);
      const shortcut =
        stride === 1 && channels === filters ? x : b.conv(`${at}-shortcut`, activated, filters, 1, stride);
      const inner = b.conv(`${at}-conv1`, activated, filters, 3, stride);
      const outer = b.conv(`${at}-conv2`, b.normRelu(`${at}-bn2`, inner), filters, 3, 1);
      x = b.add(`${at}-add`, outer, shortcut);
      channels = filters;
    }
  }
  b.head(x, sizes.classes);
  return { name, ...sizes, layers: b.layers };
}
