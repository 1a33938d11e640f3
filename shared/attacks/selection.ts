import type { ImageSet } from '../contract/dataset.ts';
import { ExpectedError } from '../contract/errors.ts';
import { stream } from '../random.ts';
import type { AttackRequest } from './types.ts';

/** Which images may be chosen, by their label, and how a message calls them ("only 5 of the target class"). */
export interface Eligible {
  may(label: number): boolean;
  words: string;
}

export function otherClasses(target: number): Eligible {
  return { may: (label) => label !== target, words: 'of other classes than the target' };
}

export const allClasses: Eligible = { may: () => true, words: 'in all' };

export function oneClass(wanted: number, words: string): Eligible {
  return { may: (label) => label === wanted, words };
}

/**
 * Which training images are poisoned: round(rate x N) of those that may be, chosen by the seed. All attacks with
 * the same kind of victims choose the same images for the same seed, so that their triggers can be compared.
 * @throws ExpectedError 'usage' when there are not so many, or none is asked for
 */
export function choosePoisoned(train: ImageSet, request: AttackRequest, eligible: Eligible): Int32Array {
  checkRequest(request);
  const wanted = Math.round(request.rate * train.count);
  if (wanted < 1) {
    throw new ExpectedError(
      'usage',
      `A poison rate of ${request.rate} is less than one of ${train.count} images.`,
    );
  }
  const candidates = indicesOf(train, eligible);
  if (wanted > candidates.length) {
    const most = Math.floor((candidates.length / train.count) * 1e4) / 1e4;
    throw new ExpectedError(
      'usage',
      `A poison rate of ${request.rate} asks for ${wanted} images, but there are only ${candidates.length} ${eligible.words}.`,
      `The rate is the share of the whole training set; at most ${most} is possible here.`,
    );
  }
  return pick(candidates, wanted, request.seed, 'victims');
}

/**
 * Cover examples: `wanted` of the images that may be and are no victims, chosen by the seed.
 * @throws ExpectedError 'usage' when there are not so many
 */
export function chooseCovers(
  train: ImageSet,
  wanted: number,
  seed: number,
  victims: Int32Array,
  eligible: Eligible,
): Int32Array {
  const taken = new Set(victims);
  const candidates = indicesOf(train, eligible).filter((i) => !taken.has(i));
  if (wanted > candidates.length) {
    throw new ExpectedError(
      'usage',
      `The attack asks for ${wanted} cover examples, but only ${candidates.length} images are left for them.`,
      'Lower the poison rate, or the number of cover examples per poisoned one.',
    );
  }
  return pick(candidates, wanted, seed, 'covers');
}

function indicesOf(train: ImageSet, { may }: Eligible): number[] {
  return Array.from(train.labels.keys()).filter((i) => may(train.labels[i]!));
}

function pick(candidates: number[], wanted: number, seed: number, what: string): Int32Array {
  const order = stream(seed, 'attack', what).permutation(candidates.length);
  return Int32Array.from(order.subarray(0, wanted), (i) => candidates[i]!).sort();
}

/** @throws ExpectedError 'usage' */
export function checkRequest({ rate, target, classes, seed }: AttackRequest): void {
  if (!(rate > 0 && rate <= 1))
    throw new ExpectedError('usage', `The poison rate must lie between 0 and 1, not ${rate}.`);
  if (!Number.isInteger(target) || target < 0 || target >= classes) {
    throw new ExpectedError(
      'usage',
      `There is no class ${target}: classes are numbered from 0 to ${classes - 1}.`,
    );
  }
  if (!Number.isSafeInteger(seed))
    throw new ExpectedError('usage', `The seed must be a whole number, not ${seed}.`);
}
