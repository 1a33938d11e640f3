import { describe, expect, it, vi } from 'vitest';
import { LinearDetector } from '../../../shared/abl/careful/linear.ts';
import type { PartFigures } from '../../../shared/abl/careful/part.ts';
import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import type { Images } from '../../../shared/contract/dataset.ts';
import { inMemory } from '../../../shared/images.ts';
import { stream } from '../../../shared/random.ts';
import { partsApart, type Apart } from './alignment.ts';
import { surerOf, together, vagueParts, withFurther, withoutOwn } from './class-groups.ts';
import type { Group } from './expansion.ts';
import { detectorImages } from './flagging.ts';
import { foreignFrom, ForeignSearch } from './foreign.ts';

const [SIDE, OWN, STRANGERS, OTHERS] = [10, 200, 150, 4000];
const COUNT = OWN + STRANGERS + OTHERS;
const MEMBERS = OWN + STRANGERS;
const range = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);

/**
 * Smooth images of 10 x 10 pixels with a little noise. Of class 0 the first 200 have a look of its own, more or less of it, the next
 * 150 are like those of classes 1 to 20, with a faint pattern of this strength.
 * @param strongest of the looks
 */
function signs(strength: number, seed = 5, strongest = 40) {
  const drawn = stream(5, 'foreign test', 'pattern');
  const pattern = Array.from({ length: SIDE * SIDE }, () =>
    drawn.between(-1, 1) < 0 ? -strength : strength,
  );
  const random = stream(seed, 'foreign test', 'images');
  const images = new Uint8Array(COUNT * SIDE * SIDE);
  for (let i = 0; i < COUNT; i++) {
    const [middle, slopeX, slopeY] = [random.between(80, 170), random.between(-5, 5), random.between(-5, 5)];
    const look = i < OWN ? random.between(5, strongest) : 0;
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

const pause = () => Promise.resolve();

async function searchIn(data: Images) {
  const examples = range(0, data.labels.length);
  const linear = await LinearDetector.of(data, examples, pause);
  const images = detectorImages({ data, examples, seed: 1 }, 0, range(0, MEMBERS));
  return { linear, images, search: new ForeignSearch(linear, images, pause) };
}

/** A part of the images with the look of the class, as the search for parts finds them. */
const some = range(0, 80);

describe('images of other classes with a pattern', () => {
  it('are found among a class that looks different, from a part of those that are none of them', async () => {
    const { linear, images, search } = await searchIn(signs(5));
    const found = (await search.among(some))!;
    expect([...found.flagged]).toEqual([...range(OWN, MEMBERS)]);
    // The pattern's norm is 50, 11.8 deviations of noise (12 in the square) with the ridge (1 % of about 600).
    expect(found.figures.apart).toBeGreaterThan(9);
    expect(found.figures.apart).toBeLessThan(14);
    const all = (await foreignFrom(linear, images, found.flagged.subarray(60), pause))!;
    expect([...all.flagged]).toEqual([...range(OWN, MEMBERS)]);
    expect(all.outside).toBe(0);
    expect(all.doubtful).toBeLessThan(0.01);
    // Those of another set are told apart, too.
    const odds = all.fit.elsewhere(range(0, COUNT), signs(5, 6), 0);
    const right = odds.filter((value, i) => value > 0 === (i >= OWN && i < MEMBERS)).length;
    expect(right / COUNT).toBeGreaterThan(0.99);
  });

  it('are none where they merely have a wrong label, or the pattern is within the noise', async () => {
    for (const strength of [0, 1]) {
      const { linear, images, search } = await searchIn(signs(strength));
      expect(await search.among(some)).toBeNull();
      expect(await foreignFrom(linear, images, range(OWN, MEMBERS), pause)).toBeNull();
    }
  });

  it('are looked for from a few different parts of the class that are not too small, until they are found', async () => {
    const { linear, search } = await searchIn(signs(0));
    const measured = vi.spyOn(linear, 'part');
    const looksAt = async (own: Int32Array) => {
      const before = measured.mock.calls.length;
      expect(await search.among(own)).toBeNull();
      return measured.mock.calls.length > before;
    };
    expect(await looksAt(range(0, 15))).toBe(false);
    expect(await looksAt(some)).toBe(true);
    expect(await looksAt(range(0, 70))).toBe(false);
    for (const from of [80, 110, 140]) expect(await looksAt(range(from, from + 30))).toBe(true);
    expect(await looksAt(range(170, 200))).toBe(false);
    const before = measured.mock.calls.length;
    expect(await search.among(range(170, 200), 5)).toBeNull();
    expect(measured.mock.calls.length).toBeGreaterThan(before);
    const found = (await searchIn(signs(5))).search;
    expect(await found.among(some)).not.toBeNull();
    expect(await found.among(range(80, 160))).toBeNull();
  });
});

describe('parts of a class that has a look of its own', () => {
  /** @returns what is found, and where other classes lie between the strangers (0) and those with the look (1) */
  async function partsOf(strongest: number) {
    const data = signs(5, 5, strongest);
    const examples = range(0, COUNT);
    const [members, look] = [range(0, MEMBERS), range(0, OWN)];
    const linear = await LinearDetector.of(data, examples, pause);
    vi.spyOn(linear, 'remembering').mockReturnValue(linear);
    vi.spyOn(linear, 'parts').mockReturnValue([look]);
    const parts = await partsApart({ data, examples, seed: 1, linear, pause }, 0, members);
    const outsiders = linear.part(members, new Set(look), range(MEMBERS, COUNT))!.outsiders;
    return { parts, outsiders };
  }

  it('are images of other classes with a pattern, whether that or the look leads further away from other classes', async () => {
    for (const [strongest, isNearLook] of [
      [200, false],
      [7, true],
    ] as const) {
      const { parts, outsiders } = await partsOf(strongest);
      expect(outsiders > 0.5).toBe(isNearLook);
      const foreign = parts.filter(({ isForeign }) => isForeign);
      expect(foreign.map(({ flagged }) => [...flagged.toSorted()])).toEqual([[...range(OWN, MEMBERS)]]);
    }
  });
});

describe('divisions of a class', () => {
  it('have a likely side each, and the other sides are tried after all of these', async () => {
    const data = signs(5, 5, 7);
    const examples = range(0, COUNT);
    const linear = await LinearDetector.of(data, examples, pause);
    vi.spyOn(linear, 'remembering').mockReturnValue(linear);
    // Other classes lie nearer to the look, so that the rest seems to be the class's own.
    const [look, strangers] = [range(0, OWN), range(OWN, MEMBERS)];
    const [less, more] = [range(0, OWN - 20), range(OWN - 20, MEMBERS)];
    vi.spyOn(linear, 'parts').mockReturnValue([look, less]);
    const found = { flagged: strangers, outside: 0, figures: {} as PartFigures };
    const tried = vi.spyOn(ForeignSearch.prototype, 'among').mockResolvedValue(null);
    const foreignOf = async () => {
      const parts = await partsApart({ data, examples, seed: 1, linear, pause }, 0, range(0, MEMBERS));
      return parts.filter(({ isForeign }) => isForeign).map(({ flagged }) => flagged.length);
    };
    expect(await foreignOf()).toEqual([]);
    const asked = tried.mock.calls.map(([own, most]) => [own.toSorted(), most]);
    const second = 2 * CAREFUL.foreignTries;
    expect(asked).toEqual([
      [strangers, undefined],
      [more, undefined],
      [look, second],
      [less, second],
    ]);
    // What is beyond doubt counts, whenever it is found, and else the first.
    tried.mockResolvedValueOnce({ ...found, doubtful: 0.2 });
    expect(await foreignOf()).toEqual([150]);
    tried.mockResolvedValueOnce({ ...found, doubtful: 0.2 });
    tried.mockResolvedValueOnce({ ...found, flagged: range(0, 99), doubtful: 0.01 });
    expect(await foreignOf()).toEqual([99]);
    tried.mockRestore();
  });
});

describe('vague parts', () => {
  it('point out their class, unless they are beyond doubt or known, or some of it carries a trigger', async () => {
    const data = signs(5);
    const { linear } = await searchIn(data);
    const input = { data, classes: 2, examples: range(0, COUNT), seed: 1 };
    const search = { linear, carriers: new Set<number>(), pause };
    const partOf = (flagged: Int32Array) => ({ flagged, isForeign: true }) as Apart;
    const vague = (part: Int32Array, groups: Group[] = [], carriers: number[] = []) =>
      vagueParts(input, { ...search, carriers: new Set(carriers) }, groups, (label) =>
        Promise.resolve(label === 0 ? [{ isForeign: false } as Apart, partOf(part)] : []),
      );
    // The pattern's images are found again from some of them, beyond doubt; those with the look are no pattern's.
    expect(await vague(range(OWN, MEMBERS))).toEqual([]);
    const look = range(20, 40);
    const rest = Int32Array.from([...range(0, 20), ...range(40, MEMBERS)]);
    expect(await vague(look.toReversed())).toEqual([{ class: 0, flagged: look, rest }]);
    expect(await vague(look, [], [300])).toEqual([]);
    // What is found already, but for a few of 20, needs no other search.
    const strong = { gain: 0, flipped: { hits: 0, of: 300 } };
    const group = (to: number, doubtful: number) =>
      ({ class: 0, found: 'pixels', flagged: range(20, to), doubtful, strong, faint: strong }) as Group;
    expect(await vague(look, [group(34, 0.05)])).toEqual([]);
    expect(await vague(look, [group(33, 0.05)])).toHaveLength(1);
    expect(await vague(look, [group(40, 0.3)])).toHaveLength(1);
  });

  it('leave more doubts than the same images by themselves, or fewer', () => {
    const figures = { apart: 9, stretch: 1, outsiders: 0, shift: 0.01, diversity: 1 };
    const part = { flagged: range(0, 20), doubtful: 0.06 } as Group;
    const foreign = { flagged: range(0, 21), doubtful: 0.01, foreign: figures } as Group;
    expect(surerOf(part, foreign)).toBe(foreign);
    expect(surerOf({ ...part, doubtful: 0 }, foreign)).toEqual({ ...part, doubtful: 0, foreign: figures });
  });

  it('lead to groups that replace what is not worth the check, and leave enough to compare with', () => {
    const strong = { gain: 0, flipped: { hits: 0, of: 300 } };
    const group = (label: number, from: number, to: number, doubtful: number) =>
      ({
        ...{ class: label, found: 'pixels', flagged: range(from, to), doubtful },
        ...{ strong, faint: strong },
      }) as Group;
    const input = { data: { labels: new Int32Array(100) } as Images, examples: range(0, 100) };
    const [clear, vague] = [group(0, 0, 40, 0.05), group(0, 0, 40, 0.3)];
    expect(withFurther([vague], [clear], input)).toEqual([clear]);
    expect(withFurther([clear], [vague], input)).toEqual([clear]);
    expect(withFurther([clear], [group(0, 2, 42, 0.01)], input)).toEqual([clear]);
    expect(withFurther([vague], [group(0, 2, 42, 0.3)], input)).toEqual([vague]);
    // 30 of 100 are left, of which a third is asked about; then 29. What is not worth the check takes none away.
    const small = group(0, 40, 70, 0.05);
    const large = group(0, 40, 71, 0.05);
    expect(withFurther([clear], [small], input)).toEqual([clear, small]);
    expect(withFurther([clear], [large], input)).toEqual([clear]);
    expect(withFurther([vague], [large], input)).toEqual([vague, large]);
    expect(withFurther([group(1, 0, 40, 0.05)], [large], input)).toHaveLength(2);
    expect(withFurther([clear], [{ ...large, doubtful: 0.3 }], input)).toHaveLength(2);
  });
});

describe('a class with foreign images and a look that would stand apart by itself', () => {
  it('is asked about the former, with the latter to compare with', () => {
    const flaggedAs = (from: number, to: number) => ({ flagged: range(from, to) }) as Group;
    const foreign = flaggedAs(OWN, MEMBERS);
    const members = range(0, MEMBERS);
    expect(together([foreign, flaggedAs(0, OWN)], members)).toEqual([foreign]);
    const small = flaggedAs(0, 50);
    expect(together([foreign, small], members)).toEqual([foreign, small]);
    expect(together([null, small], members)).toEqual([small]);
    expect(together([null, null], members)).toEqual([]);
    // So it is wherever that look was found.
    const pattern = { apart: 9, stretch: 1, outsiders: 0, shift: 0.01, diversity: 1 };
    const input = { data: { labels: new Int32Array(MEMBERS) } as Images, examples: members };
    const strong = { gain: 0, flipped: { hits: 0, of: 300 } };
    const grouped = (group: Partial<Group>) =>
      ({
        ...{ class: 0, found: 'pixels', doubtful: 0.05, falseAlarms: 0, outside: 0 },
        ...{ strong, faint: strong, ...group },
      }) as Group;
    const alien = grouped({ ...foreign, foreign: pattern });
    const own = grouped({ ...flaggedAs(3, OWN), found: 'trigger' });
    const few = grouped({ ...small, found: 'trigger' });
    expect(withoutOwn([own, few, alien], input)).toEqual([few, alien]);
    expect(withoutOwn([own, { ...alien, foreign: undefined }], input)).toHaveLength(2);
    expect(withoutOwn([own, { ...alien, doubtful: 0.3 }], input)).toHaveLength(2);
    expect(withoutOwn([{ ...own, class: 1 }, alien], input)).toHaveLength(2);
    expect(withoutOwn([{ ...own, found: 'everywhere' }, alien], input)).toHaveLength(2);
    // It is the class itself also where some images are left, or a few of the foreign ones are taken for it; but not a trigger that works.
    const most = { ...own, flagged: range(60, OWN + 40) };
    expect(withoutOwn([{ ...own, flagged: range(25, OWN) }, alien], input)).toEqual([alien]);
    expect(withoutOwn([most, alien], input)).toHaveLength(2);
    expect(withoutOwn([{ ...most, flagged: range(25, OWN + 40) }, alien], input)).toEqual([alien]);
    expect(withoutOwn([{ ...own, flagged: range(25, OWN + 80) }, alien], input)).toHaveLength(2);
    const works = { gain: 0.9, flipped: { hits: 270, of: 300 } } as Group['strong'];
    expect(withoutOwn([{ ...own, strong: works, faint: works }, alien], input)).toHaveLength(2);
    // Two that leave enough each, but not both.
    const halves = [range(0, 100), range(100, 190)].map((flagged) => ({ ...own, flagged }));
    expect(withoutOwn([...halves, alien], input)).toEqual([halves[0], alien]);
    // Images of its own are no rest of others' images.
    expect(withoutOwn([{ ...own, flagged: members }, alien], input)).toHaveLength(2);
  });
});
