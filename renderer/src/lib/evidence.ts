import { WHY } from '../../../shared/abl/careful/rules/why.ts';
import type { Evidence, Examination, TriggerPicture, Verdict } from '../../../shared/contract/results.ts';
import { withClassName } from '../../../shared/words/verdict.ts';
import type { PixelPage } from './pixels.ts';

/** One decision of the careful method, in words with the class's name. */
export interface EvidenceLine {
  stage: Evidence['stage'];
  title: string;
  sentence: string;
  figure: number | null;
  threshold: number;
  passed: boolean;
  /** Why a group of suspects was decided about as it was, behind the last line about it. */
  why: string | null;
}

/** What the careful method found out about one class. */
export interface ClassEvidence {
  class: number;
  name: string;
  /** Whether the method decided that it is a target class. */
  target: boolean;
  lines: EvidenceLine[];
}

export const EVIDENCE_TITLE: Record<Evidence['stage'], string> = {
  ranking: 'Easiest images',
  reconstruction: 'Reconstructed trigger',
  detector: 'Detector of the trigger',
  check: 'Check by another model',
  trusted: 'Trusted images and marks',
};

/** The evidence by class: target classes first, then those with most signs of poison. Lines in the order in which they were found. */
export function evidenceByClass(examination: Examination, classes: readonly string[]): ClassEvidence[] {
  const groups = new Map<number, ClassEvidence>();
  for (const { class: index, stage, figure, threshold, passed, sentence, rule } of examination.evidence) {
    const name = classes[index] ?? String(index);
    const target = examination.classes.includes(index);
    const group = groups.get(index) ?? { class: index, name, target, lines: [] };
    const title = EVIDENCE_TITLE[stage];
    group.lines.push({
      stage,
      title,
      sentence: withName(sentence, name),
      figure,
      threshold,
      passed,
      why: whyBy(rule),
    });
    groups.set(index, group);
  }
  const signs = ({ lines }: ClassEvidence) => lines.filter(({ passed }) => passed).length;
  return [...groups.values()].sort(
    (a, b) =>
      Number(b.target) - Number(a.target) ||
      signs(b) - signs(a) ||
      b.lines.length - a.lines.length ||
      a.class - b.class,
  );
}

/**
 * A verdict's reasons: those to be shown, and the figures that the evidence about its class holds as well. They are told apart by
 * the evidence alone, so that no other reason is ever hidden.
 */
export function splitReasons(
  verdict: Pick<Verdict, 'class' | 'reasons'>,
  examination: Pick<Examination, 'evidence'> | null,
  classes: readonly string[],
): { shown: string[]; figures: string[] } {
  const about = (examination?.evidence ?? []).filter((line) => line.class === verdict.class);
  const told = new Set(about.map((line) => withClassName(line.sentence, line.class, classes)));
  return {
    shown: verdict.reasons.filter((reason) => !told.has(reason)),
    figures: verdict.reasons.filter((reason) => told.has(reason)),
  };
}

/** A rule's reason in words; null where no rule decided, or one that this version does not know. */
function whyBy(rule: string | undefined): string | null {
  return rule !== undefined && Object.hasOwn(WHY, rule) ? WHY[rule as keyof typeof WHY] : null;
}

/** Evidence says "this class", and "the class" after that; the first becomes the class's name. */
function withName(sentence: string, name: string): string {
  return sentence.replace('this class', `“${name}”`).replaceAll('this class', 'it');
}

/** A figure of the evidence, or a threshold, as short as it can be read. */
export function evidenceFigure(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return 'not told';
  return value.toFixed(Math.abs(value) < 0.1 ? 3 : 2);
}

/** A picture of the evidence, or several one after another, as something that can be drawn. */
export function pageOf({
  height,
  width,
  channels,
  pixels,
}: Pick<TriggerPicture, 'height' | 'width' | 'channels' | 'pixels'>): PixelPage {
  const images = Uint8Array.from(atob(pixels), (character) => character.charCodeAt(0));
  return { height, width, channels, images };
}
