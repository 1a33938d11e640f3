import { describe, expect, it } from 'vitest';
import { inMemory } from '../../images.ts';
import { stream, type Random } from '../../random.ts';
import { unclippedValues } from './clipping.ts';
import { CAREFUL } from './settings.ts';
import { stampsIn } from './stamps.ts';

const COUNT = 1200;
const SIDE = 10;
const CLASSES = 4;
const ALL = Int32Array.from({ length: COUNT }, (_, i) => i);
const pause = async () => {};

/** Grey gradients of four classes (the index modulo 4), with what `mark` does to some of them. */
function images(mark: (image: Uint8Array, index: number, random: Random) => void) {
  const random = stream(7, 'nature');
  const pixels = new Uint8Array(COUNT * SIDE * SIDE);
  for (let i = 0; i < COUNT; i++) {
    const image = pixels.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE);
    const [light, down, right] = [
      40 + random.integer(120),
      random.between(-7, 7),
      random.between(-7, 7) + (i % 4),
    ];
    for (let p = 0; p < image.length; p++) {
      const value = light + down * (Math.floor(p / SIDE) - 5) + right * ((p % SIDE) - 5) + random.integer(16);
      image[p] = Math.max(0, Math.min(255, value));
    }
    mark(image, i, random);
  }
  const labels = ALL.map((i) => i % CLASSES);
  return inMemory({ images: pixels, labels, count: COUNT, height: SIDE, width: SIDE, channels: 1 });
}

/** Values of a square at the lower right, one pixel from the edges. */
function paste(image: Uint8Array, side: number, isLeftOut: (value: number) => boolean = () => false): void {
  for (let k = 0; k < side * side; k++) {
    if (isLeftOut(k)) continue;
    const [y, x] = [SIDE - 1 - side + Math.floor(k / side), SIDE - 1 - side + (k % side)];
    image[y * SIDE + x] = (k % 2) * 200 + 20;
  }
}

const ofClass = (label: number, most: number) => (index: number) =>
  index % CLASSES === label && Math.floor(index / CLASSES) < most;
const stampsOf = (mark: Parameters<typeof images>[0]) => stampsIn(images(mark), ALL, CLASSES, pause);

