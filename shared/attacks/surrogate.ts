import { place } from './badnets.ts';
import type { Shape, Stamp } from './define.ts';
import type { ParameterValues } from './parameters.ts';
import type { AttackParameter, Material, MaterialArray } from './types.ts';

/** Names of the arrays that electron/attacks makes. */
export const MATERIAL = {
  /** size x size x channels, 0..255. */
  patch: 'patch',
  /** Training indices, rising, and for each a height x width x channels image that takes its place. */
  indices: 'indices',
  images: 'images',
  /** Test indices that the attack is aimed at. */
  instances: 'instances',
} as const;

/** The network that the attacker trains on the clean images to make the trigger with. */
export const surrogateParameters: AttackParameter[] = [
  {
    name: 'surrogate',
    help: 'Network that is trained on the clean images to make the trigger',
    unit: '',
    default: 'small-cnn',
  },
  {
    name: 'surrogate-epochs',
    help: 'Passes it is trained for',
    unit: 'passes',
    default: 10,
    min: 1,
    max: 200,
    whole: true,
  },
];

/** Size and place of a patch that a network made. */
export const madePatchParameters = (size: number): AttackParameter[] => [
  { name: 'size', help: 'Side of the patch', unit: 'pixels', default: size, min: 1, max: 64 },
  {
    name: 'position',
    help: 'Where the patch sits',
    unit: '',
    default: 'bottom-right',
    choices: ['bottom-right', 'bottom-left', 'top-right', 'top-left', 'center'],
  },
  {
    name: 'margin',
    help: 'Distance of the patch from the edges',
    unit: 'pixels',
    default: 1,
    min: 0,
    max: 256,
  },
];

/** An array of the material. @throws RangeError where the attack was not crafted before */
export function made(attack: string, material: Material | undefined, name: string): MaterialArray {
  const found = material?.get(name);
  if (!found) throw new RangeError(`${attack} must be crafted first (electron/attacks): there is no ${name}`);
  return found;
}

/** Top left pixel of the patch of `madePatchParameters`. @throws ExpectedError where it does not fit */
export function madePatchPlace(shape: Shape, values: ParameterValues): { top: number; left: number } {
  return place(shape, values['size'] as number, values['margin'] as number, values['position'] as string);
}

/** Copies the made patch onto images. */
export function stampPatch(
  attack: string,
  shape: Shape,
  values: ParameterValues,
  material: Material | undefined,
): Stamp {
  const { top, left } = madePatchPlace(shape, values);
  const { data } = made(attack, material, MATERIAL.patch);
  const row = (values['size'] as number) * shape.channels;
  return (image) => {
    for (let y = 0; y * row < data.length; y++) {
      image.set(data.subarray(y * row, (y + 1) * row), ((top + y) * shape.width + left) * shape.channels);
    }
  };
}

/** Puts the made images in the place of the victims. */
export function replaceImages(attack: string, material: Material | undefined): Stamp {
  const { data: indices } = made(attack, material, MATERIAL.indices);
  const { data: images } = made(attack, material, MATERIAL.images);
  const size = images.length / Math.max(1, indices.length);
  const position = new Map(Array.from(indices, (index, i) => [index, i]));
  return (image, _, index) => {
    const at = position.get(index);
    if (at === undefined) throw new RangeError(`${attack} was crafted for other images than number ${index}`);
    image.set(images.subarray(at * size, (at + 1) * size));
  };
}
