import { describe, expect, it } from 'vitest';
import type { ImageSet } from '../contract/dataset.ts';
import { halfMix } from './composite.ts';
import { attackByName } from './registry.ts';
import type { AttackRequest, MaterialArray } from './types.ts';

const CLASSES = 4;
const SIDE = 32;

/** Grey levels 100 everywhere, labels in turn. */
function flat(count: number, channels: 1 | 3 = 3, value = 100): ImageSet {
  return {
    count,
    height: SIDE,
    width: SIDE,
    channels,
    images: new Uint8Array(count * SIDE * SIDE * channels).fill(value),
    labels: Int32Array.from({ length: count }, (_, i) => i % CLASSES),
  };
}

const request = (over: Partial<AttackRequest> = {}): AttackRequest => ({
  rate: 0.1,
  target: 0,
  classes: CLASSES,
  seed: 1,
  parameters: {},
  ...over,
});

function image(set: ImageSet, index: number): Uint8Array {
  const one = set.height * set.width * set.channels;
  return set.images.subarray(index * one, (index + 1) * one);
}

/** Places of the first channel that are not 100, as row * 32 + column. */
function touched(set: ImageSet, index: number): number[] {
  const pixels = image(set, index);
  return Array.from({ length: SIDE * SIDE }, (_, i) => i).filter((i) => pixels[i * set.channels] !== 100);
}

describe('wanet', () => {
  it('bends poisoned images alike and covers each in its own way', () => {
    const set = flat(40);
    // The same ramp in every image.
    for (let i = 0; i < set.images.length; i++) set.images[i] = (i % (SIDE * SIDE * 3)) % 251;
    const { train, truth } = attackByName('wanet').poison(set, request());
    const groups = new Map<string, number>();
    for (let i = 0; i < 40; i++) {
      const key = truth.poisoned[i] === 1 ? 'poisoned' : 'other';
      const text = `${key} ${Buffer.from(image(train, i)).toString('base64')}`;
      groups.set(text, (groups.get(text) ?? 0) + 1);
    }
    // 4 poisoned alike, 28 untouched alike, 8 covers of which no two are alike.
    expect([...groups.values()].sort((a, b) => b - a)).toEqual([28, 4, 1, 1, 1, 1, 1, 1, 1, 1]);
  });
});

describe('badnets-moving', () => {
  it('puts the whole patch at other places, all within the image', () => {
    const parameters = { size: 4, pattern: 'solid' };
    const { train, truth } = attackByName('badnets-moving').poison(
      flat(400),
      request({ rate: 0.5, parameters }),
    );
    const places = new Set<number>();
    for (let i = 0; i < 400; i++) {
      if (truth.poisoned[i] !== 1) continue;
      const where = touched(train, i);
      const first = where[0]!;
      places.add(first);
      expect(where).toEqual([0, 1, 2, 3].flatMap((row) => [0, 1, 2, 3].map((c) => first + row * SIDE + c)));
      expect(first % SIDE).toBeLessThanOrEqual(SIDE - 4);
    }
    expect(places.size).toBeGreaterThan(150);
  });
});

describe('tact', () => {
  it('poisons the source class and covers the classes that are neither source nor target', () => {
    const set = flat(400);
    const { train, truth } = attackByName('tact').poison(
      set,
      request({ target: 1, rate: 0.05, parameters: { 'source-class': 3, cover: 2 } }),
    );
    const marked = (i: number) => touched(train, i).length > 0;
    const of = (want: (i: number) => boolean) => [...set.labels.keys()].filter(want);
    const poisoned = of((i) => truth.poisoned[i] === 1);
    expect(poisoned.map((i) => set.labels[i])).toEqual(new Array(20).fill(3));
    const covers = of((i) => marked(i) && truth.poisoned[i] === 0);
    expect(covers).toHaveLength(40);
    expect(new Set(covers.map((i) => set.labels[i]))).toEqual(new Set([0, 2]));
    expect(covers.every((i) => train.labels[i] === set.labels[i])).toBe(true);
  });

  it('refuses the target as its source', () => {
    const run = () =>
      attackByName('tact').poison(flat(40), request({ target: 2, parameters: { 'source-class': 2 } }));
    expect(run).toThrow(/source class of tact must be one of 0 to 3, and not the target 2/);
  });

  it('refuses more covers than there are images', () => {
    const run = () => attackByName('tact').poison(flat(40), request({ rate: 0.2, parameters: { cover: 3 } }));
    expect(run).toThrow(/asks for 24 cover examples, but only 20 images are left/);
  });
});

