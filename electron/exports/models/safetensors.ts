import { parameterSpecs } from '../../../shared/networks/shapes.ts';
import { writeTensorFile } from '../../trainer/tensor-file.ts';
import { toChannelsFirst, type ExportedModel } from './model.ts';

const TORCH_NAMES: Record<string, string> = {
  kernel: 'weight',
  gamma: 'weight',
  beta: 'bias',
  mean: 'running_mean',
  variance: 'running_var',
  bias: 'bias',
};

/**
 * Writes the parameters as PyTorch names and lays them out (`conv1.weight`: out, in, height, width;
 * `fc.weight`: out, in), in the safetensors format.
 * @throws ExpectedError storage
 */
export async function writeSafetensors(
  { network, tensors, meta }: ExportedModel,
  file: string,
): Promise<void> {
  const values = new Map<string, Float32Array>();
  const shapes = new Map<string, number[]>();
  for (const { name, shape } of parameterSpecs(network)) {
    const [layer, part] = name.split('/') as [string, string];
    const torch = `${layer}.${TORCH_NAMES[part]!}`;
    const own = tensors.get(name)!;
    if (shape.length === 4) {
      const [h, w, i, o] = shape as [number, number, number, number];
      shapes.set(torch, [o, i, h, w]);
      values.set(torch, toChannelsFirst(own, shape));
    } else if (shape.length === 2) {
      const [i, o] = shape as [number, number];
      shapes.set(torch, [o, i]);
      values.set(torch, toChannelsFirst(own, [1, 1, i, o]));
    } else {
      shapes.set(torch, shape);
      values.set(torch, own);
    }
  }
  await writeTensorFile(file, { tensors: values, value: meta }, shapes);
}
