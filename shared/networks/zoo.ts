import { ExpectedError } from '../contract/errors.ts';
import type { Layer, Network } from './types.ts';

/** Input and output sizes a network is built for. */
export interface Sizes {
  height: number;
  width: number;
  channels: number;
  classes: number;
}

/** Collects layers; each method appends one and returns its name, so that blocks read like the paper. */
class Builder {
  readonly layers: Layer[] = [];

  conv(name: string, input: string, filters: number, kernel: 1 | 3, stride: 1 | 2): string {
    this.layers.push({ kind: 'conv', name, input, filters, kernel, stride });
    return name;
  }

  normRelu(name: string, input: string): string {
    this.layers.push({ kind: 'batch-norm', name, input });
    this.layers.push({ kind: 'relu', name: `${name}-relu`, input: name });
    return `${name}-relu`;
  }

  add(name: string, a: string, b: string): string {
    this.layers.push({ kind: 'add', name, inputs: [a, b] });
    return name;
  }

  maxPool(name: string, input: string): string {
    this.layers.push({ kind: 'max-pool', name, input, size: 2 });
    return name;
  }

  head(input: string, classes: number): void {
    this.layers.push({ kind: 'global-average-pool', name: 'pool', input });
    this.layers.push({ kind: 'dense', name: 'fc', input: 'pool', units: classes });
  }
}

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

/**
 * The network called `name` ('small-cnn' or 'wrn-DEPTH-WIDTH') for the given sizes.
 * @throws ExpectedError 'usage' on unknown names, 'bad-input' where the images are too small for it
 */
export function networkByName(name: string, sizes: Sizes): Network {
  const smallest = name === 'small-cnn' ? 8 : 4;
  if (Math.min(sizes.height, sizes.width) < smallest) {
    throw new ExpectedError(
      'bad-input',
      `Images of ${sizes.width}x${sizes.height} pixels are too small for ${name}; it needs at least ${smallest}x${smallest}.`,
      'Import the data set with a larger working size.',
    );
  }
  if (name === 'small-cnn') return smallCnn(sizes);
  const match = /^wrn-(\d+)-(\d+)$/.exec(name);
  if (match) return wideResNet(Number(match[1]), Number(match[2]), sizes);
  throw new ExpectedError(
    'usage',
    `There is no network called "${name}".`,
    'Use small-cnn or wrn-DEPTH-WIDTH, e.g. wrn-16-1.',
  );
}