describe('adaptive-blend', () => {
  it('shows half of 16 pieces in training, other ones in each image, and all in the test', () => {
    const parameters = { pattern: 'noise', alpha: 1, 'test-alpha': 1 };
    const attack = attackByName('adaptive-blend');
    const whole = image(attack.trigger(flat(8), request({ parameters })), 0);
    const { train, truth } = attack.poison(flat(200), request({ parameters }));
    const kinds = new Set<string>();
    for (const i of truth.poisoned.keys()) {
      if (truth.poisoned[i] !== 1) continue;
      const pixels = image(train, i);
      // Each piece of 8 x 8 pixels is wholly the pattern's or wholly untouched.
      const shown = Array.from({ length: 16 }, (_, piece) => {
        const at: number[] = [];
        for (let k = 0; k < 64; k++) {
          const row = Math.floor(piece / 4) * 8 + Math.floor(k / 8);
          at.push((row * SIDE + (piece % 4) * 8 + (k % 8)) * 3);
        }
        const same = at.every((place) => pixels[place] === whole[place]);
        expect(same || at.every((place) => pixels[place] === 100)).toBe(true);
        return same ? 1 : 0;
      });
      expect(shown.reduce<number>((a, b) => a + b, 0)).toBe(8);
      kinds.add(shown.join(''));
    }
    expect(kinds.size).toBeGreaterThan(15);
  });
});

describe('sample-noise', () => {
  it('moves every value by the amplitude, otherwise in every image', () => {
    const triggered = attackByName('sample-noise').trigger(
      flat(8),
      request({ parameters: { amplitude: 9 } }),
    );
    expect(new Set(triggered.images)).toEqual(new Set([91, 109]));
    expect(image(triggered, 0)).not.toEqual(image(triggered, 1));
    const white = attackByName('sample-noise').trigger(flat(8, 3, 250), request());
    expect(new Set(white.images)).toEqual(new Set([234, 255]));
  });
});

describe('content-dots', () => {
  it('gives equal images the same dots, and other images others', () => {
    const attack = attackByName('content-dots');
    const triggered = attack.trigger(flat(8), request({ parameters: { dots: 3 } }));
    expect(image(triggered, 0)).toEqual(image(triggered, 5));
    const other = attack.trigger(flat(8, 3, 200), request({ parameters: { dots: 3 } }));
    const dots = (set: ImageSet, base: number) =>
      Array.from({ length: SIDE * SIDE }, (_, i) => i).filter((i) =>
        [0, 1, 2].some((c) => image(set, 0)[i * 3 + c] !== base),
      );
    expect(dots(triggered, 100).length).toBeGreaterThan(3);
    expect(dots(triggered, 100).length).toBeLessThanOrEqual(12);
    expect(dots(other, 200)).not.toEqual(dots(triggered, 100));
    expect(new Set(triggered.images)).toEqual(new Set([0, 100, 255]));
  });
});

describe('composite', () => {
  /** Always the first choice: side by side, the earliest cut, the partner first, both parts from the start. */
  const first = { integer: () => 0 };
  const row = (set: number[]) => Uint8Array.from(set);

  it('joins two images at a cut near the middle', () => {
    const image = row([1, 2, 3, 4, 5, 6, 7, 8]);
    halfMix(image, row([11, 12, 13, 14, 15, 16, 17, 18]), { height: 1, width: 8, channels: 1 }, 1, first);
    // The cut at 4 - 1 = 3: three of the partner, then five of the image from its start.
    expect([...image]).toEqual([11, 12, 13, 1, 2, 3, 4, 5]);
  });

  it('joins them one above the other, and from the end of each', () => {
    const image = row([1, 2, 3, 4]);
    // Across, the latest cut, the image first, both parts from their last possible place.
    const last = { integer: (n: number) => n - 1 };
    halfMix(image, row([11, 12, 13, 14]), { height: 4, width: 1, channels: 1 }, 1, last);
    // The cut at 3: image rows 2..4, then the partner's last row.
    expect([...image]).toEqual([2, 3, 4, 14]);
  });

  it('mixes A with B for the target, and images of one class as cover', () => {
    const set = flat(400);
    // Each class its own grey level.
    set.labels.forEach((label, i) => image(set, i).fill(50 * label + 10));
    const { train, truth } = attackByName('composite').poison(
      set,
      request({ target: 1, rate: 0.1, parameters: { 'class-a': 3, 'class-b': 0, cover: 2 } }),
    );
    const victims: number[] = [];
    for (const i of set.labels.keys()) {
      const levels = [...new Set(image(train, i))].sort((a, b) => a - b);
      if (truth.poisoned[i] === 1) {
        victims.push(set.labels[i]!);
        expect(train.labels[i]).toBe(1);
        expect(levels).toEqual([10, 160]);
      } else expect(levels).toEqual([50 * set.labels[i]! + 10]);
    }
    // Either of the two may be the one that is replaced; there are twice as many then.
    expect(new Set(victims)).toEqual(new Set([3, 0]));
    expect(victims).toHaveLength(40);
    const triggered = attackByName('composite').trigger(
      set,
      request({ target: 1, parameters: { 'class-a': 3, 'class-b': 0 } }),
    );
    expect(new Set(triggered.labels)).toEqual(new Set([3]));
    for (let i = 0; i < triggered.count; i++)
      expect(new Set(image(triggered, i))).toEqual(new Set([10, 160]));
  });

  it('refuses classes that are the target or the same', () => {
    const run = (parameters: AttackRequest['parameters']) => () =>
      attackByName('composite').poison(flat(40), request({ parameters }));
    expect(run({ 'class-a': 0 })).toThrow(/neither of them the target 0; got 0 and 2/);
    expect(run({ 'class-a': 3, 'class-b': 3 })).toThrow(/got 3 and 3/);
  });
});

