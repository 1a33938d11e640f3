import { describe, expect, it } from 'vitest';
import { isTight, isWorthFollowing, liesApart, ofRest, type PartFigures } from './part.ts';

describe('a part of a class', () => {
  // GTSRB, Blend 0.1 on 475 images beside 523 signs: as it is found at first (the signs), and the poison once it is whole.
  const signs: PartFigures = { apart: 22.5, stretch: 3.25, outsiders: 0.61, shift: 0.11, diversity: 1.44 };
  const poison: PartFigures = { apart: 2.7, stretch: 0.22, outsiders: 0.38, shift: 0.08, diversity: 0.68 };

  it('is measured from either side', () => {
    expect(ofRest({ ...signs, apart: 12, stretch: 3 })).toEqual({ apart: 4, stretch: 1 / 3 });
    expect(isWorthFollowing(signs)).toBe(false);
    expect(isWorthFollowing(ofRest(signs))).toBe(true);
  });

  it('is tight if it is one heap beside a rest that scatters', () => {
    expect(liesApart(poison)).toBe(false);
    expect(isTight(poison)).toBe(true);
    // Likeness by degrees, near in its own measure, nearly one image, and where images of other classes lie: as nature's are.
    for (const natural of [{ stretch: 0.4 }, { apart: 1.7 }, { diversity: 0.4 }, { outsiders: 0.9 }])
      expect(isTight({ ...poison, ...natural })).toBe(false);
    // GTSRB, clean, class 7: the usual signs beside a few others.
    expect(isTight({ apart: 3.9, stretch: 0.29, outsiders: 1, shift: 2.35, diversity: 0.71 })).toBe(false);
  });
});
