import type { Pause } from '../../../shared/abl/inspection.ts';
import { cutFrom, worthChecking } from '../../../shared/abl/careful/decision.ts';
import { distinctImages, type RankedClass } from '../../../shared/abl/careful/seeds.ts';
import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import type { ImageSet } from '../../../shared/contract/dataset.ts';
import type { Engine, Model } from '../../../shared/contract/engine.ts';
import { trainDetector, triggerScores } from './detector.ts';
import { bestReconstruction, sample, type Probes, type Reconstruction } from './probes.ts';

/** Images of one class that seem to carry one trigger. */
export interface Group {
  class: number;
  reconstruction: Reconstruction;
  /** Data-set indices, rising. */
  flagged: Int32Array;
  /** The detector's score by position in `flagged`, 0..1. */
  scores: Float32Array;
  /** Share of the class's examples, and of other classes' images, that the detector flags. */
  inside: number;
  outside: number;
  /** Share of the class's examples with a score between clear no and clear yes, and of other classes' images flagged at 0.5. */
  doubtful: number;
  falseAlarms: number;
  /** Score above which an image is flagged. */
  cut: number;
  detectorAccuracy: number;
  /** Flip gain of the trigger made from the flagged under a tighter limit. */
  faintGain: number;
}

export interface ExpansionInput {
  engine: Engine;
  /** Of stage 1. */
  model: Model;
  data: ImageSet;
  /** The training examples in use. */
  examples: Int32Array;
  probes: Probes;
  seed: number;
  pause: Pause;
}

/**
 * From a few suspects of a class to all of them: reconstruct the trigger, train a detector on it, flag what
 * carries it, and once more from the flagged. The later round counts unless its trigger works less well.
 * @param members the class's examples, without those of groups found earlier
 */
export async function expandGroup(
  { engine, model, data, examples, probes, seed, pause }: ExpansionInput,
  ranked: RankedClass,
  members: Int32Array,
): Promise<Group | null> {
  const target = ranked.class;
  const others = examples.filter((index) => data.labels[index] !== target);
  const reference = sample(others, CAREFUL.referenceImages, seed, `reference ${target}`);
  const training = sample(others, CAREFUL.detectorImages, seed, `detector ${target}`);
  const outsiders = sample(others, CAREFUL.outsideImages, seed, `outside ${target}`);
  const probing = { model, data, probes, pause };
  let suspects = ranked.seed;
  let rest = ranked.reference;
  let best: Group | null = null;
  for (const [round, steps] of CAREFUL.detectorSteps.entries()) {
    const reconstruction = await bestReconstruction(
      probing,
      target,
      suspects,
      [rest, reference],
      CAREFUL.expansionBudget,
    );
    // A trigger that does not become effective once most of its images are found is none.
    if (!reconstruction || (best && !worthChecking({ gain: reconstruction.gain, outside: best.outside })))
      break;
    const name = `${target} ${round} ${members.length}`;
    const detector = await trainDetector(
      engine,
      data,
      reconstruction.trigger,
      training,
      steps,
      seed,
      name,
      pause,
    );
    let group: Group;
    try {
      const inside = await triggerScores(detector.model, data, members, pause);
      const outside = await triggerScores(detector.model, data, outsiders, pause);
      const cut = cutFrom(outside);
      const positions = members.map((_, i) => i).filter((i) => inside[i]! > cut);
      group = {
        class: target,
        reconstruction,
        flagged: positions.map((i) => members[i]!),
        scores: Float32Array.from(positions, (i) => inside[i]!),
        inside: positions.length / members.length,
        outside: outside.filter((score) => score > cut).length / Math.max(1, outside.length),
        doubtful: inside.filter((score) => score > 0.1 && score < 0.9).length / members.length,
        falseAlarms: outside.filter((score) => score > 0.5).length / Math.max(1, outside.length),
        cut,
        detectorAccuracy: detector.accuracy,
        faintGain: 0,
      };
    } finally {
      detector.model.dispose();
    }
    if (!best || group.reconstruction.gain >= best.reconstruction.gain - 0.05) best = group;
    if (group.flagged.length < CAREFUL.smallestGroup) break;
    const flagged = new Set(group.flagged);
    suspects = distinctImages(data, group.flagged);
    const unflagged = members.filter((index) => !flagged.has(index));
    rest = unflagged.length >= CAREFUL.smallestClass ? unflagged : ranked.reference;
  }
  if (!best) return null;
  const suspectsFound = distinctImages(data, best.flagged);
  if (suspectsFound.length < CAREFUL.smallestGroup) return null;
  const references = [rest, reference];
  const faint = await bestReconstruction(probing, target, suspectsFound, references, CAREFUL.faintBudget);
  return { ...best, faintGain: faint?.gain ?? 0 };
}
