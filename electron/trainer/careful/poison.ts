import { areMostlyInnocent, type CheckFigures } from '../../../shared/abl/careful/decision.ts';
import type { Group } from './expansion.ts';

/**
 * A group's images, without those that the detector flags rather than is sure of and whose labels the check bears
 * out, where most of these have right labels.
 */
export function poisonOf(
  { flagged, scores, surely }: Group,
  check: CheckFigures | null,
  agreeing: Set<number>,
): Int32Array {
  const unsure = flagged.filter((_, i) => scores[i]! <= surely);
  const borneOut = new Set(unsure.filter((index) => agreeing.has(index)));
  if (!check || !areMostlyInnocent({ hits: borneOut.size, of: unsure.length }, check)) return flagged;
  return flagged.filter((index) => !borneOut.has(index));
}
