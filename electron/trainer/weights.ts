import { z } from 'zod';
import { ExpectedError } from '../../shared/contract/errors.ts';
import type { CompileOptions, Tensors } from '../../shared/contract/engine.ts';
import type { Network } from '../../shared/networks/types.ts';
import { parameterSpecs } from '../../shared/networks/shapes.ts';
import { readTensorFile, writeTensorFile } from './tensor-file.ts';

/** What a weights file, or a model exported from one, says of itself. */
export const weightsMetaSchema = z.object({
  kind: z.literal('weights'),
  method: z.enum(['naive', 'abl', 'oracle']),
  network: z.object({
    name: z.string(),
    height: z.int().positive(),
    width: z.int().positive(),
    channels: z.int().positive(),
    classes: z.int().positive(),
  }),
  classes: z.array(z.string()),
  options: z.object({
    momentum: z.number(),
    nesterov: z.boolean(),
    runningMomentum: z.number(),
    mean: z.array(z.number()),
    std: z.array(z.number()),
  }),
  seed: z.int(),
});

/** What is needed to use a trained model: pass `network` to networkByName, `options` to the engine's compile. */
export interface WeightsMeta extends Omit<z.infer<typeof weightsMetaSchema>, 'options'> {
  options: CompileOptions;
}

export interface Weights {
  /** Parameters and batch-norm running statistics as training left them. */
  tensors: Tensors;
  /**
   * The running statistics re-estimated on kept training images (only these tensors); null if that was not
   * done. Written over `tensors` in a model they give the model that the re-estimated figures describe.
   */
  reestimated: Tensors | null;
  meta: WeightsMeta;
}

const REESTIMATED = 'reestimated:';

/** Describes a model for its weights file. */
export function weightsMeta(
  method: WeightsMeta['method'],
  network: Network,
  classes: string[],
  options: CompileOptions,
  seed: number,
): WeightsMeta {
  const { name, height, width, channels } = network;
  return {
    kind: 'weights',
    method,
    network: { name, height, width, channels, classes: network.classes },
    classes,
    options,
    seed,
  };
}

/** Writes a safetensors file, whole or not at all. @throws ExpectedError storage */
export async function writeWeights(
  file: string,
  network: Network,
  { tensors, reestimated, meta }: Weights,
): Promise<void> {
  const shapes = new Map(parameterSpecs(network).map(({ name, shape }) => [name, shape]));
  for (const [name, shape] of [...shapes]) shapes.set(REESTIMATED + name, shape);
  const extra = [...(reestimated ?? [])].map(([name, values]) => [REESTIMATED + name, values] as const);
  await writeTensorFile(file, { tensors: new Map([...tensors, ...extra]), value: meta }, shapes);
}

/** @throws ExpectedError not-found or bad-input */
export async function readWeights(file: string): Promise<Weights> {
  const { tensors: all, value } = await readTensorFile(file);
  const parsed = weightsMetaSchema.safeParse(value);
  if (!parsed.success) throw new ExpectedError('bad-input', `${file} holds no weights of a trained model.`);
  const tensors: Tensors = new Map();
  const reestimated: Tensors = new Map();
  for (const [name, values] of all) {
    if (name.startsWith(REESTIMATED)) reestimated.set(name.slice(REESTIMATED.length), values);
    else tensors.set(name, values);
  }
  return { tensors, reestimated: reestimated.size > 0 ? reestimated : null, meta: parsed.data };
}
