import type { ParameterValues } from '../../shared/attacks/parameters.ts';
import type { Attack, AttackRequest, Material, MaterialArray } from '../../shared/attacks/types.ts';
import type { ImageSet } from '../../shared/contract/dataset.ts';
import type { EnginePreference } from '../engine/index.ts';
import type { CraftHooks } from './hooks.ts';
import { readPicture } from './picture.ts';

/** What the attacks that need a network work on. */
export interface CraftSource {
  train: ImageSet;
  test: ImageSet;
  /** Content hash of the data set, which names trained networks in `surrogates`. */
  hash: string;
  /** Folder of the networks that were trained for attacks. */
  surrogates: string;
  engine: EnginePreference;
  /** For a preview: no more images are made than these. */
  most?: number;
}

/** Pictures that the parameters name. @throws ExpectedError 'bad-input' for files that are none */
export async function gatherPictures(attack: Attack, values: ParameterValues): Promise<Material> {
  const material = new Map<string, MaterialArray>();
  for (const { name, file } of attack.parameters) {
    if (file && values[name] !== '') material.set(name, await readPicture(values[name] as string));
  }
  return material;
}

/**
 * All that an attack needs beside the images: pictures, and what a network makes.
 * @param values complete parameters
 * @throws ExpectedError 'bad-input', 'usage', 'no-engine', 'cancelled'
 */
export async function gatherMaterial(
  attack: Attack,
  values: ParameterValues,
  request: AttackRequest,
  source: CraftSource,
  hooks: CraftHooks,
): Promise<Material> {
  const pictures = await gatherPictures(attack, values);
  if (!attack.needsNetwork) return pictures;
  // The engine is loaded only where it is needed.
  const [{ createEngine }, { craft }] = await Promise.all([
    import('../engine/index.ts'),
    import('./craft.ts'),
  ]);
  const { train, test, hash, surrogates, most } = source;
  const made = await craft(
    attack,
    {
      engine: await createEngine(source.engine),
      train,
      test,
      request,
      values,
      cache: { folder: surrogates, key: hash },
      ...(most === undefined ? {} : { most }),
    },
    hooks,
  );
  return new Map([...pictures, ...made]);
}
