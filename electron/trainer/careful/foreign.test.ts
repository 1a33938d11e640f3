import { describe, expect, it } from 'vitest';
import { LinearDetector } from '../../../shared/abl/careful/linear.ts';
import { inMemory } from '../../../shared/images.ts';
import { stream } from '../../../shared/random.ts';
import { detectorImages } from './flagging.ts';
import { foreignLike, ForeignSearch } from './foreign.ts';

const [SIDE, OWN, STRANGERS, OTHERS] = [10, 200, 150, 4000];
const COUNT = OWN + STRANGERS + OTHERS;
const MEMBERS = OWN + STRANGERS;
const range = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);

/**
 * Smooth images of 10 x 10 pixels with a little noise. Of class 0 the first 200 have a look of its own, more or less of it, the next
 * 150 are like those of classes 1 to 20, with a faint pattern of this strength.
 */
function signs(strength: number) {
  const random = stream(5, 'foreign test', `${strength}`);
  const pattern = Array.from({ length: SIDE * SIDE }, () =>
    random.between(-1, 1) < 0 ? -strength : strength,
  );
  const images = new Uint8Array(COUNT * SIDE * SIDE);
  for (let i = 0; i < COUNT; i++) {
    const [middle, slopeX, slopeY] = [random.between(80, 170), random.between(-5, 5), random.between(-5, 5)];
    const look = i < OWN ? random.between(5, 40) : 0;
    for (let p = 0; p < SIDE * SIDE; p++) {
      const [x, y] = [(p % SIDE) - SIDE / 2, Math.floor(p / SIDE) - SIDE / 2];
      const added = i < OWN ? look * Math.sin(x * y) : i < MEMBERS ? pattern[p]! : 0;
      const value = middle + slopeX * x + slopeY * y + added + random.between(-6, 6);
      images[i * SIDE * SIDE + p] = Math.max(0, Math.min(255, Math.round(value)));
    }
  }
  const labels = Int32Array.from({ length: COUNT }, (_, i) => (i < MEMBERS ? 0 : 1 + (i % 20)));
  return inMemory({ images, labels, count: COUNT, height: SIDE, width: SIDE, channels: 1 });
}

async function searchIn(strength: number) {
  const data = signs(strength);
  const examples = range(0, COUNT);
  const linear = await LinearDetector.of(data, examples, () => Promise.resolve());
  const images = detectorImages({ data, examples, seed: 1 }, 0, range(0, MEMBERS));
  return { linear, images, search: new ForeignSearch(linear, images) };
}

/** A part of the images with the look of the class, as the search for parts finds them. */
const some = range(0, 80);

describe('images of other classes with a pattern', () => {
  it('are found among a class that looks different, from a part of those that are none of them', async () => {
    const { linear, images, search } = await searchIn(5);
    const found = search.among(some)!;
    expect([...found.flagged]).toEqual([...range(OWN, MEMBERS)]);
    // The pattern's norm is 50, 11.8 deviations of noise (12 in the square) with the ridge (1 % of about 600).
    expect(found.figures.apart).toBeGreaterThan(9);
    expect(found.figures.apart).toBeLessThan(14);
    const again = foreignLike(linear, images, found.flagged.subarray(30))!;
    expect([...again.flagged]).toEqual([...range(OWN, MEMBERS)]);
    expect(again.outside).toBe(0);
    expect(again.doubtful).toBeLessThan(0.01);
    // Those of another set are told apart, too.
    const elsewhere = again.fit.elsewhere(range(0, COUNT), signs(5), 0);
    expect(
      elsewhere.filter((odds, i) => odds > 0 === (i >= OWN && i < MEMBERS)).length / COUNT,
    ).toBeGreaterThan(0.99);
  });

  it('are none where they merely have a wrong label, or the pattern is within the noise', async () => {
    expect((await searchIn(0)).search.among(some)).toBeNull();
    expect((await searchIn(1)).search.among(some)).toBeNull();
  });

  it('are looked for once from nearly the same images, and not from a few', async () => {
    const { search } = await searchIn(5);
    expect(search.among(range(0, 15))).toBeNull();
    expect(search.among(some)).not.toBeNull();
    const again = (await searchIn(0)).search;
    expect(again.among(some)).toBeNull();
    expect(again.among(range(0, 70))).toBeNull();
  });
});
