import type { Pause } from '../../../shared/abl/inspection.ts';
import { commonMistakes, spreadOf } from '../../../shared/abl/careful/answers.ts';
import type { CheckFigures, Share } from '../../../shared/abl/careful/figures.ts';
import { distinctImages } from '../../../shared/abl/careful/seeds.ts';
import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import type { Images } from '../../../shared/contract/dataset.ts';
import type { Model } from '../../../shared/contract/engine.ts';
import { louderProbes } from './amplified.ts';
import type { Group } from './expansion.ts';
import { imagesOf } from './flagging.ts';
import { answersTo, flipBy, sample, shareOfAnswers, type Probes } from './probes.ts';

/** What the check model trains on, and what it is asked about. */
export interface CheckPlan {
  /** Data-set indices; images of classes that lost many occur repeatedly. */
  training: Int32Array;
  /** By group: kept images of its class that are not trained on. */
  controls: Int32Array[];
}

/**
 * All groups are left out of one training, with some kept images of their classes for comparison. The rest of
 * such a class is repeated up to the usual size of a class: a class that has become rare would lose agreement
 * for that reason alone.
 * @param all groups that the controls have none of, so that they stay the same where only some are left out
 */
export function planCheck(
  data: Images,
  examples: Int32Array,
  groups: Group[],
  seed: number,
  all = groups,
): CheckPlan {
  const left = imagesOf(groups);
  const flagged = imagesOf(all);
  const controlByClass = new Map<number, Int32Array>();
  const repeated: number[] = [];
  const usual = medianClassSize(data, examples);
  for (const { class: target } of groups) {
    if (controlByClass.has(target)) continue;
    const members = examples.filter((index) => data.labels[index] === target);
    const unflagged = members.filter((index) => !flagged.has(index));
    const count = Math.min(CAREFUL.controlMost, Math.floor(unflagged.length * CAREFUL.controlShare));
    const control = sample(unflagged, count, seed, `control ${target}`);
    controlByClass.set(target, control);
    for (const index of control) left.add(index);
    const rest = members.filter((index) => !left.has(index));
    const wanted = Math.min(members.length, usual, rest.length * CAREFUL.repeatMost);
    for (let i = rest.length; i < wanted; i++) repeated.push(rest[i % rest.length]!);
  }
  const kept = examples.filter((index) => !left.has(index));
  return {
    training: Int32Array.from([...kept, ...repeated]),
    controls: groups.map((group) => controlByClass.get(group.class)!),
  };
}

/** What a check model says of one group, and which of its images it answers with their label. */
export interface Answers {
  figures: CheckFigures;
  agreeing: Set<number>;
}

/** Asks a model that was trained by the plan about each group, and which of its images it answers with their label. */
export async function questionGroups(
  model: Model,
  { data, examples, seed }: { data: Images; examples: Int32Array; seed: number },
  probes: Probes,
  groups: Group[],
  { controls }: CheckPlan,
  pause: Pause,
): Promise<Answers[]> {
  const answers = await answersTo(model, data, probes.indices, pause);
  const isLouder = groups.some(({ amplified }) => amplified);
  const louder = isLouder ? await louderProbes({ model, data, examples, seed, pause }) : null;
  const input = { model, data, probes: { ...probes, answers }, pause };
  const others = (target: number) =>
    examples.filter((index) => data.labels[index] !== target).map((index) => data.labels[index]!);
  const result: Answers[] = [];
  for (const [i, { class: target, flagged, strong, amplified }] of groups.entries()) {
    const onFlagged = await answersTo(model, data, flagged, pause);
    const agreeing = new Set(flagged.filter((_, k) => onFlagged[k] === target));
    const distinct = distinctImages(data, coreOf(groups[i]!));
    const onControl = await answersTo(model, data, controls[i]!, pause);
    const base = probes.indices.map((_, k) => k).filter((k) => data.labels[probes.indices[k]!] !== target);
    const figures = {
      base: { hits: base.filter((k) => answers[k] === target).length, of: base.length },
      agreement: { hits: distinct.filter((index) => agreeing.has(index)).length, of: distinct.length },
      control: shareOfAnswers(onControl, target),
      residualGain: (await flipBy(input, target, strong.trigger)).gain,
      residualAmplified:
        louder && amplified
          ? (await flipBy({ ...input, probes: louder }, target, amplified.trigger)).gain
          : null,
      spread: spreadOf(onFlagged, target, others(target)),
      mistakes: commonMistakes(onFlagged, onControl, target),
    };
    result.push({ figures, agreeing });
  }
  return result;
}

/**
 * What two check models say on average. They answer the same images, so their answers do not count as those of twice
 * as many.
 */
export function averageOf(first: CheckFigures, second: CheckFigures): CheckFigures {
  const mean = (of: (figures: CheckFigures) => Share) => ({
    hits: Math.round((of(first).hits + of(second).hits) / 2),
    of: of(first).of,
  });
  return {
    base: mean(({ base }) => base),
    agreement: mean(({ agreement }) => agreement),
    control: mean(({ control }) => control),
    residualGain: (first.residualGain + second.residualGain) / 2,
    residualAmplified: meanOf(first.residualAmplified, second.residualAmplified),
    spread: meanOf(first.spread, second.spread),
    mistakes: meanOf(first.mistakes, second.mistakes),
  };
}

function meanOf(first: number | null | undefined, second: number | null | undefined): number | null {
  return typeof first === 'number' && typeof second === 'number' ? (first + second) / 2 : null;
}

/**
 * The images of a group that the detector scores higher than any image of another class, if these are enough to judge
 * by. A group that is half natural likeness still has poison at its core. Where content is asked, other classes may hold
 * covers that score as high; there the upper third will do.
 */
function coreOf({ found, flagged, scores, surely }: Group): Int32Array {
  const core = flagged.filter((_, i) => scores[i]! > surely);
  if (core.length >= CAREFUL.smallestCore) return core;
  const upper = Math.ceil(flagged.length / 3);
  if (found !== 'content' || upper < CAREFUL.smallestCore) return flagged;
  const falling = Array.from(flagged.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b);
  return Int32Array.from(falling.slice(0, upper), (i) => flagged[i]!).sort();
}

/** Of the classes that occur. */
function medianClassSize(data: Images, examples: Int32Array): number {
  const sizes = new Map<number, number>();
  for (const index of examples) sizes.set(data.labels[index]!, (sizes.get(data.labels[index]!) ?? 0) + 1);
  const rising = [...sizes.values()].sort((a, b) => a - b);
  return rising[rising.length >> 1]!;
}
