import type { ParameterValues } from '../../shared/attacks/parameters.ts';
import type { Attack, Material, MaterialArray } from '../../shared/attacks/types.ts';
import { readPicture } from './picture.ts';

/**
 * What an attack needs beside the images: pictures that its parameters name.
 * @param values complete parameters
 * @throws ExpectedError 'bad-input' for files that are no pictures
 */
export async function gatherMaterial(attack: Attack, values: ParameterValues): Promise<Material> {
  const material = new Map<string, MaterialArray>();
  for (const { name, file } of attack.parameters) {
    if (file && values[name] !== '') material.set(name, await readPicture(values[name] as string));
  }
  return material;
}
