import { describe, expect, it } from 'vitest';
import { areMostlyInnocent } from './agreement.ts';
import { isBeyondDoubt, isNoLessClear, isWorthRefining, standsApart, worthChecking } from './clarity.ts';
import { decideGroup } from './decision.ts';
import type { GroupFigures } from './figures.ts';
import { evidenceOfGroup } from './evidence.ts';
import { worksOnlyAmplified } from './pattern.ts';
import { concludeCareful, type CarefulFindings } from './verdict.ts';

const share = (hits: number, of: number) => ({ hits, of });

/** A group as a patch on a tenth of the images gives it, with something changed. */
function group(change: Partial<GroupFigures> = {}): GroupFigures {
  return {
    class: 3,
    found: 'trigger',
    flagged: 500,
    gain: 0.9,
    flipped: share(180, 200),
    inside: 0.33,
    outside: 0.002,
    faintGain: 0.85,
    doubtful: 0.02,
    falseAlarms: 0.001,
    contradiction: 0,
    check: {
      agreement: share(20, 500),
      control: share(70, 100),
      base: share(0, 200),
      residualGain: 0.01,
      spread: 0.9,
    },
    ...change,
  };
}

/** Agreement and control as [hits, of]; by default the check model still reacts to the trigger. */
function checked(agreement: [number, number], control: [number, number], residualGain = 0.5, base = 0) {
  return group({ check: checkOf(agreement, control, residualGain, base, 0.9) });
}

function checkOf(
  agreement: [number, number],
  control: [number, number],
  residualGain: number,
  base: number,
  spread: number,
) {
  return {
    agreement: share(...agreement),
    control: share(...control),
    base: share(base, 200),
    residualGain,
    spread,
  };
}

