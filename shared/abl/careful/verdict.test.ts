import { describe, expect, it } from 'vitest';
import { evidenceOfGroup } from './evidence.ts';
import type { GroupFigures } from './figures.ts';
import { checkOf, checked, group, share } from './fixtures/groups.ts';
import { concludeCareful, type CarefulFindings } from './verdict.ts';

describe('the verdict', () => {
  const findings = (groups: GroupFigures[], change: Partial<CarefulFindings> = {}): CarefulFindings => ({
    rankings: [
      { class: 3, gain: 0.85 },
      { class: 1, gain: 0.1 },
    ],
    groups,
    examples: 10000,
    unexamined: 0,
    stageOneAccuracy: 0.6,
    guessing: 0.1,
    removed: 0,
    ...change,
  });

  it('estimates no ASR from a trigger that works only once it is made louder', () => {
    const part = { apart: 5.9, stretch: 1.02, outsiders: -0.06, shift: 0.07, diversity: 0.95 };
    const check = { ...checkOf([214, 230], [69, 80], 0.1, 3, 0.24), residualAmplified: 0.003 };
    const amplified = { gain: 0.12, flipped: share(214, 1788), uniform: 0.1 };
    const sig = group({ gain: 0.16, faintGain: 0.03, doubtful: 0, outside: 0, part, amplified, check });
    expect(concludeCareful(findings([sig]))).toMatchObject({
      verdict: { kind: 'poisoned' },
      estimatedAsr: null,
    });
  });

  it('names every class with a poisoned group, and the ASR of the strongest trigger', () => {
    const second = group({ class: 1, gain: 0.7, flipped: share(150, 200) });
    const { verdict, classes, poisonShare, estimatedAsr, groups } = concludeCareful(
      findings([second, group(), checked([310, 500], [66, 100])], { removed: 1000 }),
    );
    expect(verdict).toMatchObject({ kind: 'poisoned', class: 3, estimatedAsr: 0.9 });
    expect(classes).toEqual([1, 3]);
    expect(poisonShare).toBe(0.1);
    // Wilson's interval of 180 in 200.
    expect(estimatedAsr!.low).toBeCloseTo(0.8506, 3);
    expect(estimatedAsr!.high).toBeCloseTo(0.9343, 3);
    expect(groups.map(({ decision }) => decision)).toEqual(['poison', 'poison', 'innocent']);
  });

  it('says that poison may have stayed where the detector is in doubt about much of a class', () => {
    const reasons = (doubtful: number) =>
      concludeCareful(findings([group(), group({ class: 1, doubtful })])).verdict.reasons.join(' ');
    expect(reasons(0.45)).toMatch(/in doubt about 45 % of a class: some of the poison may have stayed/);
    expect(reasons(0.2)).not.toMatch(/may have stayed/);
  });

  it('begins with why it was decided so, in plain words', () => {
    const reasonsOf = (figures: GroupFigures) => concludeCareful(findings([figures])).verdict.reasons;
    expect(reasonsOf(group()).slice(0, 2)).toEqual([
      'The trigger works, even when it is faint, but means little to a model that never saw these images.',
      expect.stringMatching(/^In all, .* of the training images were left out/),
    ]);
    const uncertain = checked([0, 500], [15, 100]);
    expect(concludeCareful(findings([uncertain])).verdict.kind).toBe('uncertain');
    expect(reasonsOf(uncertain)[0]).toMatch(/it is uncertain\.$/);
    // What people know comes second.
    const known = { trusted: share(0, 0), inside: 0.33, marked: share(12, 12) };
    expect(reasonsOf({ ...uncertain, known })[0]).toMatch(
      /it is uncertain\. Most of the images that were marked/,
    );
  });

  it('gives a trigger of several classes no single ASR', () => {
    const shared = (label: number) => group({ class: label, found: 'everywhere', outside: 0.1 });
    const { verdict, classes, estimatedAsr } = concludeCareful(findings([shared(5), shared(2)]));
    expect(verdict).toMatchObject({ kind: 'poisoned', estimatedAsr: null });
    expect(classes).toEqual([2, 5]);
    expect(estimatedAsr).toBeNull();
  });

  it('is uncertain about a group that is undecided, unless another is poison', () => {
    const undecided = checked([200, 500], [100, 100]);
    expect(concludeCareful(findings([undecided])).verdict).toMatchObject({ kind: 'uncertain', class: 3 });
    expect(concludeCareful(findings([undecided, group()])).verdict.kind).toBe('poisoned');
  });

  it('is "no evidence" otherwise, never sure, and says what may be missed', () => {
    const { verdict, classes, estimatedAsr } = concludeCareful(
      findings([group({ gain: 0.2, doubtful: 0.6 })]),
    );
    expect(verdict.kind).toBe('no-evidence');
    expect(verdict.confidence).toBeLessThanOrEqual(0.8);
    expect(verdict.reasons.join(' ')).toMatch(/85 %.*found only where/);
    expect(classes).toEqual([]);
    expect(estimatedAsr).toBeNull();
  });

  it('speaks of the groups where all seeds carried what is known already', () => {
    const innocent = group({ gain: 0.2, doubtful: 0.6 });
    const { verdict } = concludeCareful(findings([innocent], { rankings: [] }));
    expect(verdict.kind).toBe('no-evidence');
    expect(verdict.reasons.join(' ')).toMatch(/flip gain of 20 %/);
  });

  it('says less about few images', () => {
    const confidence = (examples: number) => concludeCareful(findings([], { examples })).verdict.confidence;
    expect(confidence(999)).toBeLessThan(confidence(1000));
  });

  it.each([
    ['no class could be examined', { rankings: [], unexamined: 10000 }, /20 different images/],
    ['much of the data could not', { unexamined: 2500 }, /25 % of the images/],
    ['nothing was learnt', { stageOneAccuracy: 0.15 }, /15 % right, where guessing gives 10 %/],
  ])('is uncertain when %s', (_, change, reason) => {
    const { verdict } = concludeCareful(findings([], change));
    expect(verdict.kind).toBe('uncertain');
    expect(verdict.reasons.join(' ')).toMatch(reason);
  });

  it('rests on evidence that holds each figure beside its threshold', () => {
    const [turned, shown, apart, check, residual] = evidenceOfGroup(group());
    expect(turned).toMatchObject({ stage: 'reconstruction', class: 3, figure: 0.9, passed: true });
    expect(turned!.sentence).toMatch(/180 of 200 images.*90 % more/);
    expect(shown!.sentence).toMatch(/^500 images.*0\.2 %/);
    expect(check!.figure).toBeCloseTo(0.04 / 0.7, 6);
    expect(check!.sentence).toMatch(/4\.0 %.*70 %/);
    expect(apart!.sentence).toMatch(/94 % of the effect.*2\.0 % of the class/);
    expect(residual).toMatchObject({ stage: 'check', passed: true });
    expect(residual!.sentence).toMatch(/1\.1 %/);
    const innocent = evidenceOfGroup(checked([310, 500], [66, 100]));
    expect(innocent.slice(3).map(({ passed }) => passed)).toEqual([false, false]);
    const { evidence } = concludeCareful(findings([group()]));
    expect(evidence.map(({ stage }) => stage)).toEqual([
      'ranking',
      'ranking',
      'reconstruction',
      'detector',
      'detector',
      'check',
      'check',
    ]);
  });

  it('says by which rule it decided, on the last line about each group', () => {
    const dropped = group({ gain: 0.1, faintGain: 0.1, doubtful: 0.5, check: null });
    const known = { trusted: share(0, 0), inside: 0.3, marked: share(0, 6) };
    const marked = { ...checked([200, 500], [100, 100]), known };
    const { groups, evidence } = concludeCareful(findings([group(), dropped, marked]));
    const rules = ['means-little', 'hard-to-tell-apart', 'marked-clean'];
    expect(groups.map(({ rule }) => rule)).toEqual(rules);
    expect(evidence.flatMap(({ rule }) => rule ?? [])).toEqual(rules);
    const lines = [group(), dropped, marked].map((figures) => evidenceOfGroup(figures));
    for (const ofGroup of lines)
      expect(ofGroup.map(({ rule }) => rule !== undefined)).toEqual(
        ofGroup.map((_, i) => i === ofGroup.length - 1),
      );
    // Lines about the ranking are about no group.
    expect(evidence[0]).not.toHaveProperty('rule');
  });
});
