import { ExpectedError } from '../contract/errors.ts';
import type { MethodName } from '../contract/results.ts';
import { stepsPerEpoch } from './batches.ts';
import { isolationCount } from './isolation.ts';
import type { Settings } from './settings.ts';

const MODELS: Record<MethodName, string> = { naive: 'naive', abl: 'ABL', oracle: 'oracle' };

/**
 * Refuses to train on fewer images than a single step takes.
 * @param dataset its name, for the message
 * @param count training images of the method, a limit taken into account
 * @throws ExpectedError 'bad-input'
 */
export function refuseTooFew(
  dataset: string,
  method: MethodName,
  count: number,
  settings: Pick<Settings, 'isolationRate' | 'batchSize'>,
): void {
  const kept = method === 'abl' ? count - isolationCount(count, settings.isolationRate) : count;
  if (stepsPerEpoch(kept, settings.batchSize) > 0) return;
  throw new ExpectedError(
    'bad-input',
    `The data set ${dataset} has too few images to train the ${MODELS[method]} model: ${count}` +
      (method === 'abl' ? `, of which ${Math.max(0, kept)} are left after isolation.` : '.'),
    'At least two are needed; a few hundred for each class make sense.',
  );
}
