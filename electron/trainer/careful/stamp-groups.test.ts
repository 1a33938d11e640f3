import { describe, expect, it } from 'vitest';
import { inMemory } from '../../../shared/images.ts';
import { evidenceOfGroup } from '../../../shared/abl/careful/evidence.ts';
import { completed } from './alignment.ts';
import { isKnown, isKnownBetter, isSomething, isVagueView } from './class-groups.ts';
import { figuresOf, type Group } from './expansion.ts';
import { imagesOf } from './flagging.ts';
import {
  hasNearlyAll,
  isIdle,
  isTelling,
  isToBeKept,
  shareOfClass,
  unlike,
  type ClassShare,
} from './stamp-groups.ts';

const STAMP = { pixels: 9, values: 27, unclipped: 27, images: 100, elsewhere: 0 };
const range = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);
const trigger = (gain: number) => ({ gain, flipped: { hits: 0, of: 200 } }) as Group['strong'];

function group(change: Partial<Group>): Group {
  const flagged = change.flagged ?? range(0, 100);
  return {
    ...{
      class: 2,
      found: 'trigger',
      stamp: STAMP,
      flagged,
      scores: new Float32Array(flagged.length).fill(1),
    },
    ...{ inside: 0.3, outside: 0, doubtful: 0, falseAlarms: 0, cut: 0.8, surely: 0.8, elsewhere: null },
    ...{ odds: null, trusted: [], faint: trigger(0.9), strong: trigger(0.9), contradiction: 0 },
    ...change,
  };
}

describe('a group', () => {
  const vague = { doubtful: 0.2, outside: 0.01, stamp: undefined };

  it('keeps its class from another search where it stands apart, other than by what clipping gives', () => {
    expect(isKnown(group({}))).toBe(true);
    // GTSRB, clean: white pixels of no-entry signs, and of a few others.
    const white = { stamp: { ...STAMP, unclipped: 0, elsewhere: 0.0085 }, outside: 0.0085 };
    expect(isKnown(group(white))).toBe(false);
    expect(isKnown(group({ ...vague, faint: trigger(0.2) }))).toBe(false);
    const byPixels = { ...vague, found: 'pixels', doubtful: 0 } as const;
    expect(isKnown(group({ ...byPixels, contradiction: 0.5 }))).toBe(true);
    expect(isKnown(group(byPixels))).toBe(false);
  });

  it('is something if its trigger has some effect, or it stands apart without one', () => {
    expect(isSomething(group({ ...vague, strong: trigger(0.25) }))).toBe(true);
    const idle = { strong: trigger(0.03), faint: trigger(0.03) };
    expect(isSomething(group({ ...idle, doubtful: 0.01 }))).toBe(true);
    // GTSRB with dots that differ from image to image: 437 of 475 told apart by what they are like on the whole.
    expect(isSomething(group({ ...vague, ...idle, falseAlarms: 0.047 }))).toBe(false);
  });
});

