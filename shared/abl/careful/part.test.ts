import { describe, expect, it } from 'vitest';
import {
  isEven,
  isForeign,
  isPerhapsForeign,
  isTight,
  isWorthFollowing,
  liesApart,
  ofRest,
  type PartFigures,
} from './part.ts';

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

  it('is even, however far out, if it is moved by little for that', () => {
    // Fashion-MNIST, SIG on half of a class, with two seeds: what is known by its bytes anyway.
    expect(isEven({ apart: 5.9, stretch: 1.02, outsiders: -0.06, shift: 0.07, diversity: 0.95 })).toBe(true);
    expect(isEven({ apart: 5.18, stretch: 0.99, outsiders: -0.05, shift: 0.077, diversity: 0.98 })).toBe(
      true,
    );
    // GTSRB, clean: ten signs of class 14.
    expect(isEven({ apart: 6.58, stretch: 1.19, outsiders: 0.03, shift: 0.25, diversity: 1 })).toBe(false);
    expect(isEven({ apart: 5.9, stretch: 1.4, outsiders: -0.06, shift: 0.07, diversity: 0.95 })).toBe(false);
  });

  it('is foreign if it is images of other classes with a pattern, by the measure of these', () => {
    const lies = (apart: number, stretch: number, perShift: number, diversity: number) =>
      isForeign({ apart, stretch, outsiders: 0, shift: apart ** 2 / perShift, diversity });
    // GTSRB, Blend 0.1 all over (seed 409), a face of 0.1 on a part of the image (seed 407).
    expect(lies(14, 0.92, 6900, 0.89)).toBe(true);
    expect(lies(7.9, 0.87, 1150, 0.87)).toBe(true);
    // That face with two other samples of other classes: not quite as diverse, but very even.
    expect(lies(8.2, 0.79, 1206, 0.84)).toBe(true);
    expect(lies(8.2, 1.02, 1206, 0.84)).toBe(false);
    expect(lies(8.2, 0.79, 650, 0.84)).toBe(false);
    expect(lies(8.2, 0.79, 1206, 0.79)).toBe(false);
    // GTSRB, clean: classes 9 (twice), 5, 13 and 22.
    expect(lies(6.8, 1.07, 720, 0.57)).toBe(false);
    expect(lies(7.7, 1.18, 735, 0.73)).toBe(false);
    expect(lies(6.9, 1.25, 970, 0.66)).toBe(false);
    expect(lies(9, 4.2, 1080, 1.19)).toBe(false);
    expect(lies(6.5, 1.49, 320, 1.21)).toBe(false);
    expect(lies(5.9, 0.92, 6900, 0.89)).toBe(false);
  });

  it('is perhaps foreign before all others are left out of it', () => {
    const first = { apart: 4.4, stretch: 2.4, outsiders: 0, shift: 0.025, diversity: 0.88 };
    expect(isPerhapsForeign(first)).toBe(true);
    for (const less of [{ apart: 3.9 }, { shift: 0.035 }, { diversity: 0.4 }])
      expect(isPerhapsForeign({ ...first, ...less })).toBe(false);
  });
});
