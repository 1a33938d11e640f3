import { ExpectedError } from '../contract/errors.ts';
import { Builder, type Sizes } from './builder.ts';
import { preActResNet18, resNet, type ResNetDepth } from './resnet.ts';
import type { Network } from './types.ts';
import { vggNorm, type VggDepth } from './vgg.ts';

export type { Sizes };

/**
 * Wide residual network WRN-depth-widen with pre-activation basic blocks (Zagoruyko and Komodakis, 2016) as
 * the ABL code uses it: where a block changes the number of channels its shortcut is a 1x1 convolution of the
 * activated input. Global average pooling makes it fit any input size (the original pools 8x8 only).
 * WRN-16-1 for 10 classes has 175,066 parameters.
 * @param depth 6n + 4: 10, 16, 22, 28, 34, 40 …
 * @param widen 1..20
 */
export function wideResNet(depth: number, widen: number, sizes: Sizes): Network {
  const blocks = (depth - 4) / 6;
  if (!Number.isInteger(blocks) || blocks < 1 || depth > 112) {
    throw new ExpectedError('usage', `WRN depth must be 6n + 4, such as 10, 16, 28 or 40; got ${depth}.`);
  }
  if (!Number.isInteger(widen) || widen < 1 || widen > 20) {
    throw new ExpectedError('usage', `WRN width must be a whole number from 1 to 20; got ${widen}.`);
  }
  const b = new Builder();
  let x = b.conv('conv', 'input', 16, 3, 1);
  let channels = 16;
  for (const [group, filters] of [16 * widen, 32 * widen, 64 * widen].entries()) {
    for (let block = 0; block < blocks; block++) {
      const name = `group${group + 1}-block${block + 1}`;
      const stride = group > 0 && block === 0 ? 2 : 1;
      const activated = b.normRelu(`${name}-bn1`, x);
      const shortcut = channels === filters ? x : b.conv(`${name}-shortcut`, activated, filters, 1, stride);
      const inner = b.conv(`${name}-conv1`, activated, filters, 3, stride);
      const outer = b.conv(`${name}-conv2`, b.normRelu(`${name}-bn2`, inner), filters, 3, 1);
      x = b.add(`${name}-add`, outer, shortcut);
      channels = filters;
    }
  }
  b.head(b.normRelu('bn', x), sizes.classes);
  return { name: `wrn-${depth}-${widen}`, ...sizes, layers: b.layers };
}

/** Three 3x3 convolutions (16, 32, 64 filters) with batch norm, ReLU and 2x2 max-pooling: quick checks on a CPU. */
export function smallCnn(sizes: Sizes): Network {
  return threeConvolutions('small-cnn', 16, sizes);
}

/** Half as wide, for two answers: the careful method's detector of a trigger. */
export function detectorCnn(sizes: Omit<Sizes, 'classes'>): Network {
  return threeConvolutions('detector', 8, { ...sizes, classes: 2 });
}

function threeConvolutions(name: string, width: number, sizes: Sizes): Network {
  const b = new Builder();
  let x = 'input';
  for (const [i, filters] of [width, 2 * width, 4 * width].entries()) {
    const conv = b.conv(`conv${i + 1}`, x, filters, 3, 1);
    x = b.maxPool(`pool${i + 1}`, b.normRelu(`bn${i + 1}`, conv));
  }
  b.head(x, sizes.classes);
  return { name, ...sizes, layers: b.layers };
}

/** Every network there is, in words; {N} stands for numbers. */
export const NETWORKS =
  'small-cnn, wrn-DEPTH-WIDTH, resnet-18, resnet-34, resnet-18-cifar, resnet-34-cifar, preact-resnet-18, vgg-11-bn, ' +
  'vgg-13-bn or vgg-16-bn; all from resnet-18 on also narrower, e.g. resnet-18-cifar-w16 (64 is the full width)';

/** The names of all networks; whether the numbers in them fit together, `networkByName` decides. */
export const NETWORK_NAME =
  /^(?:small-cnn|wrn-\d+-\d+|(?:resnet-(?:18|34)(?:-cifar)?|preact-resnet-18|vgg-(?:11|13|16)-bn)(?:-w\d+)?)$/;

/**
 * The network called `name` (see NETWORKS) for the given sizes.
 * @throws ExpectedError 'usage' on unknown names, 'bad-input' where the images are too small for it
 */
export function networkByName(name: string, sizes: Sizes): Network {
  if (!NETWORK_NAME.test(name)) {
    throw new ExpectedError('usage', `There is no network called "${name}".`, `Use ${NETWORKS}.`);
  }
  const smallest = name === 'small-cnn' ? 8 : name.startsWith('vgg') ? 32 : 4;
  if (Math.min(sizes.height, sizes.width) < smallest) {
    throw new ExpectedError(
      'bad-input',
      `Images of ${sizes.width}x${sizes.height} pixels are too small for ${name}; it needs at least ${smallest}x${smallest}.`,
      'Import the data set with a larger working size.',
    );
  }
  if (name === 'small-cnn') return smallCnn(sizes);
  const wide = /^wrn-(\d+)-(\d+)$/.exec(name);
  if (wide) return wideResNet(Number(wide[1]), Number(wide[2]), sizes);
  const narrowed = /-w(\d+)$/.exec(name);
  const width = narrowed ? Number(narrowed[1]) : 64;
  if (width < 4 || width > 64) {
    throw new ExpectedError('usage', `The width in "${name}" must lie between 4 and 64, not ${width}.`);
  }
  const depth = Number(/\d+/.exec(name)![0]);
  if (name.startsWith('vgg')) return vggNorm(name, depth as VggDepth, width, sizes);
  if (name.startsWith('preact')) return preActResNet18(name, width, sizes);
  return resNet(name, depth as ResNetDepth, name.includes('-cifar') ? 'cifar' : 'imagenet', width, sizes);
}