describe('a group that is found again along a line', () => {
  const line = group({ found: 'pixels', stamp: undefined, doubtful: 0.01 });
  const foreign = {
    ...line,
    foreign: { apart: 14, stretch: 0.9, outsiders: 0, shift: 0.03, diversity: 0.9 },
  };

  it('is known better by that where its trigger does nothing or does not stand apart', () => {
    expect(isKnownBetter(group({ stamp: undefined }), line)).toBe(false);
    expect(isKnownBetter(group({ stamp: undefined, strong: trigger(0.1) }), line)).toBe(true);
    expect(isKnownBetter(group({ stamp: undefined, outside: 0.06 }), line)).toBe(true);
  });

  it('and where the detector has doubts that a comparison with other classes has not', () => {
    // GTSRB, a picture of 0.1 on half of a class: 467 images, with doubts about 17 % of the class.
    const doubtful = group({ stamp: undefined, outside: 0.009, doubtful: 0.17 });
    expect(isKnownBetter(doubtful, foreign)).toBe(true);
    expect(isKnownBetter(doubtful, line)).toBe(false);
    // What is known to the byte, or carried by several classes.
    expect(isKnownBetter({ ...doubtful, stamp: STAMP }, foreign)).toBe(false);
    expect(isKnownBetter({ ...doubtful, found: 'everywhere', doubtful: 0.08 }, foreign)).toBe(false);
    expect(isKnownBetter(doubtful, { ...foreign, doubtful: 0.09 })).toBe(false);
    // A picture of 0.12 on all but 48 of a class (seed 421): 722 of 760 images.
    expect(isKnownBetter({ ...doubtful, doubtful: 0.04 }, { ...foreign, doubtful: 0 })).toBe(true);
    expect(isKnownBetter({ ...doubtful, doubtful: 0.01 }, { ...foreign, doubtful: 0 })).toBe(false);
  });

  it('and where the detectors could not tell them from others', () => {
    // GTSRB, Blend 0.12 on a quarter of a class (seed 420): 152 of 190 images, and 98 of the class's own, with doubts about half of it.
    const vague = group({ stamp: undefined, outside: 0.01, doubtful: 0.3, flagged: range(38, 288) });
    const clear = { ...foreign, doubtful: 0, flagged: range(0, 190) };
    expect(isVagueView(vague, clear)).toBe(true);
    expect(isVagueView(vague, { ...clear, flagged: range(0, 126) })).toBe(false);
    expect(isVagueView(vague, { ...clear, doubtful: 0.2 })).toBe(false);
    expect(isVagueView(vague, { ...clear, foreign: undefined })).toBe(false);
    expect(isVagueView(vague, { ...clear, class: 3 })).toBe(false);
    expect(isVagueView({ ...vague, stamp: STAMP }, clear)).toBe(false);
    expect(isVagueView({ ...vague, found: 'content' }, clear)).toBe(false);
  });
});

