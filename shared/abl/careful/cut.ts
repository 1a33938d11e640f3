import { equallyLikely } from './mixture.ts';
import { CAREFUL } from './settings.ts';
import { THRESHOLDS } from './thresholds.ts';

export interface CutLimits {
  /** The cut is at least this. */
  lowestCut: number;
  /** At most this share of other classes' images may lie above it, unless it is as high as can be. */
  outsideShare: number;
  /** Whether the class's own scores move the cut, if few of them are in doubt. */
  mixture: boolean;
  /** Whether a gap in the class's scores is enough to take a trigger for one that other classes carry. */
  sharing: 'perhaps' | 'surely';
}

/**
 * The score above which an image is flagged. Images of other classes tell how often a cut is wrong, so for each cut
 * the precision and the recall of what it flags in the class can be estimated; the best balance (F1) of them is taken. Where few
 * of the class are in doubt, its own scores move the cut to where they divide, at the price of at most twice that share.
 * @param inside scores of the class, 0..1
 * @param outside scores of images of other classes
 */
export function cutFrom(
  inside: Float32Array,
  outside: Float32Array,
  { lowestCut, outsideShare, mixture }: Omit<CutLimits, 'sharing'>,
): number {
  if (outside.length === 0) return lowestCut;
  const falling = outside.toSorted().reverse();
  const most = Math.floor(falling.length * outsideShare);
  const cuts: { cut: number; flagged: number; wrong: number }[] = [];
  for (let place = 0; place <= Math.min(most, falling.length - 1); place++) {
    const cut = Math.min(CAREFUL.highestCut, Math.max(lowestCut, falling[place]!));
    const flagged = inside.filter((score) => score > cut).length;
    cuts.push({ cut, flagged, wrong: outside.filter((score) => score > cut).length / outside.length });
  }
  const carriers = Math.max(
    ...cuts.map(({ flagged, wrong }) => (flagged - wrong * inside.length) / (1 - wrong)),
  );
  if (carriers <= 0) return cuts[0]!.cut;
  const balance = ({ flagged, wrong }: (typeof cuts)[number]) =>
    (2 * (flagged - wrong * (inside.length - carriers))) / (flagged + carriers);
  const { cut } = cuts.reduce((best, one) => (balance(one) >= balance(best) ? one : best));
  if (!mixture || doubtfulShare(inside) > THRESHOLDS.clear.doubtful) return cut;
  const lowest = Math.max(lowestCut, falling[Math.min(2 * most, falling.length - 1)]!);
  return Math.min(CAREFUL.highestCut, Math.max(lowest, equallyLikely(inside, cut) ?? cut));
}

/** Share of scores that say neither yes nor no. */
export function doubtfulShare(scores: Float32Array): number {
  return scores.filter((score) => score > 0.1 && score < 0.9).length / scores.length;
}

/**
 * The middle of a gap in the scores of a class, with hardly an image in it compared to those above: a trigger is there
 * or not, while natural likeness comes in degrees.
 * @param scores 0..1
 * @returns null without such a gap
 */
export function gapIn(scores: Float32Array): number | null {
  const half = CAREFUL.gapWidth / 2;
  let best: { middle: number; share: number } | null = null;
  for (let place = 4; place <= 16; place++) {
    const middle = place / 20;
    const above = scores.filter((score) => score > middle).length;
    if (above < CAREFUL.smallestGroup) break;
    const share = scores.filter((score) => Math.abs(score - middle) <= half).length / above;
    if (!best || share < best.share) best = { middle, share };
  }
  return best && best.share <= THRESHOLDS.gap ? best.middle : null;
}

/** Whether more than a few images of other classes lie above the gap, and not most: that is how images are. */
export function isPerhapsShared(outside: Float32Array, gap: number): boolean {
  const share = outside.filter((score) => score > gap).length / outside.length;
  return share > CAREFUL.outsideShare && share <= CAREFUL.sharedMost;
}

/** Whether there is a gap between them and the rest, too. */
export function isShared(outside: Float32Array, gap: number): boolean {
  const above = outside.filter((score) => score > gap).length;
  const inGap = outside.filter((score) => Math.abs(score - gap) <= CAREFUL.gapWidth / 2).length;
  return isPerhapsShared(outside, gap) && inGap <= THRESHOLDS.sharedGap * above;
}
