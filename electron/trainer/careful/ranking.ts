import { distinctImages, rankClasses, type RankedClass } from '../../../shared/abl/careful/seeds.ts';
import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import {
  bestReconstruction,
  contradictionOf,
  firstOf,
  sample,
  type ProbeInput,
  type Reconstruction,
} from './probes.ts';

/** A class with the trigger that its seed set suggests. */
export interface Ranking {
  ranked: RankedClass;
  reconstruction: Reconstruction;
  /** Of the seeds' labels, see contradictionOf; 0 for seeds of low loss. */
  contradiction: number;
}

/** A trigger that works and labels that do not fit both make a class suspicious. */
export function suspicion({ reconstruction: { gain, gainFromOne }, contradiction }: Ranking): number {
  return Math.max(gain, gainFromOne) + contradiction;
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
  return measured(
    probing,
    rankClasses(probing.data, losses, among, classes).map((ranked) => ({ ranked, contradiction: 0 })),
    { examples, seed },
  );
}

/** The trigger that each class's seeds suggest, and its flip gain. */
async function measured(
  probing: ProbeInput,
  candidates: Pick<Ranking, 'ranked' | 'contradiction'>[],
  { examples, seed }: { examples: Int32Array; seed: number },
): Promise<Ranking[]> {
  const { data } = probing;
  const result: Ranking[] = [];
  for (const { ranked, contradiction } of candidates) {
    const others = examples.filter((index) => data.labels[index] !== ranked.class);
    const reference = sample(others, CAREFUL.referenceImages, seed, `reference ${ranked.class}`);
    const reconstruction = await bestReconstruction(
      probing,
      ranked.class,
      ranked.seed,
      [ranked.reference, reference],
      CAREFUL.rankingBudget,
      CAREFUL.rankingLeast,
    );
    if (reconstruction) result.push({ ranked, reconstruction, contradiction });
  }
  return bestOfEachClass(result);
}

/**
 * Ranks the classes by the seeds that their pixels alone suggest. Of a class's several seed sets the one that promises
 * most on a few probes is measured on all.
 * @param seeds see discriminantSeeds
 * @param predicted by data-set index: the model's answers
 */
export async function rankByPixels(
  probing: ProbeInput,
  seeds: Iterable<RankedClass | null>,
  { predicted, examples, seed }: { predicted: Int32Array; examples: Int32Array; seed: number },
): Promise<Ranking[]> {
  const { data, probes, pause } = probing;
  const promising = new Map<number, { ranked: RankedClass; contradiction: number; score: number }>();
  for (const ranked of seeds) {
    await pause();
    if (!ranked) continue;
    const reference = ranked.reference.subarray(0, CAREFUL.choosingReference);
    const found = await bestReconstruction(
      { ...probing, probes: firstOf(probes, CAREFUL.choosingProbes, data, ranked.class) },
      ranked.class,
      ranked.seed,
      [reference],
      CAREFUL.rankingBudget,
    );
    if (!found) continue;
    const contradiction = contradictionOf(predicted, ranked.class, ranked.seed, ranked.reference);
    const score = found.gain + contradiction - CAREFUL.changePenalty * found.change;
    if (score > (promising.get(ranked.class)?.score ?? -Infinity))
      promising.set(ranked.class, { ranked, contradiction, score });
  }
  return measured(probing, [...promising.values()], { examples, seed });
}

/**
 * Rankings of classes from parts of them that lie apart, which are their seeds.
 * @param parts data-set indices of each, and of the rest of its class
 */
export async function rankByParts(
  probing: ProbeInput,
  parts: { class: number; flagged: Int32Array; rest: Int32Array }[],
  { predicted, examples, seed }: { predicted: Int32Array; examples: Int32Array; seed: number },
): Promise<Ranking[]> {
  const candidates = parts.map(({ class: label, flagged, rest }) => {
    const ranked = distinctImages(probing.data, flagged);
    const seeds = sample(ranked, Math.min(ranked.length, CAREFUL.seedMost), seed, `part ${label}`);
    const contradiction = contradictionOf(predicted, label, seeds, rest);
    return { ranked: { class: label, ranked, seed: seeds, reference: rest }, contradiction };
  });
  return measured(probing, candidates, { examples, seed });
}

/** Of each class the most suspicious ranking, most suspicious first. */
export function bestOfEachClass(rankings: Ranking[]): Ranking[] {
  const best = new Map<number, Ranking>();
  for (const ranking of rankings.toSorted((a, b) => suspicion(b) - suspicion(a))) {
    if (!best.has(ranking.ranked.class)) best.set(ranking.ranked.class, ranking);
  }
  return [...best.values()];
}

/** The rankings whose seeds are not for the most part images that are known to carry a trigger. */
export function unknown(rankings: Ranking[], carriers: ReadonlySet<number>): Ranking[] {
  const isMostly = ({ ranked: { seed } }: Ranking) =>
    seed.filter((index) => carriers.has(index)).length > seed.length / 2;
  return rankings.filter((ranking) => !isMostly(ranking));
}

/** The classes worth a detector: always the first few unless hopeless, more of them where the gain is high. */
export function worthExpanding(rankings: Ranking[]): Ranking[] {
  const { expandedClasses, expandFrom, expandedMost, expandSurely } = CAREFUL;
  return rankings.filter((ranking, place) =>
    place < expandedClasses
      ? suspicion(ranking) >= expandFrom
      : place < expandedMost && suspicion(ranking) >= expandSurely,
  );
}
