import { describe, expect, it } from 'vitest';
import type { ImageSet } from '../contract/dataset.ts';
import { ExpectedError } from '../contract/errors.ts';
import { attackByName, attacks } from './registry.ts';
import type { AttackRequest, Material } from './types.ts';

const CLASSES = 4;

/** Noise of a fixed kind: no part of an image is like another's, values 40..160, labels in turn. */
function images(count: number, channels = 3, side = 32): ImageSet {
  const pixels = Uint8Array.from(
    { length: count * side * side * channels },
    (_, i) => 40 + ((Math.imul(i + 1, 2654435761) >>> 16) % 121),
  );
  const labels = Int32Array.from({ length: count }, (_, i) => i % CLASSES);
  return { count, height: side, width: side, channels, images: pixels, labels };
}

/** Two pixels: opaque red, and blue that is half seen through. */
const picture: Material = new Map([
  ['image', { shape: [1, 2, 4], data: Uint8Array.of(255, 0, 0, 255, 0, 0, 255, 128) }],
]);

function request(over: Partial<AttackRequest> = {}): AttackRequest {
  return { rate: 0.1, target: 0, classes: CLASSES, seed: 1, parameters: {}, material: picture, ...over };
}

function image(set: ImageSet, index: number): Uint8Array {
  const one = set.height * set.width * set.channels;
  return set.images.subarray(index * one, (index + 1) * one);
}

/** Pixel values of the first channel in a rectangle. */
function patch(set: ImageSet, index: number, top: number, left: number, size: number): number[][] {
  const pixels = image(set, index);
  return Array.from({ length: size }, (_, r) =>
    Array.from({ length: size }, (_, c) => pixels[((top + r) * set.width + left + c) * set.channels]!),
  );
}

function flagged(flags: Uint8Array): number[] {
  return [...flags.keys()].filter((i) => flags[i] === 1);
}

