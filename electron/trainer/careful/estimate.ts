import { shareOf } from '../../../shared/abl/careful/decision.ts';
import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import type { Trigger } from '../../../shared/abl/careful/trigger.ts';
import type { Pause } from '../../../shared/abl/inspection.ts';
import type { Images } from '../../../shared/contract/dataset.ts';
import type { Model } from '../../../shared/contract/engine.ts';
import { wilson, type Interval } from '../../../shared/metrics/interval.ts';
import { chooseProbes, flipBy } from './probes.ts';

/** Attack success without the attacker's trigger: measured with the reconstructed one. */
export interface EstimatedAsr {
  /** Share of other classes' images that the model answers with the target once the trigger is pasted, 0..1. */
  share: number;
  /** Its 95 % interval; it does not cover a reconstruction that differs from the real trigger. */
  interval: Interval;
  /** The same share without the trigger: what the model answers anyway. */
  without: number;
}

/**
 * How well the reconstructed trigger works on any model, e.g. the naive and the final one.
 * @param examples images to paste on, by index; a sample of them is taken
 */
export async function estimateAsr(
  model: Model,
  data: Images,
  examples: Int32Array,
  { target, trigger }: { target: number; trigger: Trigger },
  seed: number,
  pause: Pause,
): Promise<EstimatedAsr> {
  const probes = await chooseProbes(model, data, examples, CAREFUL.probeImages, seed, pause);
  const { flipped, base } = await flipBy({ model, data, probes, pause }, target, trigger);
  return { share: shareOf(flipped), interval: wilson(flipped.hits, flipped.of), without: shareOf(base) };
}
