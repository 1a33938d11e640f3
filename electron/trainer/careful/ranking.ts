import { rankClasses, type RankedClass } from '../../../shared/abl/careful/seeds.ts';
import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import { bestReconstruction, sample, type ProbeInput, type Reconstruction } from './probes.ts';

/** A class with the trigger that its seed set suggests. */
export interface Ranking {
  ranked: RankedClass;
  reconstruction: Reconstruction;
}

/**
 * Reconstructs a trigger for every class from its seed set and ranks the classes by its flip gain.
 * @param probing with the model of stage 1
 * @param losses of stage 1, by data-set index
 * @param among the examples whose classes are ranked, of all `examples` in use
 */
export async function rankByFlipGain(
  probing: ProbeInput,
  losses: Float32Array,
  {
    among,
    examples,
    classes,
    seed,
  }: { among: Int32Array; examples: Int32Array; classes: number; seed: number },
): Promise<Ranking[]> {
  const { data } = probing;
  const result: Ranking[] = [];
  for (const ranked of rankClasses(data, losses, among, classes)) {
    const others = examples.filter((index) => data.labels[index] !== ranked.class);
    const reference = sample(others, CAREFUL.referenceImages, seed, `reference ${ranked.class}`);
    const reconstruction = await bestReconstruction(
      probing,
      ranked.class,
      ranked.seed,
      [ranked.reference, reference],
      CAREFUL.rankingBudget,
    );
    if (reconstruction) result.push({ ranked, reconstruction });
  }
  return bestOfEachClass(result);
}

/** Of each class the ranking with the highest flip gain, by falling gain. */
export function bestOfEachClass(rankings: Ranking[]): Ranking[] {
  const best = new Map<number, Ranking>();
  for (const ranking of rankings.toSorted((a, b) => b.reconstruction.gain - a.reconstruction.gain)) {
    if (!best.has(ranking.ranked.class)) best.set(ranking.ranked.class, ranking);
  }
  return [...best.values()];
}

/** The classes worth a detector: always the first few unless hopeless, more of them where the gain is high. */
export function worthExpanding(rankings: Ranking[]): Ranking[] {
  const { expandedClasses, expandFrom, expandedMost, expandSurely } = CAREFUL;
  return rankings.filter(({ reconstruction: { gain } }, place) =>
    place < expandedClasses ? gain >= expandFrom : place < expandedMost && gain >= expandSurely,
  );
}
