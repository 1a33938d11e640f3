import { precisionFrom } from './trusted.ts';
import { agreementRatio, isContradictedByLabels, isHardlyKnown } from './agreement.ts';
import { worthChecking } from './clarity.ts';
import { decideAlone, decideGroup, decideWithRule } from './decision.ts';
import { shareOf, type Answered, type CheckFigures, type GroupFigures } from './figures.ts';
import { isMoved, isTight, liesApart, movedAs } from './part.ts';
import { isMark, isOnImages, isPattern, isUniform, worksAmplified, worksAsItIs } from './pattern.ts';
import type { RuleId } from './rules/why.ts';
import { CAREFUL } from './settings.ts';
import { THRESHOLDS } from './thresholds.ts';

/** A decision on the way to the verdict, with the figure that it rests on. */
export interface Evidence {
  stage: 'ranking' | 'reconstruction' | 'detector' | 'check' | 'trusted';
  /** Class index. */
  class: number;
  figure: number;
  threshold: number;
  /** Whether the figure speaks for poison. */
  passed: boolean;
  /** Plain, with the figure. Classes go by index; the reader puts in names. */
  sentence: string;
  /** The rule that decided about a group, on the last line about it. */
  rule?: RuleId;
}

/** The classes by how well a trigger can be made from their easiest images. */
export function evidenceOfRanking(rankings: { class: number; gain: number }[]): Evidence[] {
  return rankings.slice(0, CAREFUL.expandedMost).map(({ class: target, gain }, place) => ({
    stage: 'ranking',
    class: target,
    figure: gain,
    threshold: CAREFUL.expandFrom,
    passed: gain >= CAREFUL.expandFrom,
    sentence:
      `What the easiest images of this class share, pasted on images of other classes, turned ` +
      `${percent(gain)} more of them into this class (rank ${place + 1} of ${rankings.length}).`,
  }));
}

/** What was measured about one group, up to where it was dropped; the last line has the rule that decided. */
export function evidenceOfGroup(figures: GroupFigures): Evidence[] {
  const lines = [
    ...evidenceFound(figures),
    ...evidenceOfPart(figures),
    ...evidenceOfEffect(figures),
    ...evidenceOfTrusted(figures),
  ];
  return lines.with(-1, { ...lines.at(-1)!, rule: decideWithRule(figures).rule });
}

function evidenceFound(figures: GroupFigures): Evidence[] {
  if (figures.found === 'content') return evidenceOfContent(figures);
  if (figures.found === 'everywhere') return evidenceOfSharedTrigger(figures);
  if (figures.found === 'pixels') return evidenceOfPixels(figures);
  const { class: target, gain, faintGain, flipped, flagged, outside, stamp, check } = figures;
  const evidence: Evidence[] = [
    {
      stage: 'reconstruction',
      class: target,
      figure: gain,
      threshold: THRESHOLDS.flipGain,
      passed: gain >= THRESHOLDS.flipGain,
      sentence:
        `The reconstructed trigger turned ${flipped.hits} of ${flipped.of} images of other classes into ` +
        `this class, ${percent(gain)} more than without it.`,
    },
    {
      stage: 'detector',
      class: target,
      figure: stamp ? stamp.elsewhere : outside,
      threshold: THRESHOLDS.outside,
      passed: outside <= THRESHOLDS.outside,
      sentence: stamp
        ? `${stamp.images} images of this class have the same colours at the same ${stamp.pixels} pixels, to the byte or nearly ` +
          `so, as if one patch lay over them; so have ${percent(stamp.elsewhere)} of the images of other classes` +
          (isMark(figures) ? ': a trigger, or a mark that only this class has.' : '.') +
          (flagged > stamp.images
            ? ` With those that show the rest of it these are ${flagged}, and ${percent(outside)} of the images of other classes.`
            : '')
        : `${flagged} images of this class show it, and ${percent(outside)} of the images of other classes.`,
    },
  ];
  const faint = gain > 0 ? faintGain / gain : 0;
  evidence.push({
    stage: 'detector',
    class: target,
    figure: faint,
    threshold: THRESHOLDS.faint,
    passed: worthChecking(figures),
    sentence: `A fainter trigger keeps ${percent(faint)} of the effect; ${doubtsAbout('the class', figures)}.`,
  });
  if (!check) return evidence;
  const residual = gain > 0 ? check.residualGain / gain : 0;
  return [
    ...evidence,
    evidenceOfLabels(target, check),
    {
      stage: 'check',
      class: target,
      figure: residual,
      threshold: THRESHOLDS.residual,
      passed: residual < THRESHOLDS.residual,
      sentence: `On that model the trigger keeps ${percent(Math.max(0, residual))} of its effect.`,
    },
  ];
}

function doubtsAbout(where: string, { stamp, doubtful }: GroupFigures): string {
  return stamp
    ? `${percent(doubtful)} of ${where} have a part of it`
    : `the detector is in doubt about ${percent(doubtful)} of ${where}`;
}

