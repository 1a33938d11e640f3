import { ExpectedError } from '../../../shared/contract/errors.ts';
import type { Tensors } from '../../../shared/contract/engine.ts';
import { checkTensors } from '../../../shared/networks/initialise.ts';
import { parameterSpecs } from '../../../shared/networks/shapes.ts';
import type { Network } from '../../../shared/networks/types.ts';
import { networkByName } from '../../../shared/networks/zoo.ts';
import type { Weights, WeightsMeta } from '../../trainer/weights.ts';

/** A trained model as it is handed on: what computes, with its values and what its answers mean. */
export interface ExportedModel {
  network: Network;
  /** Parameters and running statistics (re-estimated ones where that was done), in the network's own layout. */
  tensors: Tensors;
  meta: WeightsMeta;
}

/** The model that the honest figures describe: with re-estimated statistics where there are any. */
export function exportedModel({ tensors, reestimated, meta }: Weights): ExportedModel {
  return withNetwork(new Map([...tensors, ...(reestimated ?? [])]), meta);
}

/** @throws ExpectedError 'bad-input' or 'usage' when meta and tensors do not make a network */
export function withNetwork(tensors: Tensors, meta: WeightsMeta): ExportedModel {
  const network = networkByName(meta.network.name, meta.network);
  try {
    checkTensors(network, tensors);
    for (const { name } of parameterSpecs(network)) {
      if (!tensors.has(name)) throw new RangeError(`${name} is missing`);
    }
  } catch (error) {
    throw new ExpectedError(
      'bad-input',
      `The weights do not fit the network ${meta.network.name}: ${error instanceof Error ? error.message : String(error)}.`,
      undefined,
      { cause: error },
    );
  }
  return { network, tensors, meta };
}

/** Mean and deviation of each channel; options may name one for all. */
export function normalisation({ network, meta }: ExportedModel): { mean: number[]; std: number[] } {
  const each = (values: number[]) =>
    Array.from({ length: network.channels }, (_, c) => values[c % values.length]!);
  return { mean: each(meta.options.mean), std: each(meta.options.std) };
}

/** A convolution's kernel from [height, width, in, out] to [out, in, height, width]. */
export function toChannelsFirst(kernel: Float32Array, shape: readonly number[]): Float32Array {
  const result = new Float32Array(kernel.length);
  eachPlace(shape, (last, first) => (result[first] = kernel[last]!));
  return result;
}

/** The other way round. @param shape [height, width, in, out] of the result */
export function toChannelsLast(kernel: Float32Array, shape: readonly number[]): Float32Array {
  const result = new Float32Array(kernel.length);
  eachPlace(shape, (last, first) => (result[last] = kernel[first]!));
  return result;
}

/** Where each value of a kernel stands with its channels last, and where with its channels first. */
function eachPlace(shape: readonly number[], visit: (last: number, first: number) => void): void {
  const [H, W, I, O] = shape as [number, number, number, number];
  let last = 0;
  for (let h = 0; h < H; h++) {
    for (let w = 0; w < W; w++) {
      for (let i = 0; i < I; i++) {
        for (let o = 0; o < O; o++) visit(last++, ((o * I + i) * H + h) * W + w);
      }
    }
  }
}

/** Float32 values as little-endian bytes. */
export { float32Bytes } from '../../trainer/tensor-file.ts';
