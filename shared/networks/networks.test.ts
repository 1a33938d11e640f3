import { describe, expect, it } from 'vitest';
import { initialWeights, checkTensors } from './initialise.ts';
import { layerShapes, parameterCount, parameterSpecs } from './shapes.ts';
import { networkByName, smallCnn, wideResNet } from './zoo.ts';

const cifar = { height: 32, width: 32, channels: 3, classes: 10 };

describe('networks', () => {
  // Counts derived by hand from the published architecture.
  it.each([
    [16, 1, 10, 175_066],
    [16, 1, 43, 177_211],
    [16, 2, 10, 691_674],
    [40, 2, 10, 2_243_546],
  ])('WRN-%i-%i for %i classes has %i parameters', (depth, widen, classes, count) => {
    expect(parameterCount(wideResNet(depth, widen, { ...cifar, classes }))).toBe(count);
  });

  it('small CNN: 432 + 32 + 4608 + 64 + 18432 + 128 + 650 parameters', () => {
    expect(parameterCount(smallCnn(cifar))).toBe(24_346);
  });

  // The counts that PyTorch's own models of these shapes have.
  it.each([
    ['resnet-18', 1000, 11_689_512],
    ['resnet-34', 1000, 21_797_672],
    ['resnet-18-cifar', 10, 11_173_962],
    ['preact-resnet-18', 10, 11_171_146],
  ])('%s for %i classes has %i parameters', (name, classes, count) => {
    expect(parameterCount(networkByName(name, { ...cifar, height: 224, width: 224, classes }))).toBe(count);
  });

  it('VGG-16 has the features of PyTorch’s vgg16_bn, less 4,224 biases, and one dense layer', () => {
    expect(parameterCount(networkByName('vgg-16-bn', cifar))).toBe(14_723_136 - 4_224 + 512 * 10 + 10);
  });

  it('narrower networks have proportionally fewer filters', () => {
    const shapes = layerShapes(networkByName('resnet-18-w16', { ...cifar, height: 224, width: 224 }));
    expect(shapes.get('stem-pool')).toEqual({ height: 56, width: 56, channels: 16 });
    expect(shapes.get('group4-block2-add')).toEqual({ height: 7, width: 7, channels: 128 });
  });

  it('fits odd and non-square input sizes', () => {
    const shapes = layerShapes(networkByName('wrn-16-1', { height: 29, width: 17, channels: 1, classes: 4 }));
    expect(shapes.get('group3-block2-add')).toEqual({ height: 8, width: 5, channels: 64 });
  });

  it('refuses depths that are no WRN, images that are too small, and unknown names', () => {
    expect(() => networkByName('wrn-17-1', cifar)).toThrow(/6n \+ 4/);
    expect(() => networkByName('small-cnn', { ...cifar, height: 7 })).toThrow(/too small/);
    expect(() => networkByName('vgg', cifar)).toThrow(/no network called "vgg"/);
    expect(() => networkByName('vgg-11-bn', { ...cifar, width: 31 })).toThrow(/too small for vgg-11-bn/);
    expect(() => networkByName('resnet-18-w65', cifar)).toThrow(/between 4 and 64/);
    expect(() => networkByName('resnet-50', cifar)).toThrow(/no network called/);
  });

  it('refuses a list of layers that does not fit together', () => {
    const broken = smallCnn(cifar);
    broken.layers[3] = { kind: 'max-pool', name: 'pool1', input: 'nowhere', size: 2 };
    expect(() => layerShapes(broken)).toThrow(/no layer called nowhere/);
  });
});

describe('initial weights', () => {
  const network = wideResNet(16, 1, cifar);

  it('depend on the seed only and have the stated spread', () => {
    const a = initialWeights(network, 1);
    expect(initialWeights(network, 1)).toEqual(a);
    expect(initialWeights(network, 2)).not.toEqual(a);
    const kernel = a.get('group3-block2-conv2/kernel')!;
    const mean = kernel.reduce((s, v) => s + v, 0) / kernel.length;
    const deviation = Math.sqrt(kernel.reduce((s, v) => s + (v - mean) ** 2, 0) / kernel.length);
    expect(deviation).toBeCloseTo(Math.sqrt(2 / (9 * 64)), 3);
    expect(Math.max(...a.get('fc/kernel')!)).toBeLessThanOrEqual(1 / 8);
    expect(a.get('bn/variance')!.every((v) => v === 1)).toBe(true);
    expect(a.size).toBe(parameterSpecs(network).length);
  });

  it('are checked before they are written', () => {
    expect(() => checkTensors(network, new Map([['fc/kern', new Float32Array(1)]]))).toThrow(
      /no tensor called fc\/kern/,
    );
    expect(() => checkTensors(network, new Map([['momentum:fc/bias', new Float32Array(9)]]))).toThrow(
      /needs 10 values/,
    );
  });
});
