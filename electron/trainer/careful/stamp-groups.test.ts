import { describe, expect, it } from 'vitest';
import { joined } from './alignment.ts';
import { figuresOf, type Group } from './expansion.ts';
import { imagesOf } from './flagging.ts';
import { isTelling, unlike } from './stamp-groups.ts';

const range = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);
const trigger = (gain: number) => ({ gain, flipped: { hits: 0, of: 200 } }) as Group['strong'];

function group(change: Partial<Group>): Group {
  const flagged = change.flagged ?? range(0, 100);
  return {
    ...{ class: 2, found: 'trigger', stamp: 9, flagged, scores: new Float32Array(flagged.length).fill(1) },
    ...{ inside: 0.3, outside: 0, doubtful: 0, falseAlarms: 0, cut: 0.8, surely: 0.8, elsewhere: null },
    ...{ odds: null, trusted: [], faint: trigger(0.9), strong: trigger(0.9), contradiction: 0 },
    ...change,
  };
}

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

  it('are no stamps any more with the images of a line', () => {
    const line = group({ flagged: range(0, 120) });
    expect(figuresOf(group({}))).toMatchObject({ flagged: 100, stamp: 9 });
    expect(figuresOf(joined(group({}), line))).toMatchObject({ flagged: 120, stamp: null });
  });
});
