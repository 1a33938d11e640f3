import { describe, expect, it } from 'vitest';
import { decideWithRule } from '../decision.ts';
import type { CheckFigures, GroupDecision, GroupFigures } from '../figures.ts';
import { checked, checkOf, group, share } from '../fixtures/groups.ts';
import { BY_LABELS } from './by-labels.ts';
import { IN_DOUBT } from './in-doubt.ts';
import { KINDS } from './kinds.ts';
import { KNOWN } from './known.ts';
import { LOST_EFFECT } from './lost-effect.ts';
import { NOT_ASKED } from './not-asked.ts';
import { PATTERNS } from './patterns.ts';
import { UNKNOWN_CLASS } from './unknown-class.ts';
import { WHOLE_CLASS } from './whole-class.ts';
import { WHY, type RuleId } from './why.ts';
import { WRONG_LABELS } from './wrong-labels.ts';

/** The same figures with something else answered by the check. */
const answering = (figures: GroupFigures, change: Partial<CheckFigures>): GroupFigures => ({
  ...figures,
  check: { ...figures.check!, ...change },
});
const known = (trusted: [number, number], marked: [number, number], inside = 0.4) => ({
  known: { trusted: share(...trusted), inside, marked: share(...marked) },
});

/** One pattern on images like the rest, as SIG gives it, under labels that the check bears out. */
const part = { apart: 9.2, stretch: 1.28, outsiders: 0, shift: 0.1, diversity: 1 };
const sig = group({
  ...{ gain: 0.35, faintGain: 0.17, doubtful: 0, outside: 0, inside: 0.49, part },
  check: checkOf([138, 233], [70, 80], 0.08, 3, 0.3),
});
const amplified = { gain: 0.12, flipped: share(214, 1788), uniform: 0.1 };
const byPixels = group({ found: 'pixels', check: checkOf([0, 60], [70, 80], 0, 0, 0.9) });
const shared = group({ found: 'everywhere', outside: 0.1 });
/** A mark on nearly all of a class, of which hardly another image is left. */
const whole = {
  ...checked([0, 950], [3, 16], 0),
  ...{ inside: 0.95, outside: 0, doubtful: 0, falseAlarms: 0 },
};
/** What has less effect the fainter it is, and leaves some doubts. */
const overlay = { ...checked([320, 500], [50, 100], 0.13), gain: 0.88, faintGain: 0.6, doubtful: 0.14 };
const weak = { gain: 0.1, faintGain: 0.1 };
const few = group({
  ...{ found: 'content', flagged: 10, gain: 0, faintGain: 0, inside: 0.42, doubtful: 0 },
  check: checkOf([0, 10], [0, 4], 0, 0, 0.49),
});
const light = group({
  ...{ gain: 0.55, faintGain: 0.48, doubtful: 0.225, falseAlarms: 0.035 },
  check: checkOf([4, 23], [35, 91], 0.055, 0, 0.14),
});
/** A trigger that works, whose images' labels a check without them bears out half. */
const half = checked([200, 500], [100, 100]);

