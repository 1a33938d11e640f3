import { describe, expect, test } from 'vitest';
import type { Evidence, Examination } from '../../../shared/contract/results.ts';
import { evidenceByClass, evidenceFigure, pageOf, splitReasons } from './evidence.ts';

const line = (part: Partial<Evidence>): Evidence => ({
  stage: 'ranking',
  class: 0,
  figure: 0.5,
  threshold: 0.1,
  passed: false,
  sentence: 'Turned 50 % of them into this class.',
  ...part,
});
const examination = (evidence: Evidence[], classes: number[] = []): Examination => ({
  verdict: { kind: 'uncertain', class: null, confidence: 0, estimatedAsr: null, reasons: [] },
  classes,
  poisonShare: 0,
  estimatedAsr: null,
  evidence,
});

describe('evidence of the careful method', () => {
  test('target classes come first, then those with most signs; lines keep their order', () => {
    const found = evidenceByClass(
      examination(
        [
          line({ class: 0 }),
          line({ class: 1, passed: true }),
          line({ class: 2 }),
          line({ class: 1, stage: 'check' }),
          line({ class: 2, stage: 'check' }),
        ],
        [2],
      ),
      ['a', 'b', 'c'],
    );
    expect(found.map(({ name, target, lines }) => [name, target, lines.map(({ stage }) => stage)])).toEqual([
      ['c', true, ['ranking', 'check']],
      ['b', false, ['ranking', 'check']],
      ['a', false, ['ranking']],
    ]);
  });

  test('sentences name their class, once', () => {
    const sentence = 'It turned images into this class, and 3 % of this class show it.';
    const [first] = evidenceByClass(examination([line({ sentence })]), ['stop sign']);
    expect(first!.lines[0]!.sentence).toBe('It turned images into “stop sign”, and 3 % of it show it.');
  });

  test('the rule that decided is told in words, if this version knows it', () => {
    const rules = ['labels-surely-wrong', 'of-another-version', 'constructor', undefined];
    const [found] = evidenceByClass(examination(rules.map((rule) => line({ rule }))), ['a']);
    expect(found!.lines.map(({ why }) => why)).toEqual([
      'A model that never saw these images says their labels are wrong.',
      null,
      null,
      null,
    ]);
  });

  test('of the reasons of a verdict, what the evidence on its class holds too is told apart', () => {
    const sentence = 'A model gives 2 % of these images their label, and others of this class 80 %.';
    const found = examination([
      line({ class: 1, sentence }),
      line({ class: 0, sentence: 'About another.' }),
      line({ class: 1, sentence: 'Not said.' }),
    ]);
    const figure = 'A model gives 2 % of these images their label, and others of “b” 80 %.';
    const reasons = ['Why.', 'Measured.', figure, 'About another.', 'Some may have stayed.'];
    const classes = ['a', 'b'];
    expect(splitReasons({ class: 1, reasons }, found, classes)).toEqual({
      shown: ['Why.', 'Measured.', 'About another.', 'Some may have stayed.'],
      figures: [figure],
    });
    for (const none of [
      splitReasons({ class: 1, reasons }, null, classes),
      splitReasons({ class: null, reasons }, found, classes),
    ])
      expect(none).toEqual({ shown: reasons, figures: [] });
  });

  test('figures are short, and say when they could not be told', () => {
    expect(evidenceFigure(0.52345)).toBe('0.52');
    expect(evidenceFigure(0.0123)).toBe('0.012');
    expect(evidenceFigure(null)).toBe('not told');
  });
});

test('draws a reconstructed trigger from its bytes', () => {
  const page = pageOf({ height: 1, width: 2, channels: 1, pixels: 'AP8=' });
  expect(page).toEqual({ height: 1, width: 2, channels: 1, images: Uint8Array.of(0, 255) });
});
