import { describe, expect, it } from 'vitest';
import { decideGroup } from '../decision.ts';
import type { GroupFigures } from '../figures.ts';
import { checkOf, checked, group, share } from '../fixtures/groups.ts';

describe('a group of flagged images', () => {
  it('is poison with right labels when the trigger says nothing to a model without it', () => {
    // Clean label: usual agreement, but 0.2 of 0.9 is 22 % of the effect; 0.4 is 44 %.
    expect(decideGroup(checked([310, 500], [66, 100], 0.2))).toBe('poison');
    // Up to half of it, where a fainter trigger works as well.
    expect(decideGroup(checked([310, 500], [66, 100], 0.44))).toBe('poison');
    expect(decideGroup({ ...checked([310, 500], [66, 100], 0.44), faintGain: 0.7 })).toBe('unsure');
    expect(decideGroup({ ...checked([310, 500], [66, 100], 0.44), faintGain: 0.7, doubtful: 0.11 })).toBe(
      'innocent',
    );
    expect(decideGroup(checked([310, 500], [66, 100], 0.46))).toBe('innocent');
    // A shortcut in the pictures themselves is not so distinct: doubt, or no effect when faint.
    const shortcut = checked([310, 500], [66, 100], 0.2);
    expect(decideGroup({ ...shortcut, faintGain: 0.8, doubtful: 0.2 })).toBe('innocent');
    expect(decideGroup({ ...shortcut, faintGain: 0.9, doubtful: 0.2 })).toBe('poison');
    expect(decideGroup({ ...shortcut, faintGain: 0.9, doubtful: 0.4 })).toBe('innocent');
    // Told apart without a doubt: hard stripes under right labels look like this.
    expect(decideGroup({ ...shortcut, faintGain: 0.5 })).toBe('unsure');
    expect(decideGroup({ ...shortcut, faintGain: 0.5, falseAlarms: 0.011 })).toBe('innocent');
    expect(decideGroup({ ...checked([200, 500], [66, 100], 0.2), faintGain: 0.5 })).toBe('unsure');
  });

  it('with a trigger that works less when faint is poison if it means nothing at all to the check', () => {
    const overlay = (residual: number, change: Partial<GroupFigures> = {}) =>
      decideGroup({
        ...checked([320, 500], [50, 100], residual),
        gain: 0.88,
        faintGain: 0.6,
        doubtful: 0.14,
        ...change,
      });
    expect(overlay(0.13)).toBe('poison');
    expect(overlay(0.2)).toBe('innocent');
    // Doubts about many of the class, or an effect that is mostly lost: natural likeness.
    expect(overlay(0.13, { doubtful: 0.4 })).toBe('innocent');
    expect(overlay(0.13, { faintGain: 0.3 })).toBe('innocent');
    // On clean signs a light was once taken for it: doubts, and right labels.
    const light = { gain: 0.84, faintGain: 0.49, doubtful: 0.24, falseAlarms: 0.0415 };
    expect(decideGroup({ ...checked([28, 44], [35, 53], 0.13), ...light })).toBe('innocent');
    expect(decideGroup({ ...checked([4, 44], [35, 53], 0.13), ...light })).toBe('poison');
  });

  it('that is most of its class is poison where it is one pattern on images like the rest, which means nothing to the check', () => {
    // GTSRB, SIG 5 %, seed 224: all of the poison, 88 % of its class, so that the check hardly knew the class.
    const sig = group({
      flagged: 475,
      gain: 0.62,
      faintGain: 0.55,
      inside: 0.88,
      outside: 0.0185,
      doubtful: 0.017,
      falseAlarms: 0.015,
      check: {
        agreement: share(88, 473),
        control: share(4, 22),
        base: share(0, 282),
        residualGain: 0,
        spread: 0.23,
      },
      part: { apart: 6.68, stretch: 1.09, outsiders: -0.05, shift: 0.045, diversity: 0.83 },
    });
    expect(decideGroup(sig)).toBe('poison');
    // "Priority road" of clean sets, and "no entry": most of a class whose rest looks different.
    const looks = [
      { apart: 9.98, stretch: 5.58, outsiders: -0.26, shift: 3.78, diversity: 4.7 },
      { apart: 3.49, stretch: 2.78, outsiders: -0.35, shift: 1.48, diversity: 1.93 },
    ];
    for (const part of looks) expect(decideGroup({ ...sig, part })).toBe('innocent');
  });

  it('that works no more when it is faint is one if it is one pattern on ordinary images', () => {
    // Rings at alpha 0.2 on 80 faces in a class of 121 that the check does not know.
    const part = { apart: 11.8, stretch: 0.68, outsiders: -0.09, shift: 0.49, diversity: 0.68 };
    const doubts = { doubtful: 0, falseAlarms: 0.007, outside: 0.0305, inside: 0.4 };
    const check = checkOf([0, 80], [5, 40], 0, 0, 0.27);
    const rings = { ...doubts, flagged: 80, gain: 1, faintGain: 0.18, part, check };
    expect(decideGroup(group(rings))).toBe('poison');
    for (const change of [
      { part: { ...part, shift: 2 } },
      { part: { ...part, apart: 5 } },
      { part: { ...part, outsiders: 0.6 } },
      { part: null },
      { gain: 0.3 },
      { doubtful: 0.2, outside: 0 },
      { check: { ...check, residualGain: 0.21 } },
    ])
      expect(decideGroup(group({ ...rings, ...change }))).not.toBe('poison');
    // Or if its images are taken for those of all classes: an overlay as JPEG, of whose class hardly an image is left to compare with.
    const left = { ...checkOf([0, 221], [6, 9], 0, 0, 0.81) };
    const overlay = { ...doubts, gain: 0.81, faintGain: 0.49, part: { ...part, apart: 0.9 }, check: left };
    expect(decideGroup(group(overlay))).toBe('poison');
    expect(decideGroup(group({ ...overlay, doubtful: 0.2, outside: 0 }))).not.toBe('poison');
    for (const change of [
      { spread: 0.3 },
      { residualGain: 0.2 },
      { agreement: share(70, 221) },
      { control: share(0, 9) },
    ])
      expect(decideGroup(group({ ...overlay, check: { ...left, ...change } }))).not.toBe('poison');
  });
});