describe('stamps of grey images', () => {
  it('are found on as many images as make one, and not on fewer', async () => {
    for (const [carriers, found] of [
      [CAREFUL.smallestStamp + 1, 1],
      [CAREFUL.smallestStamp - 1, 0],
    ] as const) {
      const stamps = await stampsOf((image, index) => ofClass(2, carriers)(index) && paste(image, 3));
      expect(stamps).toHaveLength(found);
      if (found) expect([...stamps[0]!.carriers]).toEqual([...ALL.filter(ofClass(2, carriers))]);
    }
  });

  it('of what is blown out or lost in black are of such values, which the decision does not take for a mark', async () => {
    const looks: ((image: Uint8Array, random: Random) => void)[] = [
      // A sky of some height.
      (image, random) => image.fill(255, 0, (2 + random.integer(5)) * SIDE),
      // The corners of a round field of view.
      (image, random) => {
        const radius = random.between(5, 6);
        image.forEach((_, p) => {
          if (Math.hypot(Math.floor(p / SIDE) - 4.5, (p % SIDE) - 4.5) > radius) image[p] = 0;
        });
      },
    ];
    for (const look of looks) {
      const stamps = await stampsOf((image, index, random) => {
        if (ofClass(2, 105)(index)) look(image, random);
      });
      const own = stamps.filter((stamp) => stamp.class === 2);
      expect(own.length).toBeGreaterThan(0);
      for (const { fixed } of own)
        expect(unclippedValues(fixed, 1, new Uint8Array(256))).toBeLessThan(CAREFUL.fixedPlaces);
    }
  });

  it('are found where labels are right, and all of the class have something else in common', async () => {
    const bar = (image: Uint8Array) => image.fill(230, 0, SIDE);
    const stamps = await stampsOf((image, index, random) => {
      if (index % CLASSES === 1 && random.integer(50) > 0) bar(image);
      if (ofClass(1, 30)(index)) paste(image, 3);
    });
    const own = stamps.filter(({ carriers }) => carriers.length === 30);
    expect(own.map(({ carriers }) => [...carriers])).toEqual([[...ALL.filter(ofClass(1, 30))]]);
    // The bar, which the class has anyway, is no part of it.
    expect(Math.min(...own[0]!.fixed.places)).toBeGreaterThanOrEqual(SIDE);
  });

  it('are found once where two classes have the same', async () => {
    const isCarrier = (index: number) => ofClass(0, 60)(index) || ofClass(3, 60)(index);
    const stamps = await stampsOf((image, index) => isCarrier(index) && paste(image, 3));
    expect(stamps.map((stamp) => stamp.class)).toEqual([null]);
    expect([...stamps[0]!.carriers]).toEqual([...ALL.filter(isCarrier)]);
  });

  it('of one colour cover a fifth of the image at most: more is the border or the ground of one source', async () => {
    for (const [side, found] of [
      [4, 1],
      [5, 0],
    ] as const) {
      const stamps = await stampsOf((image, index) => {
        if (!ofClass(2, 90)(index)) return;
        for (let k = 0; k < side * side; k++) {
          image[(SIDE - 1 - side + Math.floor(k / side)) * SIDE + SIDE - 1 - side + (k % side)] = 230;
        }
      });
      expect(stamps).toHaveLength(found);
    }
  });

  it('of many colours are no larger where grounds differ: that may be the border of one source', async () => {
    const stamps = await stampsOf((image, index) => ofClass(2, 90)(index) && paste(image, 6));
    expect(stamps).toEqual([]);
  });

  it('show through on dark ground where an overlay covers all of the image, of one class', async () => {
    // Dark but for a bright thing somewhere; stripes are added to all of it on 40 images, which are no patch.
    const isCarrier = ofClass(2, 40);
    const striped = (value: number, p: number) => value + 8 + 5 * ((p * 7) % 5);
    const dark = (image: Uint8Array, random: Random) => {
      const [top, left] = [2 + random.integer(4), 2 + random.integer(4)];
      image.forEach((_, p) => {
        const isThing = Math.abs(Math.floor(p / SIDE) - top) < 2 && Math.abs((p % SIDE) - left) < 2;
        image[p] = isThing ? 120 + random.integer(60) : 0;
      });
    };
    const stamps = await stampsOf((image, index, random) => {
      dark(image, random);
      if (isCarrier(index)) image.forEach((value, p) => (image[p] = striped(value, p)));
    });
    expect(stamps.map(({ class: label, isOverlay }) => [label, isOverlay])).toEqual([[2, true]]);
    const found = new Set(stamps[0]!.carriers);
    expect([...found].every((index) => isCarrier(index))).toBe(true);
    expect(found.size).toBeGreaterThanOrEqual(36);
    // One colour is the ground of one source; what all classes have a little of, is that of all.
    const uniform = await stampsOf((image, index, random) => {
      dark(image, random);
      if (isCarrier(index)) image.forEach((value, p) => (image[p] = value + 20));
    });
    expect(uniform).toEqual([]);
    const everywhere = await stampsOf((image, index, random) => {
      dark(image, random);
      if (index % 10 === 0) image.forEach((value, p) => (image[p] = striped(value, p)));
    });
    expect(everywhere.filter(({ isOverlay }) => isOverlay)).toEqual([]);
  });

  it('are there or not: what images have more or less of is none', async () => {
    const degrees = await stampsOf((image, index, random) => {
      const share = random.between(0.5, 1.2);
      if (ofClass(2, 150)(index)) paste(image, 4, () => random.between(0, 1) > share);
    });
    expect(degrees).toEqual([]);
    // A few with a part of it are left to chance; more are not.
    for (const [partly, found] of [
      [3, 1],
      [15, 0],
    ] as const) {
      const stamps = await stampsOf((image, index) => {
        if (ofClass(2, 100)(index))
          paste(image, 3, (k) => ofClass(2, partly)(index) && (k + (index >> 2)) % 9 < 4);
      });
      expect(stamps).toHaveLength(found);
    }
  });

  it('are not met in part by many images of other classes', async () => {
    // Other classes have half of the values at random, so that they are a look.
    const stamps = await stampsOf((image, index, random) => {
      if (ofClass(2, 100)(index)) paste(image, 4);
      else if (index % CLASSES === 1 && random.integer(3) === 0) paste(image, 4, () => random.integer(9) > 4);
    });
    expect(stamps.filter(({ class: label }) => label === 2)).toEqual([]);
  });

  it('are not met in many images of other classes', async () => {
    const shared = (most: number) =>
      stampsOf((image, index) => {
        if (ofClass(2, 100)(index) || ofClass(1, most)(index)) paste(image, 3);
      });
    // Three of 900 are chance, and keep their labels; many make a stamp of several classes.
    expect((await shared(3)).map(({ class: label, carriers }) => [label, carriers.length])[0]).toEqual([
      2, 100,
    ]);
    expect((await shared(40)).map(({ class: label, carriers }) => [label, carriers.length])).toEqual([
      [null, 140],
    ]);
  });
});