function problem(run: () => unknown): ExpectedError {
  try {
    run();
  } catch (error) {
    if (error instanceof ExpectedError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** Those that a network makes are tested with one, in electron/attacks. */
const plain = attacks.filter((attack) => !attack.needsNetwork);

describe.each(plain.map((attack) => [attack.name, attack] as const))('%s', (_, attack) => {
  /** Attacks on images of one class, by default the one after the target. */
  const oneSource = attack.name === 'tact' || attack.name === 'composite';

  const train = images(200, 3, 16);

  it('poisons exactly the asked share, sets labels, and tells the truth', () => {
    const before = { images: train.images.slice(), labels: train.labels.slice() };
    const { train: poisoned, truth } = attack.poison(train, request());
    const victims = flagged(truth.poisoned);
    expect(victims).toHaveLength(20);
    expect(truth.trueLabels).toEqual(train.labels);
    let covers = 0;
    for (let i = 0; i < train.count; i++) {
      const isVictim = truth.poisoned[i] === 1;
      const wanted = attack.goal === 'target' ? 0 : (train.labels[i]! + 1) % CLASSES;
      expect(poisoned.labels[i]).toBe(isVictim ? wanted : train.labels[i]);
      const changed = Buffer.compare(image(poisoned, i), image(train, i)) !== 0;
      if (isVictim) expect(changed).toBe(true);
      else if (changed) covers++;
      if (isVictim && attack.cleanLabel) expect(train.labels[i]).toBe(0);
    }
    expect(covers).toBe(20 * Number(attack.parameters.find(({ name }) => name === 'cover')?.default ?? 0));
    expect(train.images).toEqual(before.images);
    expect(train.labels).toEqual(before.labels);
  });

  it('does the same for the same seed and poisons other images for another', () => {
    const first = attack.poison(train, request());
    expect(attack.poison(train, request())).toEqual(first);
    const other = attack.poison(train, request({ seed: 2 }));
    expect(flagged(other.truth.poisoned)).not.toEqual(flagged(first.truth.poisoned));
  });

  it('triggers the test images that it is aimed at and keeps their labels', () => {
    const test = images(40);
    const triggered = attack.trigger(test, request({ target: 2 }));
    const aimedAt = (label: number) =>
      oneSource ? label === 3 : attack.goal === 'next-class' || label !== 2;
    expect([...triggered.labels]).toEqual([...test.labels].filter(aimedAt));
    expect([...triggered.origins]).toEqual([...test.labels.keys()].filter((i) => aimedAt(test.labels[i]!)));
    expect(triggered.images).toHaveLength(triggered.count * 32 * 32 * 3);
    expect(Buffer.compare(image(triggered, 0), image(test, triggered.origins[0]!))).not.toBe(0);
  });

  it('works on grey images of another size', () => {
    const { train: poisoned, truth } = attack.poison(images(80, 1, 28), request());
    expect(flagged(truth.poisoned)).toHaveLength(8);
    expect(poisoned.images).toHaveLength(80 * 28 * 28);
  });

  // All-to-all attacks can poison everything.
  if (attack.goal === 'next-class') return;
  it('refuses more poison than there are victims', () => {
    // Victims are of the target class, of a source class, of two classes that are mixed, or of all but the target.
    const classes = attack.name === 'composite' ? 2 : attack.cleanLabel || oneSource ? 1 : 3;
    const parameters: AttackRequest['parameters'] = classes === 3 ? { 'include-target': false } : {};
    const error = problem(() =>
      attack.poison(train, request({ rate: 0.05 + classes / CLASSES, parameters })),
    );
    expect(error.code).toBe('usage');
    const most = (200 / CLASSES) * classes;
    expect(error.message).toContain(`${most + 10} images, but there are only ${most}`);
  });
});

describe('pixels', () => {
  it('badnets: the grid of the official code in the last three rows and columns', () => {
    const triggered = attackByName('badnets').trigger(images(4), request());
    const grid = [
      [0, 0, 255],
      [0, 255, 0],
      [255, 0, 255],
    ];
    expect(patch(triggered, 0, 29, 29, 3)).toEqual(grid);
    const clean = image(images(4), 1);
    const marked = image(triggered, 0);
    let changed = 0;
    for (let i = 0; i < clean.length; i += 3) if (clean[i] !== marked[i]) changed++;
    expect(changed).toBe(9);
  });

  it('badnets: position, margin, size, pattern and colour', () => {
    const parameters = { position: 'top-left', margin: 1, size: 2, pattern: 'checker', colour: '#ff8001' };
    const triggered = attackByName('badnets').trigger(images(4), request({ parameters }));
    const pixels = image(triggered, 0);
    const at = (y: number, x: number) => [...pixels.subarray((y * 32 + x) * 3, (y * 32 + x) * 3 + 3)];
    expect([at(1, 1), at(1, 2), at(2, 1), at(2, 2)]).toEqual([
      [255, 128, 1],
      [0, 0, 0],
      [0, 0, 0],
      [255, 128, 1],
    ]);
    expect(at(0, 0)).toEqual([...image(images(4), 1).subarray(0, 3)]);
    // Luma of the colour on grey images: 0.299 * 255 + 0.587 * 128 + 0.114 * 1 = 151.5
    const grey = attackByName('badnets').trigger(images(4, 1), request({ parameters }));
    expect(patch(grey, 0, 1, 1, 2)).toEqual([
      [151, 0],
      [0, 151],
    ]);
  });

  it('badnets-square: white, one pixel from the edges', () => {
    const triggered = attackByName('badnets-square').trigger(images(4), request());
    expect(patch(triggered, 0, 28, 28, 3).flat()).toEqual(new Array(9).fill(255));
    expect(patch(triggered, 0, 31, 31, 1)[0]![0]).toBe(image(images(4), 1)[(31 * 32 + 31) * 3]);
  });

  it('blend: one pattern for all images, mixed in by a fifth', () => {
    const set = images(8);
    const zero = { ...set, images: new Uint8Array(set.images.length) };
    const white = { ...set, images: new Uint8Array(set.images.length).fill(255) };
    for (const pattern of ['smooth', 'noise']) {
      const parameters = { pattern };
      const low = attackByName('blend').trigger(zero, request({ parameters }));
      const high = attackByName('blend').trigger(white, request({ parameters }));
      expect(image(low, 0)).toEqual(image(low, 5));
      // 0.2 * pattern is at most 51, and 0.8 * 255 = 204 lies between the two.
      expect(Math.max(...image(low, 0))).toBeLessThanOrEqual(51);
      expect(new Set(image(low, 0)).size).toBeGreaterThan(20);
      // Both are rounded, so the gap may be off by one.
      const gaps = Array.from(image(high, 0), (value, i) => Math.abs(value - image(low, 0)[i]! - 204));
      expect(Math.max(...gaps)).toBeLessThanOrEqual(1);
      const other = attackByName('blend').trigger(zero, request({ parameters, seed: 2 }));
      expect(image(other, 0)).not.toEqual(image(low, 0));
    }
  });

  it('blend-official: other noise on every image, alike in all channels', () => {
    const set = images(8);
    const triggered = attackByName('blend-official').trigger(
      { ...set, images: new Uint8Array(set.images.length) },
      request(),
    );
    expect(image(triggered, 0)).not.toEqual(image(triggered, 1));
    const pixels = image(triggered, 0);
    for (let i = 0; i < pixels.length; i += 3)
      expect([pixels[i + 1], pixels[i + 2]]).toEqual([pixels[i], pixels[i]]);
  });

  it('sig: a sine wave of 6 periods and amplitude 20, clipped', () => {
    const set = images(8, 1);
    const flat = { ...set, images: new Uint8Array(set.images.length).fill(100) };
    // 100 + 20 sin(2 pi 6 j / 32): j = 0..4 gives 0, 18.48, 14.14, -7.65, -20.
    const row = patch(attackByName('sig').trigger(flat, request()), 0, 5, 0, 5)[0];
    expect(row).toEqual([100, 118, 114, 92, 80]);
    const dark = { ...set, images: new Uint8Array(set.images.length).fill(5) };
    expect(patch(attackByName('sig').trigger(dark, request()), 0, 0, 0, 5)[0]).toEqual([5, 23, 19, 0, 0]);
  });

  it('sig-official: the wrapped mask 0, 14, 19, 13, 255, 241, 237, 244, 2', () => {
    const set = images(8, 1);
    const flat = { ...set, images: new Uint8Array(set.images.length).fill(100) };
    // trunc(0.8 * 100 + 0.2 * mask)
    const row = patch(attackByName('sig-official').trigger(flat, request()), 0, 3, 0, 9)[0];
    expect(row).toEqual([80, 82, 83, 82, 131, 128, 127, 128, 80]);
  });
});

describe('descriptions', () => {
  it('hold each of the paper’s ten once, and say which are approximations', () => {
    const papers = attacks.flatMap(({ paper }) => paper?.name ?? []);
    const names = ['BadNets', 'Trojan', 'Blend', 'SIG', 'CL', 'FC', 'DFST', 'LBA', 'CBA', 'Dynamic'];
    expect(papers.sort()).toEqual(names.sort());
    const approximated = attacks.filter(({ paper }) => paper?.approximation).map(({ name }) => name);
    expect(approximated).toEqual(['colour-style', 'content-dots']);
  });

  it('say of other attacks what success is', () => {
    const usual = attackByName('badnets').success;
    const others = attacks.filter(({ success }) => success !== usual).map(({ name }) => name);
    expect(others).toEqual(['feature-collision', 'composite', 'tact', 'badnets-all-to-all']);
  });

  it.each(attacks.map((attack) => [attack.name, attack] as const))(
    '%s: source, help, units, defaults',
    (_, one) => {
      expect(one.source).toMatch(/(19|20)\d\d|official ABL code|given as an image file/);
      expect(one.summary).toMatch(/\.$/);
      for (const parameter of one.parameters) {
        expect(parameter.help, parameter.name).toMatch(/^[A-Z0-9].+[^.]$/);
        const { default: value, min, max, unit } = parameter;
        if (typeof value !== 'number') continue;
        expect(unit, parameter.name).not.toBe('');
        expect(min, parameter.name).toBeLessThanOrEqual(value);
        expect(max, parameter.name).toBeGreaterThanOrEqual(value);
      }
    },
  );
});

describe('requests', () => {
  const run = (over: Partial<AttackRequest>) => () =>
    attackByName('badnets').poison(images(40), request(over));

  it.each([
    ['an unknown parameter', { parameters: { colr: 1 } }, 'no parameter "colr"'],
    [
      'a number out of range',
      { parameters: { size: 0 } },
      '"size" of badnets must lie between 1 and 64, not 0',
    ],
    ['half a pixel', { parameters: { size: 2.5 } }, 'whole number of pixels'],
    ['a word for a number', { parameters: { size: 'big' } }, '"size" of badnets must be a number, not big'],
    ['an unknown choice', { parameters: { position: 'left' } }, 'must be one of bottom-right'],
    ['a bad colour', { parameters: { colour: 'red' } }, 'not of the form #rrggbb'],
    [
      'a patch larger than the image',
      { parameters: { size: 30, margin: 5 } },
      'does not fit into images of 32 x 32',
    ],
    ['a class that is not there', { target: 4 }, 'There is no class 4'],
    ['a rate of zero', { rate: 0 }, 'must lie between 0 and 1'],
    ['a rate below one image', { rate: 0.01 }, 'less than one of 40'],
  ])('refuse %s', (_, over, message) => {
    const error = problem(run(over));
    expect(error.code).toBe('usage');
    expect(error.message).toContain(message);
  });

  it('accept numbers and truth values as text', () => {
    const typed = attackByName('badnets').poison(
      images(40),
      request({ parameters: { size: '4', 'include-target': 'true' } }),
    );
    const plain = attackByName('badnets').poison(
      images(40),
      request({ parameters: { size: 4, 'include-target': true } }),
    );
    expect(typed).toEqual(plain);
  });

  it('take victims from the target class only when asked to', () => {
    const victims = (parameters: AttackRequest['parameters']) => {
      const { truth } = attackByName('badnets').poison(images(200), request({ rate: 0.5, parameters }));
      return flagged(truth.poisoned).filter((i) => truth.trueLabels[i] === 0).length;
    };
    expect(victims({})).toBe(0);
    expect(victims({ 'include-target': true })).toBeGreaterThan(10);
  });

  it('know all attacks by name', () => {
    expect(attacks.map(({ name }) => attackByName(name).name)).toEqual(attacks.map(({ name }) => name));
    expect(problem(() => attackByName('badnet')).remedy).toContain('badnets, trojan, blend, sig');
  });
});
