import type { Tensors } from '../contract/engine.ts';
import { stream } from '../random.ts';
import { parameterSpecs, sizeOf } from './shapes.ts';
import type { Network } from './types.ts';

/**
 * Fresh weights from the seed, by the rules of the ABL code's networks: convolutions normal with standard
 * deviation sqrt(2 / (k * k * filters)), batch-norm scale 1 and shift 0, dense kernels uniform in
 * +-1/sqrt(inputs) (PyTorch's default), dense biases 0, running mean 0 and variance 1.
 */
export function initialWeights(network: Network, seed: number): Tensors {
  const tensors: Tensors = new Map();
  for (const { name, shape } of parameterSpecs(network)) {
    const values = new Float32Array(sizeOf(shape));
    const random = stream(seed, 'weights', name);
    if (name.endsWith('/kernel') && shape.length === 4) {
      const deviation = Math.sqrt(2 / (shape[0]! * shape[1]! * shape[3]!));
      for (let i = 0; i < values.length; i++) values[i] = random.normal() * deviation;
    } else if (name.endsWith('/kernel')) {
      const bound = 1 / Math.sqrt(shape[0]!);
      for (let i = 0; i < values.length; i++) values[i] = random.between(-bound, bound);
    } else if (name.endsWith('/gamma') || name.endsWith('/variance')) {
      values.fill(1);
    }
    tensors.set(name, values);
  }
  return tensors;
}

/** Name of the momentum buffer that belongs to a trained parameter. */
export const momentumName = (parameter: string): string => `momentum:${parameter}`;

/**
 * Checks tensors against a network before they are written to a model.
 * @throws RangeError naming the first unknown name or wrong size
 */
export function checkTensors(network: Network, tensors: Tensors): void {
  const sizes = new Map<string, number>();
  for (const spec of parameterSpecs(network)) {
    sizes.set(spec.name, sizeOf(spec.shape));
    if (spec.trained) sizes.set(momentumName(spec.name), sizeOf(spec.shape));
  }
  for (const [name, values] of tensors) {
    const size = sizes.get(name);
    if (size === undefined) throw new RangeError(`${network.name} has no tensor called ${name}`);
    if (values.length !== size) throw new RangeError(`${name} needs ${size} values, got ${values.length}`);
  }
}