/** For every rule a group that it decides about. */
const EXAMPLES: Record<RuleId, [GroupDecision, GroupFigures]> = {
  'shown-elsewhere': ['innocent', group({ outside: 0.06 })],
  'hard-to-tell-apart': ['innocent', group({ ...weak, doubtful: 0.5 })],
  'not-asked': ['innocent', group({ check: null })],

  'labels-not-surely-wrong': ['innocent', answering(shared, { agreement: share(250, 500) })],
  'same-mistakes': [
    'unsure',
    answering(shared, {
      ...checkOf([0, 51], [21, 95], 0, 0, 0.2),
      ...{ mistakes: 0.89, knowsMark: true },
    }),
  ],
  'pattern-with-two-classes': ['unsure', { ...answering(byPixels, { spread: null }), foreign: part }],
  'source-with-two-classes': ['innocent', answering(byPixels, { spread: null })],
  'shared-trigger-with-wrong-labels': ['poison', shared],
  'pixels-of-all-sorts': ['poison', byPixels],
  'pixels-of-one-kind': ['innocent', answering(byPixels, { spread: 0.1 })],

  'look-of-the-class': [
    'innocent',
    {
      ...checked([155, 399], [14, 19], 0.07),
      ...{ inside: 0.88, gain: 0.68, faintGain: 0.55, doubtful: 0.167, falseAlarms: 0.018 },
    },
  ],
  'nothing-to-compare-with': ['unsure', group({ check: checkOf([0, 274], [0, 0], 0, 0, 0.08) })],
  'mark-of-the-class': ['unsure', answering(whole, { spread: 0.2 })],
  'nearly-the-class': ['innocent', { ...answering(whole, { spread: 0.2 }), ...weak }],

  'means-little': ['poison', group()],
  'pattern-means-nothing': [
    'poison',
    group({
      ...{ flagged: 80, gain: 1, faintGain: 0.18, doubtful: 0, falseAlarms: 0.007, outside: 0.0305 },
      part: { apart: 11.8, stretch: 0.68, outsiders: -0.09, shift: 0.49, diversity: 0.68 },
      check: checkOf([0, 80], [5, 40], 0, 0, 0.27),
    }),
  ],
  'foreign-and-means-nothing': [
    'poison',
    group({
      ...{ gain: 0.81, faintGain: 0.49, doubtful: 0, falseAlarms: 0.007, outside: 0.0305 },
      check: checkOf([0, 221], [6, 9], 0, 0, 0.81),
    }),
  ],
  halved: ['poison', checked([310, 500], [66, 100], 0.44)],
  'overlay-means-nothing': ['poison', overlay],
  'overlay-with-wrong-labels': [
    'poison',
    {
      ...checked([4, 44], [35, 53], 0.13),
      ...{ gain: 0.84, faintGain: 0.49, doubtful: 0.24, falseAlarms: 0.0415 },
    },
  ],

  'few-in-a-tiny-class': ['innocent', few],
  'alike-in-a-small-class': [
    'innocent',
    group({
      ...{ flagged: 63, inside: 0.69, outside: 0.01, gain: 0.92, faintGain: 0.5, doubtful: 0.18 },
      part: { apart: 2.49, stretch: 1.35, outsiders: -0.3, shift: 0.37, diversity: 1.11 },
      check: checkOf([21, 63], [6, 9], 0.04, 1, 0.06),
    }),
  ],
  'too-few-to-compare-with': ['unsure', answering(few, { control: share(3, 4) })],
  'works-in-an-unknown-class': ['unsure', checked([0, 500], [15, 100])],
  'unknown-class': ['innocent', { ...checked([0, 500], [15, 100], 0), ...weak }],

  'kind-by-content': [
    'innocent',
    group({ found: 'content', gain: 0.05, check: checkOf([50, 60], [70, 80], 0, 0, 0.05) }),
  ],
  'kind-with-doubts': ['innocent', light],
  'kind-without-trigger': [
    'innocent',
    group({
      ...{ gain: 0.195, faintGain: 0.053, doubtful: 0.084, falseAlarms: 0.041, outside: 0.01 },
      check: checkOf([27, 144], [80, 100], 0, 0, 0.05),
    }),
  ],
  'kind-with-gathered-answers': [
    'innocent',
    group({
      ...{ outside: 0.009, gain: 0.7, faintGain: 0.54, doubtful: 0.25 },
      check: checkOf([20, 37], [53, 72], 0.05, 0, 0.09),
    }),
  ],
  'vague-with-two-classes': [
    'unsure',
    group({
      ...{ gain: 0.24, faintGain: 0.19, outside: 0.0091, doubtful: 0.272, falseAlarms: 0.03 },
      check: { ...checkOf([4, 31], [59, 100], -0.09, 30, 0), spread: null },
    }),
  ],

  'mark-with-wrong-labels': [
    'poison',
    group({
      ...{ ...weak, inside: 0.17, outside: 0, doubtful: 0 },
      stamp: { pixels: 25, values: 75, unclipped: 75, images: 50, elsewhere: 0 },
      check: checkOf([4, 50], [26, 83], 0.01, 2, 0.75),
    }),
  ],
  'labels-surely-wrong': ['poison', checked([20, 500], [70, 100])],
  'partly-learnt-with-wrong-labels': [
    'poison',
    { ...checked([17, 100], [75, 100], 0.03), gain: 0.38, faintGain: 0.31, doubtful: 0.25 },
  ],
  'means-little-with-wrong-labels': [
    'poison',
    { ...checked([90, 250], [90, 100], 0.2), faintGain: 0.8, doubtful: 0.4 },
  ],
  'learnt-with-wrong-labels': ['poison', checked([75, 250], [95, 100])],

  'unseen-elsewhere-and-weakened': ['unsure', { ...checked([310, 500], [66, 100], 0.5), outside: 0 }],
  'sharp-and-halved': ['unsure', { ...checked([310, 500], [66, 100], 0.44), faintGain: 0.7 }],
  'sharp-and-traceless': [
    'unsure',
    { ...checked([108, 233], [69, 80], 0.06), gain: 0.35, faintGain: 0.17, doubtful: 0 },
  ],
  'remarkable-with-wrong-labels': ['unsure', { ...checked([100, 500], [70, 100], 0), ...weak }],
  'no-trigger-stands-out': ['innocent', { ...checked([175, 500], [70, 100], 0), ...weak }],
  'labels-half-right': ['unsure', half],
  'means-little-with-doubtful-labels': [
    'unsure',
    { ...checked([200, 500], [66, 100], 0.2), faintGain: 0.8, doubtful: 0.2 },
  ],
  'labels-right': ['innocent', checked([310, 500], [66, 100])],

  'light-or-trigger': ['unsure', { ...sig, amplified: { ...amplified, uniform: 0.97 } }],
  'pattern-works-by-them': ['poison', sig],
  'louder-pattern-works-by-them': [
    'poison',
    answering({ ...sig, gain: 0.02, faintGain: 0.02, amplified }, { residualAmplified: 0.003 }),
  ],
  'pattern-hardly-works': ['unsure', { ...sig, gain: 0.08 }],
  'pattern-works-less': ['unsure', answering(sig, { residualGain: 0.24 })],

  'marked-clean': ['innocent', { ...half, ...known([0, 0], [0, 6]) }],
  'marked-poison': ['poison', { ...half, ...known([0, 0], [6, 6]) }],
  'trusted-flagged': ['innocent', { ...half, ...known([7, 10], [0, 0]) }],
  'trusted-spared': ['poison', { ...half, ...known([0, 10], [0, 0]) }],
};

