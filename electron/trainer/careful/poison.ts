import { areMostlyInnocent, type CheckFigures } from '../../../shared/abl/careful/decision.ts';
import type { LinearDetector } from '../../../shared/abl/careful/linear.ts';
import type { Images } from '../../../shared/contract/dataset.ts';
import { alongLine } from './alignment.ts';
import type { Group } from './expansion.ts';
import { detectorImages, imagesOf, membersOf, without } from './flagging.ts';

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

/**
 * The poison of a group once more, along the line that it gives. Where the detectors were in doubt, a part of what they flagged
 * was innocent, and hid the line that the poison alone gives.
 * @param decided all groups that were judged to be poison
 * @returns null unless the line tells apart well what are for the most part the same images
 */
export function sharpened(
  input: { data: Images; examples: Int32Array; seed: number },
  linear: LinearDetector,
  group: Group,
  poison: Int32Array,
  decided: Group[],
): Int32Array | null {
  if (group.found !== 'trigger' || group.stamp) return null;
  const other = imagesOf(decided.filter((one) => one !== group && one.class === group.class));
  const members = without(membersOf(group.class, input), other);
  return alongLine({ linear }, detectorImages(input, group.class, members), poison)?.flagged ?? null;
}
