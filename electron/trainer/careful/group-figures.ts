import type { LinearDetector } from '../../../shared/abl/careful/linear.ts';
import type { PartFigures } from '../../../shared/abl/careful/part.ts';
import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import type { TrustedFigures } from '../../../shared/abl/careful/trusted.ts';
import type { Images } from '../../../shared/contract/dataset.ts';
import type { MarkOrders } from '../../../shared/contract/marks.ts';
import type { Group } from './expansion.ts';
import { imagesOf } from './flagging.ts';
import { sample } from './probes.ts';

/** How a group lies to the rest of its class, without what else was found in it. */
export function partOf(
  group: Group,
  groups: Group[],
  { data, examples, seed }: { data: Images; examples: Int32Array; seed: number },
  linear: LinearDetector,
): PartFigures | null {
  const own = new Set(group.flagged);
  const others = groups.filter((other) => other !== group && other.class === group.class);
  const skipped = imagesOf(others);
  const isMember = (index: number) => data.labels[index] === group.class;
  const members = examples.filter((index) => isMember(index) && (own.has(index) || !skipped.has(index)));
  const outsiders = sample(
    examples.filter((index) => !isMember(index)),
    CAREFUL.partOutsiders,
    seed,
    `outside ${group.class}`,
  );
  return linear.part(members, own, outsiders);
}

/** What trusted images and marks say about a group; null where there are none. */
export function knownOf(
  { class: target, flagged, trusted }: Group,
  {
    data,
    examples,
    trusted: images,
    marks,
  }: { data: Images; examples: Int32Array; trusted?: Images | null; marks?: MarkOrders },
): TrustedFigures | null {
  if (!images && !marks) return null;
  const all = new Set(flagged);
  const among = (indices: number[]) => indices.filter((index) => all.has(index)).length;
  const poison = among(marks?.leftOut ?? []);
  return {
    trusted: trusted[target] ?? { hits: 0, of: 0 },
    inside: flagged.length / examples.filter((index) => data.labels[index] === target).length,
    marked: { hits: poison, of: poison + among(marks?.kept ?? []) },
  };
}
