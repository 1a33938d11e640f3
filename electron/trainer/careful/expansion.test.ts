import { expect, it } from 'vitest';
import { inMemory } from '../../../shared/images.ts';
import { groupsElsewhere, isBetter, type Group } from './expansion.ts';
import { overlap } from './flagging.ts';

/** Images of one value each: image i has the value i, and the label that the list says. */
const labelled = (labels: number[]) =>
  inMemory({
    images: Uint8Array.from(labels.keys()),
    labels: Int32Array.from(labels),
    count: labels.length,
    height: 1,
    width: 1,
    channels: 1,
  });

it('carriers of a trigger make a group of each class that has enough of them', () => {
  // Nine of class 1, seven of class 2 (too few), eight of class 3.
  const labels = [
    ...new Array<number>(9).fill(1),
    ...new Array<number>(7).fill(2),
    ...new Array<number>(8).fill(3),
  ];
  const scores = Float32Array.from(labels.keys(), (i) => i / 100);
  const found = {
    class: 0,
    found: 'everywhere',
    flagged: Int32Array.of(100),
    elsewhere: { indices: Int32Array.from(labels.keys()), scores },
  } as unknown as Group;
  const groups = groupsElsewhere(found, labelled(labels));
  expect(groups.map((group) => [group.class, group.found, [...group.flagged]])).toEqual([
    [1, 'everywhere', [0, 1, 2, 3, 4, 5, 6, 7, 8]],
    [3, 'everywhere', [16, 17, 18, 19, 20, 21, 22, 23]],
  ]);
  expect([...groups[1]!.scores]).toEqual([...scores.subarray(16)]);
  expect(groups.every(({ elsewhere }) => elsewhere === null)).toBe(true);
  expect(groupsElsewhere({ ...found, elsewhere: null }, labelled(labels))).toEqual([]);
});

it('overlap is intersection over union', () => {
  expect(overlap(Int32Array.of(1, 2, 3), new Set([2, 3, 4, 5]))).toBeCloseTo(2 / 5, 12);
});

it('a round is better if its trigger works better, or as well with no more doubts', () => {
  const round = (gain: number, doubtful: number) => ({ strong: { gain }, doubtful });
  expect(isBetter(round(0.9, 0.1), round(0.8, 0.1))).toBe(true);
  expect(isBetter(round(0.82, 0.1), round(0.8, 0.08))).toBe(false);
  expect(isBetter(round(0.78, 0.08), round(0.8, 0.1))).toBe(true);
  expect(isBetter(round(0.74, 0.08), round(0.8, 0.1))).toBe(false);
});

it('a round without the doubts of another is better unless much of the effect is lost, and the other is not', () => {
  const round = (gain: number, doubtful: number) => ({ strong: { gain }, doubtful });
  // As measured: 30 of 47 images flagged with many doubts, then all 47 with hardly any.
  expect(isBetter(round(0.92, 0.023), round(0.972, 0.168))).toBe(true);
  expect(isBetter(round(0.972, 0.168), round(0.92, 0.023))).toBe(false);
  expect(isBetter(round(0.6, 0.02), round(0.9, 0.2))).toBe(false);
  expect(isBetter(round(0.9, 0.2), round(0.6, 0.02))).toBe(true);
  // Next to no doubts are the same as none.
  expect(isBetter(round(0.7, 0), round(0.9, 0))).toBe(false);
  expect(isBetter(round(0.7, 0.002), round(0.9, 0.004))).toBe(false);
});