describe('a rule', () => {
  it.each(Object.entries(EXAMPLES))('%s', (rule, [decision, figures]) => {
    expect(decideWithRule(figures)).toEqual({ decision, rule });
  });

  const surely = checked([20, 500], [70, 100]);
  const { 'same-mistakes': mistakes, 'look-of-the-class': look } = EXAMPLES;
  const light97 = { part, amplified: { ...amplified, uniform: 0.97 } };

  it.each<[RuleId, GroupDecision, string, GroupFigures]>([
    [
      'labels-not-surely-wrong',
      'innocent',
      'though mistakes are the usual ones',
      answering(mistakes[1], { agreement: share(30, 51) }),
    ],
    [
      'source-with-two-classes',
      'innocent',
      'though several classes carry a trigger',
      answering(shared, { spread: null }),
    ],
    [
      'look-of-the-class',
      'innocent',
      'though there is nothing to compare with',
      answering(look[1], { control: share(0, 0), spread: 0.1 }),
    ],
    [
      'labels-surely-wrong',
      'poison',
      'with two classes, where there are no doubts',
      answering(surely, { spread: null }),
    ],
    [
      'vague-with-two-classes',
      'unsure',
      'of content, though labels are surely wrong',
      { ...answering(surely, { spread: null }), found: 'content' },
    ],
    [
      'no-trigger-stands-out',
      'innocent',
      'of labels that may be wrong, where false alarms are many',
      { ...checked([100, 500], [70, 100], 0), ...weak, doubtful: 0.2, falseAlarms: 0.07 },
    ],
    [
      'light-or-trigger',
      'unsure',
      'of what is poison otherwise, where the check cannot say that it works by its images',
      group({ ...light97, outside: 0, check: checkOf([0, 500], [7, 9], 0.01, 0, 0.9) }),
    ],
    [
      'no-trigger-stands-out',
      'innocent',
      'of a light that works on any model',
      answering({ ...sig, ...light97 }, { residualGain: 0.3 }),
    ],
    ['marked-poison', 'poison', 'against trusted images', { ...half, ...known([7, 10], [6, 6]) }],
    [
      'trusted-flagged',
      'innocent',
      'of a whole class, though one trusted image is not flagged',
      { ...half, ...known([9, 10], [0, 0], 1) },
    ],
  ])('decides before others: %s, %s %s', (rule, decision, _, figures) => {
    expect(decideWithRule(figures)).toEqual({ decision, rule });
  });

  it('stands in one list, once, and has a reason in one plain sentence', () => {
    const ids = [
      ...NOT_ASKED,
      ...BY_LABELS,
      ...WHOLE_CLASS,
      ...LOST_EFFECT,
      ...UNKNOWN_CLASS,
      ...KINDS,
      ...WRONG_LABELS,
      ...IN_DOUBT,
      ...PATTERNS,
      ...KNOWN,
    ].map(({ id }) => id);
    expect(ids.toSorted()).toEqual(Object.keys(WHY).sort());
    for (const why of Object.values(WHY))
      expect(why).toMatch(/^[A-Z][^.\n]{20,125}\.( [A-Z][^.\n]{20,80}\.)?$/);
    expect(new Set(Object.values(WHY)).size).toBe(ids.length);
  });
});

describe('trusted images and marks', () => {
  it('leave the rule that decided where they change nothing', () => {
    const spared = known([0, 50], [6, 6]);
    expect(decideWithRule({ ...group(), ...spared }).rule).toBe('means-little');
    expect(decideWithRule({ ...checked([310, 500], [66, 100]), ...known([7, 10], [0, 6]) }).rule).toBe(
      'labels-right',
    );
  });
});
