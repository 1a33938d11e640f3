import type { ImageSet } from '../contract/dataset.ts';
import { ExpectedError } from '../contract/errors.ts';
import { stream } from '../random.ts';
import type { AttackRequest } from './types.ts';

export type Victims = 'other-classes' | 'all-classes' | 'target-class';

const WORDS: Record<Victims, string> = {
  'other-classes': 'of other classes than the target',
  'all-classes': 'in all',
  'target-class': 'of the target class',
};

/**
 * Which training images are poisoned: round(rate x N) of those that may be, chosen by the seed. All attacks with
 * the same kind of victims choose the same images for the same seed, so that their triggers can be compared.
 * @throws ExpectedError 'usage' when there are not so many, or none is asked for
 */
export function choosePoisoned(train: ImageSet, request: AttackRequest, victims: Victims): Int32Array {
  checkRequest(request);
  const wanted = Math.round(request.rate * train.count);
  if (wanted < 1) {
    throw new ExpectedError(
      'usage',
      `A poison rate of ${request.rate} is less than one of ${train.count} images.`,
    );
  }
  const eligible: number[] = [];
  for (let i = 0; i < train.count; i++) {
    const isTarget = train.labels[i] === request.target;
    if (victims === 'all-classes' || isTarget === (victims === 'target-class')) eligible.push(i);
  }
  if (wanted > eligible.length) {
    const most = Math.floor((eligible.length / train.count) * 1e4) / 1e4;
    throw new ExpectedError(
      'usage',
      `A poison rate of ${request.rate} asks for ${wanted} images, but there are only ${eligible.length} ${WORDS[victims]}.`,
      `The rate is the share of the whole training set; at most ${most} is possible here.`,
    );
  }
  const order = stream(request.seed, 'attack', 'victims').permutation(eligible.length);
  return Int32Array.from(order.subarray(0, wanted), (i) => eligible[i]!).sort();
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
