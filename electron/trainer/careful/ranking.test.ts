import { describe, expect, it } from 'vitest';
import { bestOfEachClass, unknown, type Ranking } from './ranking.ts';

/** A class ranked by seeds that reach a flip gain. */
function ranking(target: number, seed: number[], gain: number): Ranking {
  const ranked = { class: target, ranked: Int32Array.from(seed), seed: Int32Array.from(seed) };
  return {
    ranked: { ...ranked, reference: new Int32Array() },
    reconstruction: { gain, gainFromOne: gain } as Ranking['reconstruction'],
    contradiction: 0,
  };
}

describe('rankings of several looks', () => {
  it('give way where their seeds have turned out to be what is known already', () => {
    const loud = ranking(2, [1, 2, 3, 4], 0.9);
    const other = ranking(2, [7, 8, 9, 3], 0.3);
    expect(bestOfEachClass([loud, other])).toEqual([loud]);
    expect(bestOfEachClass(unknown([loud, other], new Set([1, 2, 3])))).toEqual([other]);
    expect(unknown([loud, other], new Set())).toEqual([loud, other]);
    expect(unknown([loud], new Set([1, 2]))).toEqual([loud]);
  });
});