describe('a group of flagged images', () => {
  it('is poison when a model without it disagrees with its labels', () => {
    // 4 % agreement where 70 % is usual.
    expect(decideGroup(group())).toBe('poison');
    expect(decideGroup(checked([20, 500], [70, 100]))).toBe('poison');
  });

  it('is a kind of images where all that they share may be clipping, and the check takes them for another class', () => {
    // GTSRB stored as JPEG, seed 513: 25 innocent images of class 34, with 8 white pixels.
    const stamp = { pixels: 8, values: 8, unclipped: 0, images: 25, elsewhere: 0.0045 };
    const check = checkOf([5, 25], [19, 22], 0.33, 0, 0.01);
    const white = group({
      gain: 0.47,
      faintGain: 0.28,
      inside: 0.27,
      outside: 0.0045,
      doubtful: 0.01,
      stamp,
      check,
    });
    expect(decideGroup(white)).toBe('innocent');
    // A white patch on images of all classes is none, nor is one that no other class has, or a patch of grey.
    expect(decideGroup({ ...white, check: { ...check, spread: 0.8 } })).toBe('poison');
    expect(decideGroup({ ...white, stamp: { ...stamp, elsewhere: 0 } })).toBe('poison');
    expect(decideGroup({ ...white, stamp: { ...stamp, unclipped: 8 } })).toBe('poison');
  });

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

  it('is poison if it has one mark, and labels are less often right than chance allows, though the check is often wrong', () => {
    // Twenty classes of Tiny ImageNet, a patch of 5 x 5 pixels on 1 %.
    const stamp = { pixels: 25, values: 75, unclipped: 75, images: 50, elsewhere: 0 };
    const figures = {
      flagged: 50,
      gain: 0.07,
      faintGain: 0.07,
      inside: 0.17,
      outside: 0,
      doubtful: 0,
      stamp,
    };
    const answers = (agreement: [number, number], spread = 0.75) =>
      group({ ...figures, check: checkOf(agreement, [26, 83], 0.01, 2, spread) });
    expect(decideGroup(answers([4, 50]))).toBe('poison');
    // By chance; a kind of images; not to the byte, so that it is not certain which images have it.
    expect(decideGroup(answers([6, 50]))).toBe('unsure');
    expect(decideGroup(answers([4, 50], 0.3))).toBe('unsure');
    expect(decideGroup({ ...answers([4, 50]), stamp: null })).toBe('innocent');
  });

  it('is innocent where there are doubts and the answers that are not the label gather on a few classes', () => {
    // GTSRB, clean, seed 56, class 25: a kind of images, of whose labels the check bears out three quarters.
    const kind = group({
      flagged: 116,
      inside: 0.32,
      outside: 0.009,
      gain: 0.7,
      faintGain: 0.54,
      doubtful: 0.25,
      check: {
        agreement: share(20, 37),
        control: share(53, 72),
        base: share(0, 290),
        residualGain: 0.05,
        spread: 0.09,
      },
    });
    expect(decideGroup(kind)).toBe('innocent');
    // Answers rather like the classes, as to poison; GTSRB with a colour style had 0.39.
    for (const spread of [0.39, 0.7])
      expect(decideGroup({ ...kind, check: { ...kind.check!, spread } })).toBe('unsure');
  });

  it('is innocent where most of a small class looks alike and no line sets it apart', () => {
    // GTSRB, clean, seed 21, class 36: 63 of 91 images, so few kept images are left to compare with.
    const look = group({
      flagged: 63,
      inside: 0.69,
      outside: 0.01,
      gain: 0.92,
      faintGain: 0.5,
      doubtful: 0.18,
      part: { apart: 2.49, stretch: 1.35, outsiders: -0.3, shift: 0.37, diversity: 1.11 },
      check: {
        agreement: share(21, 63),
        control: share(6, 9),
        base: share(1, 200),
        residualGain: 0.04,
        spread: 0.06,
      },
    });
    expect(decideGroup(look)).toBe('innocent');
    expect(decideGroup({ ...look, doubtful: 0.14 })).toBe('innocent');
    // Without the line's figures nobody could tell; with those of an overlay it would be one.
    expect(decideGroup({ ...look, part: null })).toBe('unsure');
    const overlay = { apart: 6, stretch: 1, outsiders: 0, shift: 0.3, diversity: 1 };
    expect(decideGroup({ ...look, doubtful: 0.14, part: overlay })).toBe('poison');
  });

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

  it('is innocent when such a model gives the labels as often as for other images of the class', () => {
    expect(decideGroup(checked([310, 500], [66, 100]))).toBe('innocent');
  });

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

  it('is poison when labels look rather wrong and the trigger says little, though the detector doubts', () => {
    // A third of the usual agreement.
    const blended = { ...checked([100, 500], [60, 100], 0.1), doubtful: 0.16 };
    expect(decideGroup(blended)).toBe('poison');
    expect(decideGroup({ ...blended, check: { ...blended.check!, residualGain: 0.5 } })).toBe('unsure');
  });

  it('counts agreement from what the model answers on other classes anyway', () => {
    // 30 % agreement where 20 % is bias and 80 % usual: (0.3 - 0.2) / (0.8 - 0.2) = 0.17.
    expect(decideGroup(checked([150, 500], [80, 100], 0.5, 40))).toBe('poison');
    expect(decideGroup(checked([150, 500], [80, 100], 0.5, 0))).toBe('unsure');
  });

  it('is innocent, whatever the check says, when other classes show the trigger too', () => {
    expect(decideGroup(group({ outside: 0.3 }))).toBe('innocent');
    expect(worthChecking(group())).toBe(true);
    expect(decideGroup(group({ check: null }))).toBe('innocent');
  });

  it('is worth a check when the trigger works, or when the detector tells it apart', () => {
    const natural = { gain: 0.3, faintGain: 0.2, doubtful: 0.5, falseAlarms: 0.1 };
    expect(worthChecking(group(natural))).toBe(false);
    expect(worthChecking(group({ ...natural, gain: 0.5 }))).toBe(true);
    expect(worthChecking(group({ ...natural, gain: 0.5, outside: 0.06 }))).toBe(false);
    expect(worthChecking(group({ ...natural, doubtful: 0.2, falseAlarms: 0.12 }))).toBe(false);
    expect(worthChecking(group({ ...natural, doubtful: 0.2 }))).toBe(true);
    expect(worthChecking(group({ ...natural, doubtful: 0.2, falseAlarms: 0.02 }))).toBe(true);
  });

  it('with a trigger that does not stand apart is poison only if the labels are surely wrong', () => {
    // A class of uniform signs: gain 0.92, of which the faint trigger keeps 68 %; 67 % agreement.
    const natural = { gain: 0.92, faintGain: 0.63, doubtful: 0.2, falseAlarms: 0.0135 };
    expect(decideGroup({ ...checked([165, 246], [100, 100], 0.3), ...natural })).toBe('innocent');
    expect(decideGroup({ ...checked([20, 246], [100, 100], 0.3), ...natural })).toBe('poison');
  });

  it('with a trigger learnt in part is poison if that means nothing to the check, and labels look rather wrong', () => {
    const part = (hits: number, faintGain: number, residual = 0.03) => {
      return { ...checked([hits, 100], [75, 100], residual), gain: 0.38, faintGain, doubtful: 0.25 };
    };
    expect(decideGroup(part(17, 0.31))).toBe('poison');
    // Too much agreement; too little effect when faint; an effect that is natural.
    expect(decideGroup(part(35, 0.31))).toBe('innocent');
    expect(decideGroup(part(17, 0.2))).toBe('unsure');
    expect(decideGroup(part(17, 0.31, 0.2))).toBe('unsure');
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

  it('without a fixed trigger is judged by its labels alone', () => {
    const content = (hits: number) => ({ ...checked([hits, 500], [70, 100], 0), found: 'content' as const });
    expect(decideGroup(content(20))).toBe('poison');
    expect(decideGroup(content(310))).toBe('innocent');
  });

  it('by the pixels alone is judged by its labels alone, and leaves no doubt', () => {
    const alike = (hits: number, change: Partial<GroupFigures> = {}) =>
      decideGroup({ ...checked([hits, 200], [70, 100], 0), found: 'pixels', gain: 0.1, ...change });
    expect(alike(8)).toBe('poison');
    // A trigger that works does not make poison of images with right labels: they come from one source.
    expect(alike(120, { gain: 0.95 })).toBe('innocent');
    expect(alike(8, { doubtful: 0.2 })).toBe('innocent');
    // Signs in one light, which the check has never seen, are taken for the few classes that they resemble.
    const { check } = checked([8, 200], [70, 100], 0);
    expect(alike(8, { check: { ...check!, spread: 0.1 } })).toBe('innocent');
  });

  it('with doubts, and labels that are wrong in the same way, is a kind of images that the check has not seen', () => {
    // Clean signs, "speed limit 100" in one light.
    const { check } = checked([4, 23], [35, 91], 0.055);
    const light = { gain: 0.55, faintGain: 0.48, doubtful: 0.225, falseAlarms: 0.035 };
    expect(decideGroup(group({ ...light, check: { ...check!, spread: 0.14 } }))).toBe('innocent');
    expect(decideGroup(group({ ...light, check: { ...check!, spread: 0.9 } }))).toBe('unsure');
    // The same where the trigger means nothing to the check.
    const shade = { gain: 0.52, faintGain: 0.37, doubtful: 0.249, falseAlarms: 0.05 };
    const { check: one } = checked([4, 24], [42, 49], 0.067);
    expect(decideGroup(group({ ...shade, check: { ...one!, spread: 0.006 } }))).toBe('innocent');
    expect(decideGroup(group({ ...shade, check: { ...one!, spread: 0.9 } }))).toBe('poison');
    // With one other class alone there is no other way to be wrong.
    expect(decideGroup(group({ ...light, check: { ...check!, spread: null } }))).toBe('unsure');
    // Cats and dogs: 31 cats that look like dogs, to a network that has not seen them.
    const cats = {
      gain: 0.24,
      faintGain: 0.19,
      inside: 0.03,
      outside: 0.0091,
      doubtful: 0.272,
      falseAlarms: 0.03,
    };
    const taken = { ...checkOf([4, 31], [59, 100], -0.09, 30, 0), spread: null };
    expect(decideGroup(group({ ...cats, check: taken }))).toBe('unsure');
    expect(decideGroup(group({ ...cats, check: { ...taken, agreement: share(12, 31) } }))).toBe('innocent');
    // Of all sorts, or one sort: what differs from image to image is judged by its labels alone.
    const content = (spread: number) =>
      group({ found: 'content', gain: 0.05, doubtful: 0.2, check: checkOf([2, 60], [70, 80], 0, 0, spread) });
    expect(decideGroup(content(0.6))).toBe('poison');
    expect(decideGroup(content(0.05))).toBe('innocent');
    // Images of other classes with a pattern, as far as pixels tell.
    const foreign = { apart: 14, stretch: 0.92, outsiders: 0, shift: 0.03, diversity: 0.89 };
    const byPixels = {
      found: 'pixels' as const,
      check: { ...checkOf([0, 60], [70, 80], 0, 0, 0), spread: null },
    };
    expect(decideGroup(group({ ...byPixels, foreign }))).toBe('unsure');
    expect(decideGroup(group(byPixels))).toBe('innocent');
    // Cats and dogs, Blend 0.15: one pattern on all sorts of images, which does little by itself.
    const part = { apart: 12.5, stretch: 1.27, outsiders: -0.01, shift: 0.05, diversity: 0.66 };
    const blend = { ...byPixels, gain: 0.06, faintGain: 0.06, inside: 0.09, part };
    expect(decideGroup(group(blend))).toBe('unsure');
    expect(decideGroup(group({ ...blend, foreign }))).toBe('unsure');
    expect(decideGroup(group({ ...blend, gain: 0.3, flipped: share(60, 200) }))).toBe('poison');
    expect(decideGroup(group({ ...blend, check: { ...byPixels.check, agreement: share(30, 60) } }))).toBe(
      'unsure',
    );
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

  it('that does not work is none if its images are all taken for the same other class, without doubts too', () => {
    // CIFAR-10, Blend 0.1 on birds: 144 cars that a check which has not seen their kind takes for trucks.
    const part = { apart: 5.7, stretch: 2.23, outsiders: 0.04, shift: 0.15, diversity: 0.91 };
    const cars = {
      gain: 0.195,
      faintGain: 0.053,
      doubtful: 0.084,
      falseAlarms: 0.041,
      outside: 0.01,
      inside: 0.16,
    };
    const check = checkOf([27, 144], [80, 100], -0.018, 0, 0.05);
    expect(decideGroup(group({ ...cars, part, check }))).toBe('innocent');
    expect(decideGroup(group({ ...cars, part, check: { ...check, spread: 0.6 } }))).toBe('poison');
    // In part, and as well when it is faint: of a trigger that images of one class got.
    expect(decideGroup(group({ ...cars, part, check, gain: 0.25, faintGain: 0.2 }))).toBe('poison');
    expect(decideGroup(group({ ...cars, part, check, gain: 0.9, faintGain: 0.8 }))).toBe('poison');
  });

  it('of a few images of other content is none in a class that is hardly there', () => {
    // 10 of 24 frogs among 3,360 images; 4 others that the check has not seen are taken for other animals, too.
    const few = { found: 'content' as const, flagged: 10, gain: 0, faintGain: 0, inside: 0.42, doubtful: 0 };
    const check = checkOf([0, 10], [0, 4], 0, 0, 0.49);
    expect(decideGroup(group({ ...few, check }))).toBe('innocent');
    expect(decideGroup(group({ ...few, check: { ...check, control: share(3, 4) } }))).toBe('unsure');
    expect(decideGroup(group({ ...few, flagged: 20, check }))).toBe('unsure');
    expect(decideGroup(group({ ...few, inside: 0.8, check }))).toBe('unsure');
    expect(decideGroup(group({ ...few, found: 'trigger', check }))).toBe('unsure');
  });

  it('that is told apart sharply but learnt in part is in doubt if it leaves no trace in the check', () => {
    // SIG on Fashion-MNIST: right labels, half of which the check bears out.
    const wave = { ...checked([108, 233], [69, 80], 0.06), gain: 0.35, faintGain: 0.17, doubtful: 0 };
    expect(decideGroup(wave)).toBe('unsure');
    expect(decideGroup({ ...wave, falseAlarms: 0.03, outside: 0.01 })).toBe('innocent');
    expect(decideGroup({ ...wave, gain: 0.15 })).toBe('innocent');
  });

  it('with a trigger that several classes carry is judged by its labels, class by class', () => {
    const carriers = (hits: number, of: number) => ({
      ...checked([hits, of], [70, 100], 0.5),
      found: 'everywhere' as const,
      outside: 0.1,
    });
    expect(worthChecking(carriers(2, 50))).toBe(true);
    expect(standsApart(carriers(2, 50))).toBe(true);
    expect(decideGroup(carriers(2, 50))).toBe('poison');
    // Cover examples keep their labels; 3 of 20 may be as many as 36 % by chance.
    expect(decideGroup(carriers(35, 50))).toBe('innocent');
    expect(decideGroup(carriers(3, 20))).toBe('innocent');
    // The check does not know the class: nothing to go by.
    const { check } = carriers(2, 50);
    expect(decideGroup({ ...carriers(2, 50), check: { ...check!, control: share(10, 100) } })).toBe(
      'innocent',
    );
    expect(decideGroup({ ...carriers(2, 50), check: { ...check!, control: share(7, 9) } })).toBe('innocent');
    // A look that a fifth of the other images share too, most of them in some degree: GTSRB has such.
    const look = { ...carriers(2, 50), doubtful: 0.2 };
    expect(worthChecking(carriers(2, 50))).toBe(true);
    expect([worthChecking(look), standsApart(look), decideGroup(look)]).toEqual([false, false, 'innocent']);
    // The gain is that of another class, so a pattern on images with right labels says nothing: covers.
    const part = { apart: 9.2, stretch: 1.28, outsiders: 0, shift: 0.1, diversity: 1 };
    const rare = { ...carriers(35, 50), outside: 0.005, part };
    const uneffective = { ...rare, check: { ...rare.check!, residualGain: 0.1 } };
    expect(decideGroup(uneffective)).toBe('innocent');
    expect(decideGroup({ ...uneffective, found: 'pixels' })).toBe('poison');
    const said = evidenceOfGroup(uneffective).map(({ sentence }) => sentence);
    expect(said.join(' ')).toMatch(/a trigger or a mark\./);
    expect(said.join(' ')).not.toMatch(/only this class|That pattern turned/);
    expect(evidenceOfGroup(carriers(2, 50))[0]!.sentence).toMatch(
      /^500 images of this class carry a trigger that images of several classes carry/,
    );
  });

  it('is left undecided when labels are right, but no other class shows the trigger and it lost part of its effect', () => {
    const faint = { ...checked([310, 500], [66, 100], 0.5), outside: 0 };
    expect(decideGroup(faint)).toBe('unsure');
    expect(decideGroup({ ...faint, outside: 0.002 })).toBe('innocent');
    // 0.65 of 0.9 is 72 % of the effect, 0.69 is 77 %.
    const left = (residualGain: number) => ({ ...faint, check: { ...faint.check!, residualGain } });
    expect(decideGroup(left(0.65))).toBe('unsure');
    expect(decideGroup(left(0.69))).toBe('innocent');
    // Where the detector has doubts, natural likeness explains more: 60 % at most.
    expect(decideGroup({ ...left(0.5), doubtful: 0.2 })).toBe('unsure');
    expect(decideGroup({ ...left(0.6), doubtful: 0.2 })).toBe('innocent');
  });

  it('with a trigger not learnt is poison only if the labels are surely wrong', () => {
    const unlearnt = (hits: number) => ({ ...checked([hits, 500], [70, 100], 0), gain: 0.1, faintGain: 0.1 });
    expect(decideGroup(unlearnt(20))).toBe('poison');
    // 29 % of the usual agreement, up to 34 % by chance; 43 %, up to 49 %; 50 %.
    expect(decideGroup(unlearnt(100))).toBe('unsure');
    expect(decideGroup(unlearnt(150))).toBe('unsure');
    expect(decideGroup(unlearnt(175))).toBe('innocent');
    expect(decideGroup({ ...unlearnt(150), doubtful: 0.2, falseAlarms: 0.02 })).toBe('unsure');
    expect(decideGroup({ ...unlearnt(150), doubtful: 0.4, falseAlarms: 0.02 })).toBe('innocent');
    // The check does not know the class: nothing to go by.
    const unknown = { ...checked([0, 500], [15, 100], 0), gain: 0.1, faintGain: 0.1 };
    expect(decideGroup(unknown)).toBe('innocent');
  });

  it('is left undecided when agreement is between the thresholds', () => {
    // 40 % where 100 % is usual.
    expect(decideGroup(checked([200, 500], [100, 100]))).toBe('unsure');
  });

  it('is left undecided when the model does not know the class, or too little of it is left to tell', () => {
    expect(decideGroup(checked([0, 500], [9, 9]))).toBe('unsure');
    expect(decideGroup(checked([0, 500], [15, 100]))).toBe('unsure');
    expect(decideGroup(checked([0, 500], [30, 100], 0.5, 30))).toBe('unsure');
  });

  it('is left undecided when it is so small that chance could explain the disagreement', () => {
    // None of 8: up to 32 % by Wilson's interval, where 60 % is usual; none of 40: up to 9 %.
    expect(decideGroup(checked([0, 8], [60, 100]))).toBe('unsure');
    expect(decideGroup(checked([0, 40], [60, 100]))).toBe('poison');
  });
});

it('what a check bears out in a poisoned group is innocent only if it bears out more than chance does', () => {
  // By chance the check agrees with 10 % of the poison, and with 70 % of the control.
  const { check } = checked([50, 500], [70, 100]);
  // 12 % of the rest: (0.12 - 0.1) / 0.6 = 3 % are innocent, which explains 2.3 of the 12 %.
  expect(areMostlyInnocent({ hits: 12, of: 100 }, check!)).toBe(false);
  // 40 %: half are innocent, which explains 35 of the 40 %.
  expect(areMostlyInnocent({ hits: 40, of: 100 }, check!)).toBe(true);
  expect(areMostlyInnocent({ hits: 0, of: 0 }, check!)).toBe(false);
  // Right labels throughout say nothing.
  expect(areMostlyInnocent({ hits: 80, of: 100 }, checked([400, 500], [70, 100]).check!)).toBe(false);
  expect(areMostlyInnocent({ hits: 60, of: 100 }, checked([200, 500], [70, 100]).check!)).toBe(false);
});

it('is beyond doubt when it works, faint or not, and hardly an image is in doubt', () => {
  expect(isBeyondDoubt(group())).toBe(true);
  expect(isBeyondDoubt(group({ gain: 0.3, faintGain: 0.3 }))).toBe(false);
  expect(isBeyondDoubt(group({ faintGain: 0.7 }))).toBe(false);
  expect(isBeyondDoubt(group({ doubtful: 0.2 }))).toBe(false);
  expect(isBeyondDoubt(group({ outside: 0.06 }))).toBe(false);
  expect(isBeyondDoubt(group({ found: 'content' }))).toBe(false);
});

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
});

describe('another look by several detectors', () => {
  it('is worth while where one is in some doubt, and the trigger does not work by its strength', () => {
    expect(isWorthRefining(group({ doubtful: 0.02 }))).toBe(true);
    expect(isWorthRefining(group({ doubtful: 0.25 }))).toBe(true);
    expect(isWorthRefining(group({ doubtful: 0.019 }))).toBe(false);
    expect(isWorthRefining(group({ doubtful: 0.26 }))).toBe(false);
    expect(isWorthRefining(group({ doubtful: 0.1, faintGain: 0.6 }))).toBe(false);
    // A trigger that is not learnt does nothing, faint or not.
    expect(isWorthRefining(group({ doubtful: 0.1, gain: 0.05, faintGain: 0 }))).toBe(true);
    expect(isWorthRefining(group({ doubtful: 0.1, found: 'content' }))).toBe(false);
    expect(isWorthRefining(group({ doubtful: 0.1, outside: 0.06 }))).toBe(false);
  });

  it('counts only if it takes the group no further from being poison', () => {
    const before = group({ doubtful: 0.09 });
    expect(isNoLessClear(group({ doubtful: 0.1 }), before)).toBe(true);
    expect(isNoLessClear(group({ doubtful: 0.11 }), before)).toBe(false);
    expect(isNoLessClear(group({ doubtful: 0.29 }), group({ doubtful: 0.2 }))).toBe(true);
    expect(isNoLessClear(group({ doubtful: 0.31 }), group({ doubtful: 0.2 }))).toBe(false);
    expect(isNoLessClear(group({ doubtful: 0.09, faintGain: 0.6 }), before)).toBe(false);
    expect(isNoLessClear(group({ doubtful: 0.09, outside: 0.06 }), before)).toBe(false);
  });
});