describe('groups of stamps', () => {
  it('stand for others that are for the most part the same images, of the same class', () => {
    const stamp = group({});
    const same = group({ flagged: range(10, 110) });
    expect(unlike([same], [stamp])).toEqual([]);
    const others = [
      group({ class: 3 }),
      group({ flagged: range(60, 160) }),
      // More images with the stamp's among them, and a few of these.
      group({ flagged: range(0, 200) }),
      group({ flagged: range(0, 20) }),
    ];
    expect(unlike(others, [stamp])).toEqual(others);
  });

  it('need no other search of their images where they work, or where labels are contradicted', () => {
    expect(isTelling(group({}))).toBe(true);
    const idle = group({ strong: trigger(0.1) });
    expect(isTelling(idle)).toBe(false);
    expect(isTelling({ ...idle, contradiction: 0.5 })).toBe(true);
    expect(imagesOf([idle, group({ flagged: range(50, 120) })])).toEqual(new Set(range(0, 120)));
  });

  it('are asked the model of stage 1 where hardly any but one class has them, shared or not', () => {
    const natural = group({ strong: trigger(0.3), faint: trigger(0.05), inside: 0.2 });
    const share = (change: Partial<ClassShare>): ClassShare => ({
      ...{ target: 2, flagged: natural.flagged, elsewhere: 0, partlyElsewhere: 0, partly: 0 },
      ...{ isShared: false, second: 0 },
      ...change,
    });
    expect(isToBeKept(share({}), natural)).toBe(true);
    // 10 of 9000 other images, not enough for a group or all of one class.
    for (const isShared of [false, true]) {
      const few = share({ elsewhere: 10 / 9000, isShared, second: 10 / 1000 });
      expect(isToBeKept(few, natural)).toBe(false);
      expect(isToBeKept(few, { ...natural, contradiction: 0.4 })).toBe(true);
      expect(isToBeKept(few, { ...natural, faint: trigger(0.2) })).toBe(true);
    }
    // As many of another class, be it one of ten or of a hundred.
    for (const elsewhere of [200 / 9000, 200 / 99000])
      expect(isToBeKept(share({ elsewhere, second: 0.2, isShared: true }), natural)).toBe(true);
  });

  it('give way to a line where they do nothing, no labels speak for them and no other class has them', () => {
    expect(isIdle(group({ strong: trigger(0.1) }))).toBe(true);
    expect(isIdle(group({ strong: trigger(0.3) }))).toBe(false);
    expect(isIdle(group({ strong: trigger(0.1), contradiction: 0.5 }))).toBe(false);
    expect(isIdle(group({ strong: trigger(0.1), found: 'everywhere' }))).toBe(false);
  });

  it('are counted by class where they were found among all images', () => {
    // Images of two pixels, 100 of class 0 and 100 of class 1: the patch is 9 and 9, a part of it 9 and something else.
    const whole = new Set([...range(0, 30), ...range(100, 104)]);
    const data = inMemory({
      ...{ count: 200, height: 1, width: 2, channels: 1, labels: new Int32Array(200).fill(1, 100) },
      images: Uint8Array.from({ length: 400 }, (_, i) =>
        whole.has(i >> 1) || ((i >> 1) % 100 > 89 && i % 2 === 0) ? 9 : 200,
      ),
    });
    const stamp = {
      ...{ class: null, carriers: Int32Array.from(whole), partly: 0.5, elsewhere: 0, partlyElsewhere: 0 },
      isBare: false,
      isOverlay: false,
      fixed: {
        places: Int32Array.of(0, 1),
        values: Uint8Array.of(9, 9),
        tolerances: Uint8Array.of(2, 2),
      },
    };
    const all = range(0, 200);
    expect(shareOfClass(stamp, data, all)).toEqual({
      ...{
        target: 0,
        flagged: range(0, 30),
        elsewhere: 0.04,
        partlyElsewhere: 0.1,
        partly: 0.1,
        isShared: false,
        second: 0.04,
      },
    });
    const more = Int32Array.from([...whole, ...range(110, 120)]);
    expect(shareOfClass({ ...stamp, carriers: more }, data, all)).toMatchObject({ isShared: true });
    expect(shareOfClass({ ...stamp, carriers: range(0, 5) }, data, all)).toBeNull();
    // One of a class is known better already.
    expect(shareOfClass({ ...stamp, class: 0 }, data, all)).toMatchObject({ elsewhere: 0, partly: 0.5 });
  });

  it('are known to a line that flags nearly all of them, or it is about something else', () => {
    // SIG on Fashion-MNIST as JPEG of quality 90: 204 of 205 that have 6 values, and 76 that have not all of these.
    expect(hasNearlyAll(range(1, 281), range(0, 205))).toBe(true);
    // White corners of drawn signs, of which a line sees 79 of 93.
    expect(hasNearlyAll(range(14, 93), range(0, 93))).toBe(false);
  });

  it('are told from the images that a line adds', () => {
    const line = group({ flagged: range(0, 120) });
    const stamp = STAMP;
    expect(figuresOf(group({}))).toMatchObject({ flagged: 100, stamp });
    const sure = completed(
      group({}),
      { ...line, scores: new Float32Array(120).fill(0.95), outside: 0.004 },
      range(0, 300),
    );
    const both = figuresOf(sure);
    expect(both).toMatchObject({ inside: 0.4, outside: 0.004 });
    // None that only the line knows is as sure as those that have it, so that it may be given back.
    expect([...sure.scores].filter((score) => score > sure.surely)).toHaveLength(100);
    // Nor are they if another line finds them again.
    const again = completed(sure, { ...sure, trusted: [] }, range(0, 300));
    expect([...again.scores].filter((score) => score > again.surely)).toHaveLength(100);
    expect(both).toMatchObject({ flagged: 120, stamp });
    expect(evidenceOfGroup(both)[1]!.sentence).toMatch(
      /^100 images .* same 9 pixels.* these are 120, and 0\.4 % of the images of other classes\.$/,
    );
    expect(evidenceOfGroup(figuresOf(group({})))[1]!.sentence).not.toMatch(/show the rest/);
  });
});