/** About a group without a fixed trigger. */
function evidenceOfContent({ class: target, flagged, outside, doubtful, check }: GroupFigures): Evidence[] {
  const found: Evidence = {
    stage: 'detector',
    class: target,
    figure: doubtful,
    threshold: THRESHOLDS.clearContent.doubtful,
    passed: doubtful <= THRESHOLDS.clearContent.doubtful && outside <= THRESHOLDS.outside,
    sentence:
      `${flagged} images of this class share something that ${percent(outside)} of the images of other classes show too, though ` +
      `they look like other classes or hardly like each other; no fixed trigger was found.`,
  };
  return check ? [found, evidenceOfLabels(target, check), ...evidenceOfSpread(target, check)] : [found];
}

/** About images of one class whose trigger those of other classes carry too. */
function evidenceOfSharedTrigger(figures: GroupFigures): Evidence[] {
  const { class: target, flagged, outside, check } = figures;
  const found: Evidence = {
    stage: 'detector',
    class: target,
    figure: outside,
    threshold: CAREFUL.outsideShare,
    passed: true,
    sentence:
      `${flagged} images of this class carry a trigger that images of several classes carry, ${percent(outside)} of ` +
      `those outside the class where it was found; ${doubtsAbout('that class', figures)}.`,
  };
  if (!check) return [found];
  return [
    found,
    evidenceOfLabels(target, check),
    ...(check.together ? [evidenceOfAll(target, check.together)] : []),
    ...(isContradictedByLabels(check) && isHardlyKnown(check)
      ? [evidenceOfMistakes(target, check.mistakes!)]
      : []),
  ];
}

/** About a class in which images with a mark are taken for what others of it are taken for, and which the check hardly knows. */
function evidenceOfMistakes(target: number, mistakes: number): Evidence {
  return {
    stage: 'check',
    class: target,
    figure: mistakes,
    threshold: THRESHOLDS.mistakes,
    passed: false,
    sentence:
      `What it answers here instead of the label is, for ${percent(mistakes)}, what it also answers to other images of this class, ` +
      `most of which it gets wrong: the mistakes may be about the class, and not about what lies on the images.`,
  };
}

/** About images of one class that are shifted alike, by the pixels alone. */
function evidenceOfPixels({ class: target, flagged, outside, doubtful, check }: GroupFigures): Evidence[] {
  const found: Evidence = {
    stage: 'detector',
    class: target,
    figure: doubtful,
    threshold: THRESHOLDS.doubtful,
    passed: doubtful <= THRESHOLDS.doubtful,
    sentence:
      `The pixels of ${flagged} images of this class are all changed alike, against ${percent(outside)} of the images of ` +
      `other classes; with ${percent(doubtful)} of the class it is in doubt.`,
  };
  return check ? [found, evidenceOfLabels(target, check), ...evidenceOfSpread(target, check)] : [found];
}

/** How the check's other answers are spread, where there is a choice. */
function evidenceOfSpread(target: number, { spread }: CheckFigures): Evidence[] {
  if (spread === null) return [];
  return [
    {
      stage: 'check',
      class: target,
      figure: spread,
      threshold: THRESHOLDS.spread,
      passed: spread >= THRESHOLDS.spread,
      sentence:
        `What it answers instead is spread like the classes themselves to ${percent(spread)}; for images that merely ` +
        `look alike it gathers on a few classes.`,
    },
  ];
}

/** About a group that lies apart from its class as one heap. */
function evidenceOfPart(figures: GroupFigures): Evidence[] {
  const { class: target, found, part, foreign, outside } = figures;
  if (foreign) {
    const sentence =
      `Pixel by pixel these images lie ${foreign.apart.toFixed(0)} standard deviations from those of other classes, all of them ` +
      `alike, and otherwise differ from each other as those do: images of other classes with one pattern, or a kind of its own, ` +
      `which their labels tell.`;
    const [{ apart: threshold }] = THRESHOLDS.foreign;
    return [{ stage: 'detector', class: target, figure: foreign.apart, threshold, passed: true, sentence }];
  }
  if (!part) return [];
  if (isTight(part) && !isMoved(part)) {
    const sentence =
      `Along one line these images form a heap ${percent(part.stretch)} as wide as the rest of the class, which scatters; other ` +
      `classes lie nearer to the rest: the same pattern on all sorts of images, or a kind of images, which their labels tell.`;
    const { stretch: threshold } = THRESHOLDS.tight;
    return [{ stage: 'detector', class: target, figure: part.stretch, threshold, passed: true, sentence }];
  }
  if (!liesApart(part)) return [];
  const lies = `Pixel by pixel these images lie ${part.apart.toFixed(0)} standard deviations from the rest of the class`;
  const { apart: threshold } = movedAs(part) ?? THRESHOLDS.moved[0];
  const about = { stage: 'detector' as const, class: target, figure: part.apart, threshold };
  if (!isOnImages(figures)) {
    const sentence = `${lies}, but they also show something else than the rest: that may be their nature.`;
    return [{ ...about, passed: false, sentence }];
  }
  const isOfClass = found !== 'everywhere' && outside <= CAREFUL.linearOutside;
  const sentence =
    `${lies}, all of them alike, and otherwise differ from each other as the rest do: ordinary images with one ` +
    `pattern added, a trigger or a mark${isOfClass ? ' that only this class has' : ''}.`;
  return [{ ...about, passed: true, sentence }];
}

