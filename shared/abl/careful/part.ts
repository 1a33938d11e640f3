import { CAREFUL } from './settings.ts';
import { THRESHOLDS } from './thresholds.ts';

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

/** Whether a part may turn out to lie apart once it is found whole. */
export function isWorthFollowing({ apart, stretch }: Pick<PartFigures, 'apart' | 'stretch'>): boolean {
  return apart >= CAREFUL.partsFollowed.apart && stretch <= CAREFUL.partsFollowed.stretch;
}

/** The same distance and width as the rest sees it: how it lies to the part. */
export function ofRest({ apart, stretch }: PartFigures): Pick<PartFigures, 'apart' | 'stretch'> {
  return { apart: apart / stretch, stretch: 1 / stretch };
}

/**
 * Whether a part is one heap beside a rest that scatters much more along the line, and far from it for its width: images of all
 * kinds with one faint pattern beside those of a class that has a look of its own. Nature's heaps of that sort lie where images
 * of other classes do. Outliers of the rest make a part look narrower than it is, so that labels have to decide.
 */
export function isTight(part: PartFigures): boolean {
  const { tight } = THRESHOLDS;
  const { apart, stretch, outsiders } = part;
  return isDiverse(part) && outsiders <= 0.5 && stretch <= tight.stretch && apart >= tight.apart * stretch;
}

/**
 * Whether a part of a class is images of other classes with one fixed pattern; here the rest are images of other classes. As for
 * isMoved the part lies far out as one heap though it is moved by little; what nature has between classes takes more.
 */
export function isForeign(part: PartFigures): boolean {
  return THRESHOLDS.foreign.some((rule) => meets(part, rule) && isDiverse(part, rule.diverse));
}

/** Whether it may turn out to be, once what is none of it is left out. */
export function isPerhapsForeign({ apart, shift, diversity }: PartFigures): boolean {
  const { foreignFollowed: least } = CAREFUL;
  return apart >= least.apart && shift * least.perShift <= apart ** 2 && diversity >= least.diversity;
}

/** Whether a part lies far out as one heap. Natural likeness comes in degrees, and scatters along the line. */
export function liesApart({ apart, stretch }: PartFigures): boolean {
  const { heap } = THRESHOLDS;
  return apart >= heap.apart && stretch <= heap.stretch;
}

/**
 * Whether a part is the rest of its class with one fixed pattern: it lies far out as one heap though it is moved by less
 * than nature would move it so far (where it is very even, more will do), and is as diverse as the rest. Nature has kinds of images that lie far out, but these look different (what moves them is
 * what images differ by anyway, so that it takes much to lie far out), or are nearly the same image (without diversity).
 */
export function isMoved(part: PartFigures): boolean {
  return movedAs(part) !== null;
}

/** The first of the rules that such a part meets; null if none. */
export function movedAs(part: PartFigures): (typeof THRESHOLDS.moved)[number] | null {
  return (isDiverse(part) && THRESHOLDS.moved.find((rule) => meets(part, rule))) || null;
}

/** The same of a part that is moved by a lot. A pattern may be much to dull images, but a kind of images rarely is so even. */
export function isDiverseHeap(part: PartFigures): boolean {
  const [{ apart, stretch }] = THRESHOLDS.moved;
  return isDiverse(part) && part.apart >= apart && part.stretch <= stretch;
}

/** Whether a part is so even, diverse and little moved, however far out: bytes say already that its images have a pattern. */
export function isEven(part: PartFigures): boolean {
  return isDiverse(part) && meets(part, { ...THRESHOLDS.even, apart: 0 });
}

/** Whether a part lies so far out, so evenly, and is moved by so little for that. */
function meets(
  part: PartFigures,
  { apart, stretch, perShift }: { apart: number; stretch: number; perShift: number },
): boolean {
  return part.apart >= apart && part.stretch <= stretch && part.shift * perShift <= part.apart ** 2;
}

/** Whether a part is as diverse as the rest, from this share to its inverse. */
export function isDiverse({ diversity }: PartFigures, least: number = THRESHOLDS.diverse): boolean {
  return diversity >= least && diversity <= 1 / least;
}
