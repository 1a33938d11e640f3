import type { GroupFigures } from './decision.ts';
import { isMoved } from './part.ts';
import { CAREFUL, THRESHOLDS } from './settings.ts';

/** Whether a group is ordinary images of its class with one fixed pattern that no others have; not most of the class. */
export function isPattern(figures: GroupFigures): boolean {
  const { found, inside, outside } = figures;
  // Of a pattern that others have too, the gain may be that of another class.
  if (found === 'everywhere' || outside > CAREFUL.linearOutside || inside > THRESHOLDS.mostOfClass)
    return false;
  return isMark(figures) || isOnImages(figures);
}

/** Whether its images have the very same values where no other class does, not only such as clipping gives. */
export function isMark({ stamp }: GroupFigures): boolean {
  if (!stamp || stamp.elsewhere > THRESHOLDS.absent) return false;
  return stamp.unclipped >= Math.max(CAREFUL.fixedPlaces, THRESHOLDS.unclipped * stamp.values);
}

/** Whether a group is images like the rest of its class with one pattern, and the rest is like other classes without it. */
export function isOnImages({ part }: GroupFigures): boolean {
  return !!part && part.outsiders <= 0.5 && isMoved(part);
}