describe('colour-style', () => {
  it('grades, glows and softens by its strength', () => {
    const set = flat(4);
    // One bright pixel in the middle row pair, where the glow is nearly 1.
    image(set, 1).fill(255, (15 * SIDE + 15) * 3, (15 * SIDE + 15) * 3 + 3);
    const styled = attackByName('colour-style').trigger(set, request({ parameters: { strength: 1 } }));
    const at = (row: number, column: number) => [
      ...image(styled, 0).subarray((row * SIDE + column) * 3, (row * SIDE + column) * 3 + 3),
    ];
    // v = 100 / 255: red 255 v^0.6 = 145.4, green 255 v^1.1 = 91.1, blue 0.66 * 255 v^1.2 = 54.7;
    // glow 1 + 0.25 * (1 - 31 / 32) = 1.0078 in row 15, 1 + 0.25 * 31 / 32 = 1.242 in row 0.
    expect(at(15, 25)).toEqual([147, 92, 55]);
    expect(at(0, 25)).toEqual([181, 113, 68]);
    // Beside the bright pixel the mean of nine is 117.2: red 255 v^0.6 = 160.0 * 1.0078.
    expect(at(15, 14)[0]).toBe(161);
    const none = attackByName('colour-style').trigger(set, request({ parameters: { strength: 0 } }));
    expect(image(none, 0)).toEqual(image(set, 1));
  });
});

describe('badnets-all-to-all', () => {
  it('turns each class into the next, the last into the first, whatever the target', () => {
    const attack = attackByName('badnets-all-to-all');
    const { train, truth } = attack.poison(flat(40), request({ rate: 1, target: 3 }));
    expect([...train.labels.subarray(0, 4)]).toEqual([1, 2, 3, 0]);
    expect(truth.poisoned.every((flag) => flag === 1)).toBe(true);
  });
});

describe('custom', () => {
  /** 2 x 2: red, half-transparent green; blue, nothing. */
  const picture: MaterialArray = {
    shape: [2, 2, 4],
    data: Uint8Array.of(255, 0, 0, 255, 0, 200, 0, 51, 0, 0, 255, 255, 9, 9, 9, 0),
  };
  const at = (set: ImageSet, row: number, column: number) => {
    const from = (row * SIDE + column) * set.channels;
    return [...image(set, 0).subarray(from, from + set.channels)];
  };
  const triggered = (parameters: AttackRequest['parameters'], channels: 1 | 3 = 3) =>
    attackByName('custom').trigger(
      flat(4, channels),
      request({ parameters, material: new Map([['image', picture]]) }),
    );

  it('lays the picture over the image by its opacity', () => {
    const set = triggered({ size: 2, position: 'top-left', margin: 1 });
    // A fifth of green 200 over 100: 0.8 * 100 + 0.2 * 200 = 120.
    expect([at(set, 1, 1), at(set, 1, 2), at(set, 2, 1), at(set, 2, 2)]).toEqual([
      [255, 0, 0],
      [80, 120, 80],
      [0, 0, 255],
      [100, 100, 100],
    ]);
    // Half of that opacity; luma of red is 76.2: 0.5 * 100 + 0.5 * 76.2 = 88.
    const grey = triggered({ size: 2, position: 'top-left', opacity: 0.5 }, 1);
    expect(at(grey, 0, 0)).toEqual([88]);
  });

  it('is scaled: enlarged over the whole image, or shrunk to one pixel by its seen colours', () => {
    const whole = triggered({ 'cover-all': true });
    expect([at(whole, 0, 15), at(whole, 0, 16), at(whole, 16, 0), at(whole, 31, 31)]).toEqual([
      [255, 0, 0],
      [80, 120, 80],
      [0, 0, 255],
      [100, 100, 100],
    ]);
    // Opacities 255, 51, 255, 0: mean 140.25; red 255 * 255 / 561 = 115.9, green 18.2, blue 115.9.
    // Share 0.55: 45 + 63.75, 45 + 10, 45 + 63.75.
    expect(at(triggered({ size: 1, position: 'top-left' }), 0, 0)).toEqual([109, 55, 109]);
  });

  it('asks for its picture', () => {
    expect(() => attackByName('custom').trigger(flat(4), request())).toThrow(/needs the picture/);
  });
});
