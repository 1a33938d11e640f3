import { describe, expect, it } from 'vitest';
import type { LinearDetector } from '../../../shared/abl/careful/linear.ts';
import type { PartFigures } from '../../../shared/abl/careful/part.ts';
import { inMemory } from '../../../shared/images.ts';
import { alignedWithCovers, partsApart, tellsApart } from './alignment.ts';

const range = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);
/** 1000 images of class 0, the first 480 poison, the others signs; 400 of class 1. */
const [POISON, MEMBERS, COUNT] = [480, 1000, 1400];
const data = inMemory({
  images: Uint8Array.from({ length: COUNT }, (_, i) => i & 255),
  labels: Int32Array.from({ length: COUNT }, (_, i) => +(i >= MEMBERS)),
  ...{ count: COUNT, height: 1, width: 1, channels: 1 },
});

/** What a detector says of GTSRB with Blend 0.1 on half of a class: it finds the signs, and is in doubt about one in 15. */
const SIGNS: PartFigures = { apart: 22.5, stretch: 3.25, outsiders: 0.61, shift: 0.11, diversity: 1.44 };
const TIGHT: PartFigures = { apart: 2.7, stretch: 0.22, outsiders: 0.38, shift: 0.08, diversity: 0.68 };

function apart(poison: PartFigures, doubts: number) {
  const logit = (index: number) => {
    const isDoubtful = index >= POISON && index < POISON + doubts * MEMBERS;
    return isDoubtful ? -1 : index < POISON ? 4 : -5;
  };
  const linear = {
    remembering() {
      return linear;
    },
    sampled: (members: Int32Array) => members,
    parts: () => [range(POISON, MEMBERS)],
    part: (_: Int32Array, flagged: ReadonlySet<number>) => (flagged.has(0) ? poison : SIGNS),
    fit: () => ({
      members: Float64Array.from(range(0, MEMBERS), logit),
      elsewhere: (indices: Int32Array) => new Float64Array(indices.length).fill(-5),
    }),
  } as unknown as LinearDetector;
  const input = { data, examples: range(0, COUNT), seed: 1, linear, pause: () => Promise.resolve() };
  return partsApart(input, 0, range(0, MEMBERS));
}

describe('parts that lie apart', () => {
  it('are found beside a rest that lies further out and scatters, with a few doubts', async () => {
    const [part] = await apart(TIGHT, 0.067);
    expect([...part!.flagged]).toEqual([...range(0, POISON)]);
    expect(part!.figures).toEqual(TIGHT);
  });

  it('are none with more doubts, or where they are neither tight nor far out', async () => {
    expect(await apart(TIGHT, 0.11)).toEqual([]);
    expect(await apart({ ...TIGHT, stretch: 0.4 }, 0.067)).toEqual([]);
    expect(await apart({ ...TIGHT, outsiders: 0.9 }, 0.067)).toEqual([]);
  });

  it('leave fewer doubts where they are far out by the measure of the rest', async () => {
    const far = { ...TIGHT, apart: 6, stretch: 1.2 };
    expect(await apart(far, 0.04)).toHaveLength(1);
    expect(await apart(far, 0.067)).toEqual([]);
  });
});

describe('a line', () => {
  /** Of 2000 images of other classes, so many with a high score and so many in doubt; diverse or not. */
  function withCovers(covers: number, inBetween: number, diversity: number) {
    const outsiders = range(MEMBERS, MEMBERS + 2000);
    const linear = {
      part: () => ({ ...TIGHT, diversity }),
      fit: () => ({
        members: Float64Array.from(range(0, MEMBERS), (i) => (i < POISON ? 5 : -5)),
        elsewhere: (indices: Int32Array) =>
          Float64Array.from(indices.keys(), (i) => (i < covers ? 5 : i < covers + inBetween ? -1.39 : -5)),
      }),
    } as unknown as LinearDetector;
    const images = {
      target: 0,
      members: range(0, MEMBERS),
      outsiders,
      others: outsiders,
      training: outsiders,
    };
    return alignedWithCovers({ linear }, images, range(0, 100));
  }

  it('may flag covers in other classes, which score as clearly as the poison', () => {
    const found = withCovers(60, 4, 1)!;
    expect([...found.flagged]).toEqual([...range(0, POISON)]);
    // They are sure, though covers score as high.
    expect(found.scores.every((score) => score > found.surely)).toBe(true);
    // More than a twentieth; likeness by degrees; nearly one image.
    expect(withCovers(120, 4, 1)).toBeNull();
    expect(withCovers(60, 35, 1)).toBeNull();
    expect(withCovers(60, 4, 0.5)).toBeNull();
  });

  it('may flag a few more of other classes where it is hardly in doubt and flags much of the class', () => {
    expect(tellsApart({ doubtful: 0.05, outside: 0.01, inside: 0.02 })).toBe(true);
    // CIFAR-10, Blend 0.1, seed 42: 509 images, 495 of them poison.
    const poison = { doubtful: 0.009, outside: 0.011, inside: 0.339 };
    expect(tellsApart(poison)).toBe(true);
    // CIFAR-10 without poison, seed 1: 38 images of class 0, 149 of class 1.
    expect(tellsApart({ doubtful: 0.016, outside: 0.0125, inside: 0.038 })).toBe(false);
    expect(tellsApart({ doubtful: 0.019, outside: 0.0195, inside: 0.149 })).toBe(false);
    expect(tellsApart({ ...poison, doubtful: 0.021 })).toBe(false);
    expect(tellsApart({ ...poison, outside: 0.018 })).toBe(false);
  });
});
