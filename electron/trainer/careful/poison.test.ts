import { describe, expect, it } from 'vitest';
import type { CheckFigures, GroupDecision, GroupFigures } from '../../../shared/abl/careful/figures.ts';
import type { Group } from './expansion.ts';
import type { CarefulResult } from './careful.ts';
import { isKnownByTrigger, poisonOf, unlearnableOf } from './poison.ts';

const range = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);

describe('the poison of a group', () => {
  const check = (agreement: number, control: number): CheckFigures => ({
    agreement: { hits: agreement, of: 100 },
    control: { hits: control, of: 100 },
    base: { hits: 3, of: 300 },
    residualGain: 0,
    spread: 0.8,
  });
  // Ten that the detector is sure of, ten that it is not.
  const group = {
    flagged: range(0, 20),
    scores: Float32Array.from({ length: 20 }, (_, i) => (i < 10 ? 0.9 : 0.4)),
    surely: 0.5,
  } as Group;

  it('is all of it but unsure images whose labels are borne out, if labels tell', () => {
    const agreeing = new Set([3, 12, 13, 14, 15, 16, 17]);
    expect([...poisonOf(group, check(5, 95), agreeing)]).toEqual([...range(0, 12), 18, 19]);
    // No more than by chance; right labels whether poisoned or not; nobody was asked.
    expect(poisonOf(group, check(10, 95), new Set([12]))).toHaveLength(20);
    expect(poisonOf(group, check(80, 95), agreeing)).toHaveLength(20);
    expect(poisonOf(group, null, agreeing)).toHaveLength(20);
  });
});

describe('poison that content led to', () => {
  const group = (found: Group['found'], from: number, to: number, doubtful: number) =>
    ({ class: 6, found, flagged: range(from, to), doubtful }) as Group;

  it('is what a trigger led to, if that is for the greater part the same with hardly more doubts', () => {
    const content = group('content', 20, 118, 0.18);
    expect(isKnownByTrigger(content, [content, group('trigger', 0, 100, 0.26)])).toBe(true);
    expect(isKnownByTrigger(content, [content, group('trigger', 0, 100, 0.28)])).toBe(false);
    expect(isKnownByTrigger(content, [content, group('trigger', 20, 50, 0.01)])).toBe(false);
    expect(isKnownByTrigger(content, [content, group('content', 20, 118, 0.01)])).toBe(false);
    expect(isKnownByTrigger(group('trigger', 0, 100, 0.2), [group('pixels', 0, 100, 0)])).toBe(false);
  });
});

describe('triggers to unlearn', () => {
  type One = [
    target: number,
    found: GroupFigures['found'],
    gain: number,
    decision: GroupDecision,
    further?: Partial<GroupFigures>,
  ];
  const trigger = (value: number) => ({ cover: new Float32Array(1), shift: Float32Array.of(value) });
  const checked = (residualGain: number, residualAmplified: number | null = null): CheckFigures => ({
    ...{ agreement: { hits: 9, of: 10 }, control: { hits: 9, of: 10 }, base: { hits: 0, of: 100 } },
    ...{ residualGain, residualAmplified, spread: 0.5 },
  });
  /** A group of class n has the images 0 to 10 + n. */
  const unlearnt = (groups: One[], isolated = range(0, 100), share = 0.5) =>
    unlearnableOf(
      {
        groups: groups.map(([target, , gain]) => ({
          class: target,
          flagged: range(0, 10 + target),
          strong: { trigger: trigger(gain) },
          amplified: { trigger: trigger(0.5) },
        })),
        conclusion: {
          groups: groups.map(([target, found, gain, decision, further]) => ({
            decision,
            figures: {
              ...{ found, gain, doubtful: 0.1, faintGain: 0, inside: 0.2, outside: 0, flagged: 10 + target },
              ...{ check: checked(0.03), ...further },
            },
          })),
        },
        kept: range(100, 300),
        removed: range(0, 100),
      } as unknown as CarefulResult,
      isolated,
      share,
    );

  it('are those of poison that shares one, each once, with as many copies as images were left out', () => {
    const groups: One[] = [
      [3, 'everywhere', 0.5, 'innocent'],
      [4, 'everywhere', 0.5, 'poison'],
      [5, 'everywhere', 0.5, 'poison'],
      [5, 'everywhere', 0.25, 'poison'],
      [1, 'trigger', 0.75, 'poison'],
      [2, 'trigger', 0.125, 'unsure'],
    ];
    expect(unlearnt(groups)).toEqual([
      { trigger: trigger(0.5), copies: 15 },
      { trigger: trigger(0.25), copies: 15 },
      { trigger: trigger(0.75), copies: 11 },
    ]);
    // Images that the check or the analyst gave back do not count; the share is divided.
    expect(unlearnt(groups, range(0, 8), 18 / 292).map(({ copies }) => copies)).toEqual([6, 6, 6]);
    expect(unlearnt(groups, range(11, 100), 18 / 211).map(({ copies }) => copies)).toEqual([4, 4]);
    expect(unlearnt(groups, range(0, 100), 0)).toEqual([]);
  });

  it('are none where nothing in doubt is left, nor where images only look like other classes', () => {
    const certain: One[] = [
      [1, 'trigger', 0.9, 'poison', { doubtful: 0.01 }],
      [1, 'trigger', 0.9, 'poison', { check: checked(0.029) }],
      [1, 'trigger', 0.9, 'poison', { check: null }],
      [1, 'content', 0.9, 'poison'],
      [2, 'pixels', 0.9, 'poison'],
    ];
    expect(unlearnt(certain)).toEqual([]);
  });

  it('are what lies on the images, where that works only once it is louder', () => {
    const further: Partial<GroupFigures> = {
      doubtful: 0.05,
      flipped: { hits: 28, of: 275 },
      part: { apart: 9, stretch: 1, outsiders: 0, shift: 0.01, diversity: 1 },
      amplified: { gain: 0.3, flipped: { hits: 300, of: 1000 }, uniform: 0 },
      check: checked(0.1, 0.04),
    };
    const [faint] = unlearnt([[4, 'pixels', 0.1, 'poison', further]]);
    expect(faint).toEqual({ trigger: trigger(0.25), copies: 14 });
    expect(unlearnt([[4, 'pixels', 0.1, 'poison', { ...further, check: checked(0.1, 0.02) }]])).toEqual([]);
    const [loud] = unlearnt([[4, 'pixels', 0.75, 'poison', further]]);
    expect(loud).toEqual({ trigger: trigger(0.75), copies: 14 });
  });
});
