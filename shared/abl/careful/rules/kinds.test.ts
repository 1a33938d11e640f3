import { describe, expect, it } from 'vitest';
import { decideGroup } from '../decision.ts';
import { checkOf, checked, group, share } from '../fixtures/groups.ts';

describe('a group of flagged images', () => {
  it('is a kind of images where all that they share may be clipping, and the check takes them for another class', () => {
    // GTSRB stored as JPEG, seed 513: 25 innocent images of class 34, with 8 white pixels.
    const stamp = { pixels: 8, values: 8, unclipped: 0, images: 25, elsewhere: 0.0045 };
    const check = checkOf([5, 25], [19, 22], 0.33, 0, 0.01);
    const white = group({
      gain: 0.47,
      faintGain: 0.28,
      inside: 0.27,
      outside: 0.0045,
      doubtful: 0.01,
      stamp,
      check,
    });
    expect(decideGroup(white)).toBe('innocent');
    // A white patch on images of all classes is none, nor is one that no other class has, or a patch of grey.
    expect(decideGroup({ ...white, check: { ...check, spread: 0.8 } })).toBe('poison');
    expect(decideGroup({ ...white, stamp: { ...stamp, elsewhere: 0 } })).toBe('poison');
    expect(decideGroup({ ...white, stamp: { ...stamp, unclipped: 8 } })).toBe('poison');
  });

  it('is innocent where there are doubts and the answers that are not the label gather on a few classes', () => {
    // GTSRB, clean, seed 56, class 25: a kind of images, of whose labels the check bears out three quarters.
    const kind = group({
      flagged: 116,
      inside: 0.32,
      outside: 0.009,
      gain: 0.7,
      faintGain: 0.54,
      doubtful: 0.25,
      check: {
        agreement: share(20, 37),
        control: share(53, 72),
        base: share(0, 290),
        residualGain: 0.05,
        spread: 0.09,
      },
    });
    expect(decideGroup(kind)).toBe('innocent');
    // Answers rather like the classes, as to poison; GTSRB with a colour style had 0.39.
    for (const spread of [0.39, 0.7])
      expect(decideGroup({ ...kind, check: { ...kind.check!, spread } })).toBe('unsure');
  });

  it('with doubts, and labels that are wrong in the same way, is a kind of images that the check has not seen', () => {
    // Clean signs, "speed limit 100" in one light.
    const { check } = checked([4, 23], [35, 91], 0.055);
    const light = { gain: 0.55, faintGain: 0.48, doubtful: 0.225, falseAlarms: 0.035 };
    expect(decideGroup(group({ ...light, check: { ...check!, spread: 0.14 } }))).toBe('innocent');
    expect(decideGroup(group({ ...light, check: { ...check!, spread: 0.9 } }))).toBe('unsure');
    // The same where the trigger means nothing to the check.
    const shade = { gain: 0.52, faintGain: 0.37, doubtful: 0.249, falseAlarms: 0.05 };
    const { check: one } = checked([4, 24], [42, 49], 0.067);
    expect(decideGroup(group({ ...shade, check: { ...one!, spread: 0.006 } }))).toBe('innocent');
    expect(decideGroup(group({ ...shade, check: { ...one!, spread: 0.9 } }))).toBe('poison');
    // With one other class alone there is no other way to be wrong.
    expect(decideGroup(group({ ...light, check: { ...check!, spread: null } }))).toBe('unsure');
    // Cats and dogs: 31 cats that look like dogs, to a network that has not seen them.
    const cats = {
      gain: 0.24,
      faintGain: 0.19,
      inside: 0.03,
      outside: 0.0091,
      doubtful: 0.272,
      falseAlarms: 0.03,
    };
    const taken = { ...checkOf([4, 31], [59, 100], -0.09, 30, 0), spread: null };
    expect(decideGroup(group({ ...cats, check: taken }))).toBe('unsure');
    expect(decideGroup(group({ ...cats, check: { ...taken, agreement: share(12, 31) } }))).toBe('innocent');
    // Of all sorts, or one sort: what differs from image to image is judged by its labels alone.
    const content = (spread: number) =>
      group({ found: 'content', gain: 0.05, doubtful: 0.2, check: checkOf([2, 60], [70, 80], 0, 0, spread) });
    expect(decideGroup(content(0.6))).toBe('poison');
    expect(decideGroup(content(0.05))).toBe('innocent');
    // Images of other classes with a pattern, as far as pixels tell.
    const foreign = { apart: 14, stretch: 0.92, outsiders: 0, shift: 0.03, diversity: 0.89 };
    const byPixels = {
      found: 'pixels' as const,
      check: { ...checkOf([0, 60], [70, 80], 0, 0, 0), spread: null },
    };
    expect(decideGroup(group({ ...byPixels, foreign }))).toBe('unsure');
    expect(decideGroup(group(byPixels))).toBe('innocent');
    // Cats and dogs, Blend 0.15: one pattern on all sorts of images, which does little by itself.
    const part = { apart: 12.5, stretch: 1.27, outsiders: -0.01, shift: 0.05, diversity: 0.66 };
    const blend = { ...byPixels, gain: 0.06, faintGain: 0.06, inside: 0.09, part };
    expect(decideGroup(group(blend))).toBe('unsure');
    expect(decideGroup(group({ ...blend, foreign }))).toBe('unsure');
    expect(decideGroup(group({ ...blend, gain: 0.3, flipped: share(60, 200) }))).toBe('poison');
    expect(decideGroup(group({ ...blend, check: { ...byPixels.check, agreement: share(30, 60) } }))).toBe(
      'unsure',
    );
  });

  it('that does not work is none if its images are all taken for the same other class, without doubts too', () => {
    // CIFAR-10, Blend 0.1 on birds: 144 cars that a check which has not seen their kind takes for trucks.
    const part = { apart: 5.7, stretch: 2.23, outsiders: 0.04, shift: 0.15, diversity: 0.91 };
    const cars = {
      gain: 0.195,
      faintGain: 0.053,
      doubtful: 0.084,
      falseAlarms: 0.041,
      outside: 0.01,
      inside: 0.16,
    };
    const check = checkOf([27, 144], [80, 100], -0.018, 0, 0.05);
    expect(decideGroup(group({ ...cars, part, check }))).toBe('innocent');
    expect(decideGroup(group({ ...cars, part, check: { ...check, spread: 0.6 } }))).toBe('poison');
    // In part, and as well when it is faint: of a trigger that images of one class got.
    expect(decideGroup(group({ ...cars, part, check, gain: 0.25, faintGain: 0.2 }))).toBe('poison');
    expect(decideGroup(group({ ...cars, part, check, gain: 0.9, faintGain: 0.8 }))).toBe('poison');
  });
});
