import { describe, expect, it } from 'vitest';
import { decideGroup } from '../decision.ts';
import { evidenceOfGroup } from '../evidence.ts';
import type { GroupFigures } from '../figures.ts';
import { checkOf, group, share } from '../fixtures/groups.ts';
import { worksOnlyAmplified } from '../pattern.ts';

describe('a group of flagged images', () => {
  it('is poison with right labels when its pattern, made louder, works by its images alone', () => {
    // SIG on Fashion-MNIST, 5 %, seed 43 (naive ASR 6 to 9 %, oracle 1 %): 214 of 1792 answers turn once it is twice as strong.
    const part = { apart: 5.9, stretch: 1.02, outsiders: -0.06, shift: 0.07, diversity: 0.95 };
    const check = { ...checkOf([214, 230], [69, 80], 0, 3, 0.24), residualAmplified: 0.003 };
    const amplified = { gain: 0.12, flipped: share(214, 1788), uniform: 0.1 };
    const shape = { gain: 0.02, faintGain: 0.02, doubtful: 0.004, outside: 0.0025, inside: 0.49, part };
    const sig = group({ ...shape, amplified, check });
    expect(decideGroup(sig)).toBe('poison');
    expect(decideGroup({ ...sig, found: 'pixels' })).toBe('poison');
    // As it is it does next to nothing; and a model that never saw it may be moved by it as well.
    expect(decideGroup({ ...sig, amplified: null })).toBe('unsure');
    expect(decideGroup({ ...sig, check: { ...check, residualAmplified: null } })).toBe('unsure');
    expect(decideGroup({ ...sig, check: { ...check, residualAmplified: 0.06 } })).toBe('unsure');
    const louder = (gain: number, residualAmplified: number) =>
      decideGroup({ ...sig, amplified: { ...amplified, gain }, check: { ...check, residualAmplified } });
    expect([louder(0.19, 0.08), louder(0.21, 0.08), louder(0.21, 0.11)]).toEqual([
      'unsure',
      'poison',
      'unsure',
    ]);
    // Few answers, or few images that were asked.
    expect(decideGroup({ ...sig, amplified: { ...amplified, gain: 0.02 } })).toBe('unsure');
    expect(decideGroup({ ...sig, amplified: { ...amplified, flipped: share(15, 120) } })).toBe('unsure');
    // A kind of images is learnt from its own images, too. It is no pattern, so that says nothing.
    expect(decideGroup({ ...sig, part: { ...part, stretch: 1.6 } })).toBe('innocent');
    // Nor is a check asked that does not know the class.
    const unknown = { ...check, control: share(4, 80), base: share(3, 300) };
    expect(decideGroup({ ...sig, check: unknown })).not.toBe('poison');
    // The evidence says both: with its images, and without.
    expect(evidenceOfGroup(sig).at(-1)).toMatchObject({ figure: 0.12, threshold: 0.025, passed: true });
    expect(evidenceOfGroup(sig).at(-1)!.sentence).toMatch(
      /twice as strong, turned 12 % more .* them, 0\.3 %\.$/,
    );
    // Each by its own figure.
    const [asItIs, twice] = evidenceOfGroup(sig).slice(-2);
    expect([asItIs!.passed, twice!.passed]).toEqual([false, true]);
    // What the trigger does as it is says nothing of an attack then.
    expect(worksOnlyAmplified(sig)).toBe(true);
    expect(worksOnlyAmplified({ ...sig, gain: 0.5 })).toBe(false);
    expect(worksOnlyAmplified({ ...sig, amplified: null })).toBe(false);
    // Where chance hides the form, a mark is known to be none.
    const hidden = { ...sig, amplified: { ...amplified, uniform: null } };
    expect(decideGroup(hidden)).toBe('unsure');
    const mark = { pixels: 4, values: 12, unclipped: 12, images: 40, elsewhere: 0 };
    expect(decideGroup({ ...hidden, stamp: mark })).toBe('poison');
    // Another exposure may make one, too, where the light is blown out.
    const blown = { ...sig, amplified: { ...amplified, uniform: 0.97 }, stamp: mark };
    expect(decideGroup(blown)).toBe('unsure');
    // What shows all over dark ground is no mark by itself.
    const stamp = { pixels: 78, values: 78, unclipped: 78, images: 230, elsewhere: 0 };
    expect(decideGroup({ ...sig, part: null, stamp })).toBe('poison');
    const overlay = { ...stamp, isOverlay: true };
    expect(decideGroup({ ...sig, part: null, stamp: overlay })).not.toBe('poison');
    // SIG on Fashion-MNIST, seed 128, is not so far out; a frame with a gradient on GTSRB is moved by much and uneven.
    const even = { apart: 4.74, stretch: 1.19, outsiders: -0.1, shift: 0.04, diversity: 0.93 };
    const frame = { apart: 10.2, stretch: 1.9, outsiders: 0, shift: 0.63, diversity: 0.9 };
    expect(decideGroup({ ...sig, part: even, stamp: overlay })).toBe('poison');
    expect(decideGroup({ ...sig, part: frame, stamp: overlay })).not.toBe('poison');
    // One change of light, under right labels, is another camera's as well (MNIST, 30 % of a class with a lighter black).
    const lighter = { ...sig, gain: 0.42, amplified: { ...amplified, uniform: 0.97 } };
    expect(decideGroup(lighter)).toBe('unsure');
    expect(evidenceOfGroup(lighter).at(-1)!.sentence).toMatch(/or another camera or exposure/);
    expect(decideGroup({ ...lighter, check: { ...check, agreement: share(3, 230) } })).toBe('poison');
    // A trigger that works by half without them as it is, but not made louder (SIG stored as JPEG, seed 517).
    const half = { gain: 0.52, faintGain: 0.14, check: { ...check, residualGain: 0.41 } };
    expect(decideGroup({ ...sig, ...half, amplified: null })).not.toBe('poison');
    expect(decideGroup({ ...sig, ...half })).toBe('poison');
  });

  it('is poison with right labels when it is the rest of its class with one pattern', () => {
    // SIG on Fashion-MNIST, 5 %, seed 127: 233 images, all of them poison, whose trigger a small network learnt in part.
    const part = { apart: 9.2, stretch: 1.28, outsiders: 0, shift: 0.1, diversity: 1 };
    const check = checkOf([138, 233], [70, 80], 0.08, 3, 0.3);
    const sig = group({ gain: 0.35, faintGain: 0.17, doubtful: 0, outside: 0, inside: 0.49, part, check });
    expect(decideGroup({ ...sig, part: null })).toBe('innocent');
    expect(decideGroup(sig)).toBe('poison');
    expect(decideGroup({ ...sig, found: 'pixels' })).toBe('poison');
    // A pattern that does next to nothing is in doubt; one that does little, if that is not from these images alone.
    expect(decideGroup({ ...sig, gain: 0.15 })).toBe('unsure');
    const slight = { ...sig, gain: 0.15, flipped: share(40, 270), check: { ...check, residualGain: 0.02 } };
    expect(decideGroup(slight)).toBe('poison');
    expect(decideGroup({ ...slight, flipped: share(3, 20) })).toBe('unsure');
    // The evidence says by which rule.
    const lastOf = (figures: GroupFigures) => evidenceOfGroup(figures).at(-1);
    expect(lastOf(slight)).toMatchObject({ figure: 0.15, threshold: 0.1, passed: true });
    expect(lastOf({ ...slight, flipped: share(3, 20) })).toMatchObject({ passed: false });
    expect(lastOf({ ...sig, gain: 0.5 })!.sentence).not.toMatch(/^That pattern/);
    const tight = { apart: 2.7, stretch: 0.22, outsiders: 0.38, shift: 0.08, diversity: 0.68 };
    const ofTight = evidenceOfGroup({ ...sig, found: 'pixels', part: tight });
    expect(ofTight.find(({ sentence }) => /a heap 22 % as wide/.test(sentence))).toMatchObject({
      passed: true,
    });
    const foreign = { apart: 14, stretch: 0.92, outsiders: 0, shift: 0.03, diversity: 0.89 };
    const ofForeign = evidenceOfGroup({ ...sig, found: 'pixels', part: tight, foreign });
    expect(
      ofForeign.find(({ sentence }) => /14 standard deviations from those of other classes/.test(sentence)),
    ).toMatchObject({ figure: 14, threshold: 6, passed: true });
    expect(decideGroup({ ...sig, gain: 0.08, check: { ...check, residualGain: 0 } })).toBe('unsure');
    expect(decideGroup({ ...sig, found: 'pixels', gain: 0.05 })).toBe('unsure');
    // Nearly one image, another kind of image, likeness by degrees, not far out, or met in other classes: not that.
    for (const natural of [{ diversity: 0.2 }, { shift: 0.6 }, { stretch: 1.5 }, { apart: 5.5 }]) {
      expect(decideGroup({ ...sig, part: { ...part, ...natural } })).toBe('innocent');
    }
    // Less far out but quite evenly (SIG on Fashion-MNIST, seed 43), or less evenly but hardly moved (on MNIST, seed 309).
    for (const pattern of [
      { apart: 5.9, stretch: 1.02, shift: 0.07, diversity: 0.95 },
      { apart: 16.2, stretch: 1.38, shift: 0.032, diversity: 0.91 },
    ]) {
      expect(decideGroup({ ...sig, part: { ...part, ...pattern } })).toBe('poison');
      expect(decideGroup({ ...sig, part: { ...part, ...pattern, shift: 3 * pattern.shift } })).toBe(
        pattern.apart > 6 ? 'poison' : 'innocent',
      );
      expect(decideGroup({ ...sig, part: { ...part, ...pattern, shift: 10 * pattern.shift } })).toBe(
        'innocent',
      );
    }
    // Far out and quite evenly, though moved by much (SIG of amplitude 40 on hands, seed 328). GTSRB's kinds lie nearer or scatter.
    const strong = { apart: 12.4, stretch: 1.11, outsiders: -0.1, shift: 0.92, diversity: 1.05 };
    expect(decideGroup({ ...sig, part: strong })).toBe('poison');
    for (const natural of [{ apart: 9 }, { stretch: 1.5 }, { shift: 2 }]) {
      expect(decideGroup({ ...sig, part: { ...strong, ...natural } })).toBe('innocent');
    }
    // What is the same to the byte needs no line: SIG on Fashion-MNIST, seed 41, which hardly works, and if it worked.
    const stampFigures = { pixels: 61, values: 61, unclipped: 61, images: 233, elsewhere: 0 };
    const exact = { ...sig, part: null, stamp: stampFigures };
    expect(decideGroup(exact)).toBe('poison');
    expect(decideGroup({ ...exact, gain: 0.18 })).toBe('unsure');
    // Most of a class may have it (seed 223), as long as the check still knows the class.
    expect(decideGroup({ ...exact, inside: 0.85 })).toBe('poison');
    expect(decideGroup({ ...exact, inside: 0.95 })).toBe('innocent');
    // Some images of other classes have it (GTSRB, class 26), or it is what clipping leaves of a sky: a kind of images.
    for (const natural of [{ elsewhere: 0.008 }, { unclipped: 2 }, { unclipped: 5 }]) {
      expect(decideGroup({ ...exact, stamp: { ...exact.stamp, ...natural } })).toBe('innocent');
    }
    // It works less without them, if not by half (SIG on Fashion-MNIST stored as JPEG, seed 517).
    expect(decideGroup({ ...exact, gain: 0.52, check: { ...check, residualGain: 0.32 } })).toBe('unsure');
    // What a line adds to it may be seen elsewhere.
    expect(decideGroup({ ...exact, outside: 0.008 })).toBe('poison');
    expect(evidenceOfGroup({ ...exact, flagged: 233 })[1]!.sentence).toMatch(
      /: a trigger, or a mark that only this class has\.$/,
    );
    expect(decideGroup({ ...exact, check: { ...check, residualGain: 0.3 } })).toBe('innocent');
    // GTSRB, clean, seed 51, and Fashion-MNIST, clean, seed 21: kinds of images.
    const kinds = [
      { apart: 6.04, stretch: 1.38, outsiders: -0.11, shift: 0.15, diversity: 0.91 },
      { apart: 7.24, stretch: 1.4, outsiders: -0.04, shift: 0.22, diversity: 0.68 },
    ];
    for (const kind of kinds) expect(decideGroup({ ...sig, part: kind })).toBe('innocent');
    // A pattern that works without them.
    expect(decideGroup({ ...sig, check: { ...check, residualGain: 0.3 } })).toBe('innocent');
    expect(decideGroup({ ...sig, outside: 0.03 })).toBe('innocent');
    // The side that looks like other classes; most of the class; a check that cannot tell.
    expect(decideGroup({ ...sig, part: { ...part, outsiders: 0.9 } })).toBe('innocent');
    expect(decideGroup({ ...sig, inside: 0.85 })).toBe('innocent');
    expect(decideGroup({ ...sig, check: { ...check, control: share(5, 8) } })).toBe('unsure');
    const said = ({ part }: GroupFigures) =>
      evidenceOfGroup({ ...sig, part }).find(({ sentence }) => /standard deviations/.test(sentence));
    expect(said(sig)!.sentence).toMatch(
      /9 standard deviations from the rest of the class, all of them alike/,
    );
    expect(said(sig)!.sentence).toMatch(/a mark that only this class has/);
    // Each beside the threshold that it had to reach.
    expect(said(sig)).toMatchObject({ figure: 9.2, threshold: 6, passed: true });
    const even = { apart: 5.9, stretch: 1.02, outsiders: 0, shift: 0.07, diversity: 0.95 };
    expect(said({ ...sig, part: even })).toMatchObject({ figure: 5.9, threshold: 5.5, passed: true });
  });
});
