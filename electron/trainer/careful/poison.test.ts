import { describe, expect, it } from 'vitest';
import type { CheckFigures, GroupDecision, GroupFigures } from '../../../shared/abl/careful/decision.ts';
import type { Group } from './expansion.ts';
import type { CarefulResult } from './careful.ts';
import { poisonOf, unlearnableOf } from './poison.ts';

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

describe('triggers to unlearn', () => {
  type One = [
    target: number,
    GroupFigures['found'],
    gain: number,
    decision: GroupDecision,
    doubtful?: number,
  ];
  const trigger = (value: number) => ({ cover: new Float32Array(1), shift: Float32Array.of(value) });
  const unlearnt = (groups: One[]) =>
    unlearnableOf({
      groups: groups.map(([target, , gain]) => ({
        class: target,
        flagged: range(0, 10 + target),
        strong: { trigger: trigger(gain) },
      })),
      conclusion: {
        groups: groups.map(([, found, gain, decision, doubtful = 0.1]) => ({
          decision,
          figures: { found, gain, doubtful, faintGain: 0, inside: 0.2, outside: 0 },
        })),
      },
    } as unknown as CarefulResult);

  it('are those of poison that shares one, each once', () => {
    const found = unlearnt([
      [3, 'everywhere', 0.5, 'innocent'],
      [4, 'everywhere', 0.5, 'poison'],
      [5, 'everywhere', 0.5, 'poison'],
      [5, 'everywhere', 0.25, 'poison'],
      [1, 'trigger', 0.75, 'poison'],
      [2, 'trigger', 0.125, 'unsure'],
    ]);
    expect(found).toEqual([
      { class: null, trigger: trigger(0.5), found: 29 },
      { class: null, trigger: trigger(0.25), found: 15 },
      { class: 1, trigger: trigger(0.75), found: 11 },
    ]);
  });

  it('are none where nothing in doubt is left, nor where images only look like other classes', () => {
    expect(
      unlearnt([
        [1, 'trigger', 0.9, 'poison', 0],
        [1, 'content', 0.9, 'poison'],
        [2, 'pixels', 0.9, 'poison'],
      ]),
    ).toEqual([]);
  });
});
