import { cutFrom } from '../../../shared/abl/careful/cut.ts';
import { heapOf, type Point } from '../../../shared/abl/careful/heaps.ts';
import type { LinearDetector, LinearFit } from '../../../shared/abl/careful/linear.ts';
import { isForeign, isPerhapsForeign, type PartFigures } from '../../../shared/abl/careful/part.ts';
import type { Pause } from '../../../shared/abl/inspection.ts';
import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import { THRESHOLDS } from '../../../shared/abl/careful/thresholds.ts';
import { scoresFrom } from './detector.ts';
import { flaggedAbove, overlap, without, type DetectorImages, type Flagged } from './flagging.ts';

/** Images of other classes: to find lines with, and to see how these scatter along them. */
type Others = Pick<DetectorImages, 'training' | 'outsiders'>;

/** Who has the pattern, how they lie to images of other classes, and what the lines leave in doubt, see Flagged. */
export interface FoundForeign extends Pick<Flagged, 'flagged' | 'doubtful' | 'outside'> {
  figures: PartFigures;
}

/**
 * Looks for images of a class that are images of other classes but for a pattern that they share. Where a class has a look of
 * its own that sets it further apart than a faint pattern does, no line between these and the rest tells what the pattern is.
 * So it is looked for where it is all that differs: between images of the class that look like other classes, and images of
 * other classes.
 */
export class ForeignSearch {
  readonly #linear: LinearDetector;
  readonly #images: DetectorImages;
  readonly #few: Others;
  readonly #pause: Pause;
  readonly #tried: Int32Array[] = [];
  #isFound = false;

  /** @param images of them the members are those that are looked through */
  constructor(linear: LinearDetector, images: DetectorImages, pause: Pause) {
    this.#linear = linear;
    this.#images = images;
    this.#few = {
      training: images.training.subarray(0, CAREFUL.partOutsiders),
      outsiders: images.outsiders.subarray(0, CAREFUL.partOutsiders),
    };
    this.#pause = pause;
  }

  /**
   * @param own images that seem to have the look of the class
   * @param most so many are tried, counted with those before
   * @returns null where there is no pattern, or these are few or were tried already, or some were found beyond doubt
   */
  async among(own: Int32Array, most: number = CAREFUL.foreignTries): Promise<FoundForeign | null> {
    const { members } = this.#images;
    const isTried = this.#tried.some((other) => overlap(other, new Set(own)) >= CAREFUL.foreignSame);
    if (this.#isFound || isTried || this.#tried.length >= most) return null;
    if (own.length < CAREFUL.foreignOwn * members.length) return null;
    this.#tried.push(own);
    await this.#pause();
    let suspects: Int32Array = without(members, own);
    if (!this.#isPerhaps(suspects)) {
      const along = lineTo(this.#linear, own, this.#few)?.elsewhere(members);
      suspects = members.filter((_, i) => along && along[i]! < 0);
      if (!this.#isPerhaps(suspects)) return null;
    }
    const found = await foreignFrom(this.#linear, this.#images, suspects, this.#pause);
    if (!found) return null;
    this.#isFound = isSureOfForeign(found);
    const { flagged, figures, doubtful, outside } = found;
    return { flagged, figures, doubtful, outside };
  }

  #isPerhaps(some: Int32Array): boolean {
    const figures = figuresOf(this.#linear, some, this.#few);
    return figures !== null && isPerhapsForeign(figures);
  }
}

/** As sharp as a group has to be that labels alone judge; the pattern may well be in the noise of a few of other classes. */
export function isSureOfForeign({ doubtful, outside }: Pick<FoundForeign, 'doubtful' | 'outside'>): boolean {
  return doubtful <= THRESHOLDS.doubtful && outside <= CAREFUL.linearHardly.outside;
}

/**
 * Goes on from suspects until it settles.
 * @returns null unless these are images of other classes with a pattern in the end
 */
export async function foreignFrom(
  linear: LinearDetector,
  images: DetectorImages,
  suspects: Int32Array,
  pause: Pause,
) {
  let found: ReturnType<typeof foreignLike> = null;
  let from = suspects;
  for (let turn = 0; turn < CAREFUL.foreignTurns; turn++) {
    await pause();
    found = foreignLike(linear, images, from);
    if (!found) return null;
    if (overlap(from, new Set(found.flagged)) >= CAREFUL.foreignSettled) break;
    from = found.flagged;
  }
  const figures = found && figuresOf(linear, found.flagged, images);
  return figures && isForeign(figures) ? { ...found!, figures } : null;
}

/**
 * From some images of other classes that have a pattern to all. Two lines, from other classes to the look of the class and to
 * the pattern, give two scores, and an image belongs where these are likeliest: to the class, to other classes, or to those
 * with the pattern.
 */
function foreignLike(linear: LinearDetector, images: DetectorImages, suspects: Int32Array) {
  const { members, outsiders } = images;
  const own = without(members, suspects);
  const [toOwn, toPattern] = [own, suspects].map((side) => lineTo(linear, side, images));
  if (!toOwn || !toPattern) return null;
  const pointsOf = (...all: Parameters<LinearFit['elsewhere']>): Point[] => {
    const [x, y] = [toOwn.elsewhere(...all), toPattern.elsewhere(...all)];
    return Array.from(x, (value, i) => [value, y[i]!] as const);
  };
  const [inside, outside] = [pointsOf(members), pointsOf(outsiders)];
  const isSuspect = new Set(suspects);
  const pattern = heapOf(inside.filter((_, i) => isSuspect.has(members[i]!)));
  const usual = [heapOf(inside.filter((_, i) => !isSuspect.has(members[i]!))), heapOf(outside)];
  const odds = (points: Point[]) =>
    Float64Array.from(points, (point) => pattern(point) - Math.max(...usual.map((of) => of(point))));
  const scores = [scoresFrom(odds(inside)), scoresFrom(odds(outside))] as const;
  const cut = cutFrom(...scores, { ...CAREFUL, mixture: true });
  const fit: Pick<LinearFit, 'elsewhere'> = { elsewhere: (...all) => odds(pointsOf(...all)) };
  return { ...flaggedAbove(cut, members, ...scores), fit };
}

/** From images of other classes to some others. For the images from which it is found, it is what the other half gives. */
function lineTo(
  linear: LinearDetector,
  side: Int32Array,
  { training, outsiders }: Others,
): Pick<LinearFit, 'elsewhere'> | null {
  const all = Int32Array.from([...side, ...training.subarray(0, CAREFUL.foreignTraining)]);
  const fit = linear.fit(all, new Set(side), outsiders);
  if (!fit) return null;
  const known = new Map(Array.from(all, (index, i) => [index, fit.members[i]!]));
  return {
    elsewhere: (indices, data, target) => {
      const values = fit.elsewhere(indices, data, target);
      return data ? values : values.map((value, i) => known.get(indices[i]!) ?? value);
    },
  };
}

function figuresOf(linear: LinearDetector, side: Int32Array, { training, outsiders }: Others) {
  if (side.length < CAREFUL.smallestGroup) return null;
  return linear.part(
    Int32Array.from([...side, ...training.subarray(0, CAREFUL.foreignTraining)]),
    new Set(side),
    outsiders,
  );
}
