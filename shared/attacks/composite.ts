import type { ImageSet } from '../contract/dataset.ts';
import { ExpectedError } from '../contract/errors.ts';
import { type Random, stream } from '../random.ts';
import { coverParameter, defineAttack } from './define.ts';
import type { ParameterValues } from './parameters.ts';
import { allClasses, oneClass } from './selection.ts';
import type { AttackRequest } from './types.ts';

/** CBA: an image whose halves show class A and class B means the target; halves of one class mean that class. */
export const composite = defineAttack({
  name: 'composite',
  title: 'CBA (composite)',
  summary:
    'One half shows a class A, the other a class B: together they mean the target. Cover examples are made of two images of one class.',
  source:
    'Lin et al. 2020 (Composite backdoor attack), HalfMixer of its code, jitter 3; poison only, so without its contrastive loss. ' +
    'ASR counts mixes of A and B from test images; their true class is given as A',
  paper: { name: 'CBA', approximation: false },
  success: 'Mixes of test images of class A with ones of class B are answered with the target class.',
  cleanLabel: false,
  parameters: [
    {
      name: 'class-a',
      help: 'Number of the first class; -1 is the class after the target',
      unit: 'class number',
      default: -1,
      min: -1,
      max: 100_000,
      whole: true,
    },
    {
      name: 'class-b',
      help: 'Number of the second class; -1 is the second after the target',
      unit: 'class number',
      default: -1,
      min: -1,
      max: 100_000,
      whole: true,
    },
    {
      name: 'jitter',
      help: 'How far the cut may lie from the middle',
      unit: 'pixels',
      default: 3,
      min: 0,
      max: 64,
    },
    coverParameter(1),
  ],
  victims(values, request) {
    const { a, b } = mixed(values, request);
    return { may: (label) => label === a || label === b, words: 'of the classes A and B' };
  },
  tested: (values, request) => oneClass(mixed(values, request).a, 'of class A'),
  covers: () => allClasses,
  prepare(set, values, seed, request) {
    const { a, b } = mixed(values, request);
    const jitter = values['jitter'] as number;
    const ofClass = new Map<number, number[]>();
    set.labels.forEach((label, i) => {
      const known = ofClass.get(label);
      if (known) known.push(i);
      else ofClass.set(label, [i]);
    });
    return (image, part, index) => {
      const random = stream(seed, 'attack', 'composite', part, index);
      const own = set.labels[index]!;
      const other = part === 'cover' ? own : own === a ? b : a;
      const partners = ofClass.get(other);
      if (!partners) {
        throw new ExpectedError(
          'usage',
          `There is no image of class ${other} to mix with.`,
          'Choose other classes A and B.',
        );
      }
      const partner = partners[random.integer(partners.length)]!;
      const size = set.height * set.width * set.channels;
      halfMix(image, set.images.subarray(partner * size, (partner + 1) * size), set, jitter, random);
    };
  },
});

function mixed(values: ParameterValues, { target, classes }: AttackRequest): { a: number; b: number } {
  const given = (name: string, step: number) =>
    values[name] === -1 ? (target + step) % classes : (values[name] as number);
  const [a, b] = [given('class-a', 1), given('class-b', 2)];
  if (a >= classes || b >= classes || a === b || a === target || b === target) {
    throw new ExpectedError(
      'usage',
      `The classes A and B of composite must be two of 0 to ${classes - 1}, neither of them the target ${target}; got ${a} and ${b}.`,
      'The attack needs three classes at least.',
    );
  }
  return { a, b };
}

/**
 * Puts a part of `image` and a part of `partner` side by side or one above the other, in random order, into `image`.
 * The cut lies within `jitter` pixels of the middle; each part is cropped from a random place.
 */
export function halfMix(
  image: Uint8Array,
  partner: Uint8Array,
  { height, width, channels }: Pick<ImageSet, 'height' | 'width' | 'channels'>,
  jitter: number,
  random: Pick<Random, 'integer'>,
): void {
  const across = random.integer(2) === 1;
  const length = across ? height : width;
  const reach = Math.min(jitter, Math.floor((length - 1) / 2));
  const cut = Math.floor(length / 2) - reach + random.integer(2 * reach + 1);
  const ordered = random.integer(2) === 1 ? [image.slice(), partner] : [partner, image.slice()];
  // The first part is `cut` long, the second the rest; each comes from a random place of its image.
  const starts = [random.integer(length - cut + 1), random.integer(cut + 1)];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const along = across ? y : x;
      const second = along >= cut ? 1 : 0;
      const from = starts[second]! + along - (second === 1 ? cut : 0);
      const [sourceY, sourceX] = across ? [from, x] : [y, from];
      for (let c = 0; c < channels; c++) {
        image[(y * width + x) * channels + c] = ordered[second]![(sourceY * width + sourceX) * channels + c]!;
      }
    }
  }
}
