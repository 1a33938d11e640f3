import type { Network, ParameterSpec } from './types.ts';

/** Height, width and channels of a tensor; dense outputs have height = width = 0. */
export interface Shape {
  height: number;
  width: number;
  channels: number;
}

/**
 * The output shape of each layer, by layer name, in order.
 * @throws RangeError if a layer names an unknown input, a name repeats, or shapes do not fit
 */
export function layerShapes(network: Network): Map<string, Shape> {
  const shapes = new Map<string, Shape>([
    ['input', { height: network.height, width: network.width, channels: network.channels }],
  ]);
  const shapeOf = (name: string): Shape => {
    const shape = shapes.get(name);
    if (!shape) throw new RangeError(`${network.name}: no layer called ${name} above`);
    return shape;
  };
  for (const layer of network.layers) {
    if (shapes.has(layer.name)) throw new RangeError(`${network.name}: two layers called ${layer.name}`);
    const input = shapeOf(layer.kind === 'add' ? layer.inputs[0] : layer.input);
    let output: Shape;
    switch (layer.kind) {
      case 'conv':
        output = {
          height: Math.ceil(input.height / layer.stride),
          width: Math.ceil(input.width / layer.stride),
          channels: layer.filters,
        };
        break;
      case 'max-pool':
        output = {
          height: pooled(input.height, layer.size),
          width: pooled(input.width, layer.size),
          channels: input.channels,
        };
        break;
      case 'global-average-pool':
        output = { height: 0, width: 0, channels: input.channels };
        break;
      case 'dense':
        output = { height: 0, width: 0, channels: layer.units };
        break;
      case 'add': {
        const other = shapeOf(layer.inputs[1]);
        if (
          other.height !== input.height ||
          other.width !== input.width ||
          other.channels !== input.channels
        ) {
          throw new RangeError(`${network.name}: ${layer.name} adds tensors of different shapes`);
        }
        output = input;
        break;
      }
      default:
        output = input;
    }
    if (
      layer.kind !== 'global-average-pool' &&
      layer.kind !== 'dense' &&
      (output.height < 1 || output.width < 1)
    ) {
      throw new RangeError(
        `${network.name}: nothing is left of a ${network.width}x${network.height} image at ${layer.name}`,
      );
    }
    shapes.set(layer.name, output);
  }
  const last = network.layers.at(-1);
  if (last?.kind !== 'dense' || last.units !== network.classes) {
    throw new RangeError(`${network.name}: the last layer must be dense with ${network.classes} units`);
  }
  return shapes;
}

/** What max-pooling leaves of a side. */
function pooled(side: number, size: 2 | 3): number {
  return size === 2 ? Math.floor(side / 2) : Math.floor((side - 1) / 2) + 1;
}

/** Every parameter and running statistic of the network, in layer order. Kernels are [height, width, in, out]; dense [in, out]. */
export function parameterSpecs(network: Network): ParameterSpec[] {
  const shapes = layerShapes(network);
  const specs: ParameterSpec[] = [];
  for (const layer of network.layers) {
    if (layer.kind === 'conv') {
      const { channels } = shapes.get(layer.input)!;
      specs.push({
        name: `${layer.name}/kernel`,
        shape: [layer.kernel, layer.kernel, channels, layer.filters],
        trained: true,
      });
    } else if (layer.kind === 'batch-norm') {
      const shape = [shapes.get(layer.name)!.channels];
      specs.push({ name: `${layer.name}/gamma`, shape, trained: true });
      specs.push({ name: `${layer.name}/beta`, shape, trained: true });
      specs.push({ name: `${layer.name}/mean`, shape, trained: false });
      specs.push({ name: `${layer.name}/variance`, shape, trained: false });
    } else if (layer.kind === 'dense') {
      const { channels } = shapes.get(layer.input)!;
      specs.push({ name: `${layer.name}/kernel`, shape: [channels, layer.units], trained: true });
      specs.push({ name: `${layer.name}/bias`, shape: [layer.units], trained: true });
    }
  }
  return specs;
}

/** The layer whose output are a network's features, i.e. what its last dense layer sees, and how many they are. */
export function featureLayer(network: Network): { name: string; size: number } {
  const shapes = layerShapes(network);
  const last = network.layers.at(-1)!;
  const name = last.kind === 'add' ? last.inputs[0] : last.input;
  return { name, size: shapes.get(name)!.channels };
}

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** Number of trained parameters (running statistics not counted, as is usual). */
export function parameterCount(network: Network): number {
  return parameterSpecs(network)
    .filter((spec) => spec.trained)
    .reduce((sum, spec) => sum + sizeOf(spec.shape), 0);
}
