import {
  amplified,
  counterparts,
  imageDifference,
  meanDifference,
} from '../../../shared/abl/careful/difference.ts';
import { base64, pictureOf } from '../../../shared/abl/careful/picture.ts';
import type { Images } from '../../../shared/contract/dataset.ts';
import type { DifferenceSheet, TriggerPicture } from '../../../shared/contract/results.ts';
import { imageBytes } from '../../../shared/images.ts';
import type { CarefulResult } from './careful.ts';
import { triggerOf } from './poison.ts';
import { sample } from './probes.ts';

/** Pictures of the triggers of groups judged to be poison. */
export function triggersOf(
  { groups, conclusion }: CarefulResult,
  { height, width, channels }: Images,
): TriggerPicture[] {
  return groups.flatMap((group, i) => {
    const { decision, figures } = conclusion.groups[i]!;
    const trigger = decision === 'poison' ? triggerOf(group, figures) : null;
    if (!trigger) return [];
    const pixels = base64(pictureOf(trigger));
    return [{ class: group.class, images: group.flagged.length, height, width, channels, pixels }];
  });
}

/** Suspects on a sheet, and bytes that the pictures of one may take. */
const SHEET = { pairs: 6, bytes: 400_000 } as const;
/** Images that a mean is taken over, and among which counterparts are sought. */
const COMPARED = 2000;

/** The difference sheets of the groups judged to be poison. */
export async function differencesOf(
  { groups, conclusion, kept }: CarefulResult,
  data: Images,
  seed: number,
): Promise<DifferenceSheet[]> {
  const { height, width, channels } = data;
  const count = Math.min(SHEET.pairs, Math.max(1, Math.floor(SHEET.bytes / (3 * imageBytes(data)))));
  const sheets: DifferenceSheet[] = [];
  for (const [i, { class: target, flagged, scores }] of groups.entries()) {
    if (conclusion.groups[i]!.decision !== 'poison') continue;
    const others = kept.filter((index) => data.labels[index] === target);
    const some = sample(flagged, COMPARED, seed, 'difference suspects');
    const rest = sample(others, COMPARED, seed, 'difference others');
    const pool = sample(kept, COMPARED, seed, 'difference pool');
    await data.prepare(Int32Array.from([...some, ...rest]));
    const mean = base64(amplified(meanDifference(data, some, rest)));
    const surest = [...flagged.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b).slice(0, count);
    const suspects = Int32Array.from(surest, (place) => flagged[place]!);
    await data.prepare(Int32Array.from([...suspects, ...pool]));
    const nearest = counterparts(data, suspects, pool);
    const pairs = [...suspects].flatMap((suspect, k) => {
      const counterpart = nearest[k]!;
      if (counterpart < 0) return [];
      const difference = amplified(imageDifference(data, suspect, counterpart));
      const pixels = [...data.image(suspect), ...data.image(counterpart), ...difference];
      return [{ suspect, counterpart, pixels: base64(Uint8Array.from(pixels)) }];
    });
    sheets.push({ class: target, height, width, channels, mean, pairs });
  }
  return sheets;
}