/** What a pattern on ordinary images does, which decides whatever their labels say. */
function evidenceOfEffect(figures: GroupFigures): Evidence[] {
  const { class: target, found, gain, amplified, check } = figures;
  if (!check || !isPattern(figures)) return [];
  const about = { stage: 'check' as const, class: target };
  const evidence: Evidence[] = [];
  // Of a trigger that works by itself it is said already.
  if (found !== 'trigger' || gain < THRESHOLDS.flipGain) {
    evidence.push({
      ...about,
      figure: gain,
      threshold: THRESHOLDS.slightGain,
      passed: worksAsItIs(figures, check),
      sentence:
        `That pattern turned ${percent(gain)} more images of other classes into this class; of this effect ` +
        `${percent(gain > 0 ? Math.max(0, check.residualGain / gain) : 0)} is left on a model that never saw these images.`,
    });
  }
  if (amplified) {
    evidence.push({
      ...about,
      figure: amplified.gain,
      threshold: THRESHOLDS.amplifiedGain,
      passed: worksAmplified(figures, check) && !isUniform(figures),
      sentence:
        `What these images have more than the rest of the class, twice as strong, turned ${percent(amplified.gain)} more images ` +
        `of other classes into this class; on a model that never saw them, ${percent(Math.max(0, check.residualAmplified ?? 0))}.` +
        (isUniform(figures) ? LIGHT[amplified.uniform === null ? 'perhaps' : 'surely'] : ''),
    });
  }
  return evidence;
}

function evidenceOfLabels(target: number, check: CheckFigures): Evidence {
  const model = check.knowsMark
    ? 'A model that knows this mark from other classes, but never saw these images,'
    : 'A model that never saw them';
  return {
    ...agreementWith(target, check),
    sentence:
      `${model} gives ${percent(shareOf(check.agreement))} of these images their label, ` +
      `and ${percent(shareOf(check.control))} of other images of the class that it never saw either.`,
  };
}

/** About the images of all classes that carry one trigger. */
function evidenceOfAll(target: number, check: Answered): Evidence {
  return {
    ...agreementWith(target, check),
    sentence:
      `In the other classes ${percent(shareOf(check.agreement))} of the images with this trigger get their label from a model that ` +
      `never saw them, and ${percent(shareOf(check.control))} of other images.`,
  };
}

function agreementWith(target: number, check: Answered): Omit<Evidence, 'sentence'> {
  const figure = agreementRatio(check);
  const threshold = THRESHOLDS.disagrees;
  return { stage: 'check', class: target, figure, threshold, passed: figure < threshold };
}

/** What trusted images and marks say about a group, and whether that changed the decision. */
function evidenceOfTrusted(figures: GroupFigures): Evidence[] {
  const { known, class: target } = figures;
  if (!known || (known.trusted.of === 0 && known.marked.of === 0)) return [];
  const [before, after] = [decideAlone(figures), decideGroup(figures)];
  const changed = before === after ? '' : ` Without them it would have been ${DECIDED[before]}.`;
  const { trusted, inside, marked } = known;
  const bounds = precisionFrom(known);
  const sentences = [
    trusted.of > 0 &&
      `Flagged are ${trusted.hits} of ${trusted.of} trusted images of this class, and ${percent(inside)} of its ` +
        `training images` +
        (bounds
          ? `: by that ${percent(bounds.low)} to ${percent(bounds.high)} of the flagged are poison.`
          : '.'),
    marked.of > 0 && `Of ${marked.of} flagged images that were marked, ${marked.hits} are marked poison.`,
  ].filter((sentence) => sentence !== false);
  return [
    {
      stage: 'trusted',
      class: target,
      figure: trusted.of > 0 ? shareOf(trusted) : shareOf(marked),
      threshold: trusted.of > 0 ? inside / 2 : 0.5,
      passed: after === 'poison',
      sentence: sentences.join(' ') + changed,
    },
  ];
}

const DECIDED = {
  poison: 'judged to be poison',
  innocent: 'judged to be innocent',
  unsure: 'in doubt',
} as const;

export function percent(share: number): string {
  return `${(100 * share).toFixed(Math.abs(share) < 0.1 ? 1 : 0)} %`;
}

/** What a pattern may be, if it is a change of light. */
const LIGHT = {
  surely: ` It is one and the same change of light: a trigger, or another camera or exposure, which is nobody's poison.`,
  perhaps:
    ' Chance hides whether it is one and the same change of light, as another camera or exposure makes, which is nobody’s poison.',
} as const;
