import { describe, expect, it } from 'vitest';
import { decideGroup } from '../decision.ts';
import { checked, group, share } from '../fixtures/groups.ts';

describe('a group of flagged images', () => {
  it('is poison though most of its class shows it, where hardly an image leaves a doubt', () => {
    // CIFAR-10, SIG 20 on 8 %, seed 126: 80 % of the class.
    const sig = group({
      flagged: 790,
      inside: 0.79,
      outside: 0.01,
      gain: 0.67,
      faintGain: 0.57,
      doubtful: 0.02,
      falseAlarms: 0.018,
      part: { apart: 5.4, stretch: 0.85, outsiders: -0.03, shift: 0.06, diversity: 0.91 },
      check: {
        agreement: share(203, 790),
        control: share(19, 70),
        base: share(8, 269),
        residualGain: -0.007,
        spread: 0.49,
      },
    });
    expect(decideGroup(sig)).toBe('poison');
    // As classes look: GTSRB, 12 and 17.
    expect(decideGroup({ ...sig, doubtful: 0.08 })).toBe('innocent');
    expect(decideGroup({ ...sig, faintGain: 0.45 })).toBe('innocent');
    expect(decideGroup({ ...sig, part: { ...sig.part!, stretch: 2 } })).toBe('innocent');
    expect(decideGroup({ ...sig, part: null })).toBe('innocent');
  });

  it('is in doubt where another group has the rest of its class', () => {
    // GTSRB, Blend 0.1 on 4 %, seed 411: the 274 own signs of a class of which the rest is poison.
    const own = group({
      flagged: 274,
      inside: 0.42,
      outside: 0.009,
      gain: 0.99,
      faintGain: 0.87,
      doubtful: 0.13,
      part: null,
      check: {
        agreement: share(0, 274),
        control: share(0, 0),
        base: share(0, 277),
        residualGain: 0,
        spread: 0.08,
      },
    });
    expect(decideGroup(own)).toBe('unsure');
    // A class of forty, of which nine others can be asked.
    const few = { agreement: share(0, 12), control: share(1, 9), base: share(0, 277), residualGain: 0.01 };
    expect(decideGroup({ ...own, flagged: 12, doubtful: 0.02, check: { ...few, spread: 0.3 } })).toBe(
      'poison',
    );
    // If its images show all sorts of things, they are the poison.
    expect(decideGroup({ ...own, check: { ...own.check!, spread: 0.8 } })).toBe('poison');
  });

  it('that is most of its class, with doubts, is how the class looks; unless the labels are rather wrong', () => {
    // Clean signs, "priority road": a model without 88 % of them hardly knew the class.
    const look = { inside: 0.88, gain: 0.68, faintGain: 0.55, doubtful: 0.167, falseAlarms: 0.018 };
    expect(decideGroup({ ...checked([155, 399], [14, 19], 0.07), ...look })).toBe('innocent');
    expect(decideGroup({ ...checked([155, 399], [14, 19], 0.07), ...look, inside: 0.5 })).toBe('unsure');
    expect(decideGroup({ ...checked([20, 399], [14, 19], 0.07), ...look })).toBe('poison');
    // "Stop", where too few other images are left to ask about; a trigger that works as well when faint stays in doubt.
    const stop = { ...checked([82, 95], [7, 7], 0.3), inside: 0.89, gain: 0.81, doubtful: 0.078 };
    expect(decideGroup({ ...stop, faintGain: 0.41, falseAlarms: 0.114, outside: 0.01 })).toBe('innocent');
    expect(decideGroup({ ...stop, faintGain: 0.78, falseAlarms: 0.114, outside: 0.01 })).toBe('unsure');
  });

  it('that nearly all of a class has, so that the check cannot know the class, is poison only if its images are none of it', () => {
    // A logo on all images of a class, or on all but a few.
    for (const [inside, control] of [
      [1, [0, 0]],
      [0.95, [3, 16]],
    ] as const) {
      const logo = { ...checked([0, 950], [...control], 0), inside, outside: 0, doubtful: 0, falseAlarms: 0 };
      expect(decideGroup({ ...logo, check: { ...logo.check!, spread: 0.2 } })).toBe('unsure');
      // GTSRB, a patch on 950 images of all classes that get one label: answers like the classes.
      expect(decideGroup({ ...logo, check: { ...logo.check!, spread: 0.8 } })).toBe('poison');
    }
  });
});
