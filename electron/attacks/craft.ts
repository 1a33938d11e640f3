import type { ParameterValues } from '../../shared/attacks/parameters.ts';
import { MATERIAL } from '../../shared/attacks/surrogate.ts';
import type { Attack, AttackRequest, Material } from '../../shared/attacks/types.ts';
import type { ImageSet } from '../../shared/contract/dataset.ts';
import type { DifferentiableModel, Engine } from '../../shared/contract/engine.ts';
import type { CraftHooks } from './hooks.ts';
import { latentPatch, trojanPatch } from './patches.ts';
import { adversarialImages, collidingImages } from './perturbations.ts';
import { trainedSurrogate, type SurrogateRequest } from './surrogate.ts';

export interface CraftInput {
  engine: Engine;
  train: ImageSet;
  test: ImageSet;
  /** Complete parameters are `values`; the request's own may be partial. */
  request: AttackRequest;
  values: ParameterValues;
  cache: SurrogateRequest['cache'];
  /** For a preview: no more images are made than these. */
  most?: number;
}

type Crafter = (
  model: DifferentiableModel,
  attack: Attack,
  input: CraftInput,
  hooks: CraftHooks,
) => Promise<Material>;

const CRAFTERS: Record<string, Crafter> = {
  trojan: async (model, _, { train, values, request }, hooks) =>
    new Map([[MATERIAL.patch, await trojanPatch(model, train, values, request.seed, hooks)]]),
  latent: async (model, _, { train, values, request }, hooks) =>
    new Map([[MATERIAL.patch, await latentPatch(model, train, request, values, hooks)]]),
  'label-consistent': (model, attack, input, hooks) =>
    adversarialImages(model, input.train, victims(attack, input), input.values, hooks),
  'feature-collision': (model, attack, input, hooks) =>
    collidingImages(model, input, victims(attack, input), input.request, input.values, hooks),
};

function victims(attack: Attack, { train, request, most }: CraftInput): Int32Array {
  return attack.choose(train, request).subarray(0, most);
}

/**
 * Makes what an attack needs with a network that is trained on the clean images first.
 * @throws ExpectedError 'usage' for parameters that do not fit, 'cancelled'
 */
export async function craft(attack: Attack, input: CraftInput, hooks: CraftHooks): Promise<Material> {
  const crafter = CRAFTERS[attack.name];
  if (!crafter) throw new RangeError(`nothing crafts ${attack.name}`);
  const { engine, train, request, values, cache } = input;
  // Wrong requests are refused before a network is trained for them.
  attack.choose(train, request);
  const model = await trainedSurrogate(
    {
      engine,
      train,
      classes: request.classes,
      network: values['surrogate'] as string,
      epochs: values['surrogate-epochs'] as number,
      seed: request.seed,
      cache,
    },
    hooks,
  );
  try {
    return await crafter(model, attack, input, hooks);
  } finally {
    model.dispose();
  }
}
