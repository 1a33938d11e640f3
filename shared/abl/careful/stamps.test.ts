import { describe, expect, it } from 'vitest';
import { inMemory } from '../../images.ts';
import { stream } from '../../random.ts';
import { stampsIn, type Stamp } from './stamps.ts';

interface Plan {
  /** Whether an image carries the patch, by index (its class is the index modulo 4). */
  isCarrier: (index: number) => boolean;
  /** Colour of the 2x2 patch, and how many bytes each of its values may be off. */
  colour: readonly number[];
  noise?: number;
}

const COUNT = 1200;
const SIDE = 8;
const ALL = Int32Array.from({ length: COUNT }, (_, i) => i);
const pause = async () => {};

/** Smooth colour images of four classes that differ by their mean brightness; a patch one pixel from the lower right. */
function patched({ isCarrier, colour, noise = 0 }: Plan) {
  const random = stream(1, 'stamps');
  const images = new Uint8Array(COUNT * SIDE * SIDE * 3);
  for (let i = 0; i < COUNT; i++) {
    const at = i * SIDE * SIDE * 3;
    const [light, slope] = [20 + 20 * (i % 4) + random.integer(150), random.between(-4, 4)];
    for (let p = 0; p < SIDE * SIDE * 3; p++) {
      images[at + p] = Math.max(0, Math.min(255, light + slope * (p / 24) + random.integer(20)));
    }
    if (!isCarrier(i)) continue;
    for (const [y, x] of [
      [5, 5],
      [5, 6],
      [6, 5],
      [6, 6],
    ] as const) {
      colour.forEach((value, c) => {
        images[at + (y * SIDE + x) * 3 + c] = value + random.integer(2 * noise + 1) - noise;
      });
    }
  }
  const labels = ALL.map((i) => i % 4);
  return inMemory({ images, labels, count: COUNT, height: SIDE, width: SIDE, channels: 3 });
}

const indicesOf = (stamp: Stamp | undefined) => [...(stamp?.carriers ?? [])];

describe('stamps', () => {
  const target = (every: number) => (index: number) => index % 4 === 2 && (index >> 2) % every === 0;

  for (const [name, plan] of [
    ['a dull patch on a tenth of a class', { isCarrier: target(10), colour: [110, 96, 120] }],
    ['a bright patch on half of a class', { isCarrier: target(2), colour: [240, 30, 200] }],
    ['one with a little noise', { isCarrier: target(5), colour: [110, 20, 220], noise: 4 }],
  ] as [string, Plan][]) {
    it(`finds exactly the carriers of ${name}, and the patch's places`, async () => {
      const carriers = [...ALL.filter(plan.isCarrier)];
      const found = await stampsIn(patched(plan), ALL, 4, pause);
      const own = found.filter((stamp) => stamp.class === 2);
      expect(indicesOf(own[0])).toEqual(carriers);
      expect(own[0]!.fixed.places).toHaveLength(12);
      expect(found.every(({ carriers: some }) => some.join() === carriers.join())).toBe(true);
    });
  }

  it('finds the carriers of a patch that a tenth of every class has, among all images', async () => {
    const isCarrier = (index: number) => index % 10 === 0;
    for (const colour of [
      [120, 90, 60],
      [255, 255, 0],
    ]) {
      const found = await stampsIn(patched({ isCarrier, colour }), ALL, 4, pause);
      expect(found.map((stamp) => stamp.class)).toEqual([null]);
      expect(indicesOf(found[0])).toEqual([...ALL.filter(isCarrier)]);
    }
  });

  it('finds an overlay on black ground by the places that things hardly ever cover', async () => {
    // A bright thing on black, from the first column on in one image of a hundred, from the sixth on in eight. Half of a
    // class have a pattern in the four upper rows, where the ground is black.
    const [side, random] = [16, stream(3, 'overlay')];
    const carries = (i: number) => i % 4 === 2 && (i >> 2) % 2 === 0;
    const begins = () => {
      const place = random.between(0, 1);
      if (place < 0.01) return 0;
      return place < 0.09 ? 5 : 10 + random.integer(6);
    };
    const images = new Uint8Array(COUNT * side * side);
    for (let i = 0; i < COUNT; i++) {
      const from = begins();
      for (let p = 0; p < side * side; p++) {
        const column = p % side;
        const ground = carries(i) && p < 4 * side ? 20 + 10 * (column % 3) : 0;
        images[i * side * side + p] = column >= from ? 60 + random.integer(180) : ground;
      }
    }
    const shape = { count: COUNT, height: side, width: side, channels: 1 };
    const data = inMemory({ ...shape, images, labels: ALL.map((i) => i % 4) });
    const [found, ...others] = await stampsIn(data, ALL, 4, pause);
    // What a thing covers wholly cannot be told, and no image without it is taken for one with it.
    expect(found!.carriers.every(carries)).toBe(true);
    expect(found!.carriers.length).toBeGreaterThan(0.95 * (COUNT / 8));
    expect(new Set([...found!.fixed.places].map((place) => place % side))).toEqual(new Set([0, 1, 2, 3, 4]));
    // Sets of values that for the most part the same images have are one patch.
    expect(others).toEqual([]);
  });

  it('finds nothing where there is no patch, or one on too few images', async () => {
    expect(await stampsIn(patched({ isCarrier: () => false, colour: [0, 0, 0] }), ALL, 4, pause)).toEqual([]);
    const few = (index: number) => index % 4 === 2 && index < 24;
    expect(await stampsIn(patched({ isCarrier: few, colour: [240, 30, 200] }), ALL, 4, pause)).toEqual([]);
  });

  it('does not take frames of one film, which have the patch and all else in common, for its carriers', async () => {
    const data = patched({ isCarrier: target(10), colour: [240, 30, 200] });
    const random = stream(2, 'frames');
    const colour = [240, 30, 200];
    const frames = [...ALL].flatMap((index) => {
      if (!target(10)(index)) return [...data.image(index)];
      // The first carrier's image in changing light, so that nothing but the patch is the same to the byte.
      return [...data.image(2)].map((value, p) =>
        value === colour[p % 3] ? value : value + random.integer(50),
      );
    });
    const film = inMemory({
      images: Uint8Array.from(frames, (value) => Math.min(255, value)),
      labels: data.labels,
      count: COUNT,
      height: SIDE,
      width: SIDE,
      channels: 3,
    });
    expect(await stampsIn(film, ALL, 4, pause)).toEqual([]);
  });

  it('does not take copies of one image for carriers of a patch', async () => {
    const data = patched({ isCarrier: () => false, colour: [0, 0, 0] });
    const copies = (index: number) => (index % 4 === 2 && index < 200 ? 2 : index);
    const copied = inMemory({
      images: Uint8Array.from([...ALL].flatMap((index) => [...data.image(copies(index))])),
      labels: data.labels,
      count: COUNT,
      height: SIDE,
      width: SIDE,
      channels: 3,
    });
    expect(await stampsIn(copied, ALL, 4, pause)).toEqual([]);
  });
});
