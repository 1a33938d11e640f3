import { describe, expect, it } from 'vitest';
import { worthChecking } from './clarity.ts';
import { decideGroup } from './decision.ts';
import { checked, group } from './fixtures/groups.ts';

describe('a group of flagged images', () => {
  it('is poison when a model without it disagrees with its labels', () => {
    // 4 % agreement where 70 % is usual.
    expect(decideGroup(group())).toBe('poison');
    expect(decideGroup(checked([20, 500], [70, 100]))).toBe('poison');
  });

  it('is innocent when such a model gives the labels as often as for other images of the class', () => {
    expect(decideGroup(checked([310, 500], [66, 100]))).toBe('innocent');
  });

  it('is innocent, whatever the check says, when other classes show the trigger too', () => {
    expect(decideGroup(group({ outside: 0.3 }))).toBe('innocent');
    expect(worthChecking(group())).toBe(true);
    expect(decideGroup(group({ check: null }))).toBe('innocent');
  });

  it('without a fixed trigger is judged by its labels alone', () => {
    const content = (hits: number) => ({ ...checked([hits, 500], [70, 100], 0), found: 'content' as const });
    expect(decideGroup(content(20))).toBe('poison');
    expect(decideGroup(content(310))).toBe('innocent');
  });
});
