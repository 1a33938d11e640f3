import { THRESHOLDS } from './settings.ts';

/** How a part of a class lies to the rest of it, in the space of pixels. */
export interface PartFigures {
  /**
   * Along the line that each half of the class gives for the other: how far the part's median lies from that of the rest,
   * in standard deviations of the rest (the smaller of the two), and the part's standard deviation in the same unit.
   */
  apart: number;
  stretch: number;
  /** Where images of other classes lie along that line: 0 at the rest, 1 at the part. */
  outsiders: number;
  /** Squared distance of the means, and the part's variance, summed over all values, in units of the rest's variance. */
  shift: number;
  diversity: number;
}

/** Whether a part lies far out as one heap. Natural likeness comes in degrees, and scatters along the line. */
export function liesApart({ apart, stretch }: PartFigures): boolean {
  const { moved } = THRESHOLDS;
  return apart >= moved.apart && stretch <= moved.stretch;
}

/**
 * Whether a part is the rest of its class with one fixed pattern: it lies far out as one heap, and yet is as diverse as
 * the rest and hardly moved by what images differ by. Nature has kinds of images that lie far out, but these look
 * different (they are moved far), or are nearly the same image (without diversity).
 */
export function isMoved(part: PartFigures): boolean {
  const { shift, diversity } = THRESHOLDS.moved;
  const isDiverse = part.diversity >= diversity && part.diversity <= 1 / diversity;
  return liesApart(part) && part.shift <= shift && isDiverse;
}
