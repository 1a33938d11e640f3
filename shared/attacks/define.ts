import type { ImageSet, Truth } from '../contract/dataset.ts';
import { completeParameters, type ParameterValues } from './parameters.ts';
import {
  allClasses,
  checkRequest,
  chooseCovers,
  choosePoisoned,
  oneClass,
  otherClasses,
  type Eligible,
} from './selection.ts';
import type { Attack, AttackParameter, AttackRequest, Goal, TriggeredSet } from './types.ts';

export interface Shape {
  height: number;
  width: number;
  /** 1 or 3 */
  channels: number;
}

/** What is stamped: a poisoned training image, a cover example, or a triggered test image. */
export type Part = 'train' | 'cover' | 'test';

/** Puts the trigger on one image, in place. `part` and `index` name the image for triggers that differ per image. */
export type Stamp = (image: Uint8Array, part: Part, index: number) => void;

export interface AttackDefinition {
  name: string;
  title: string;
  summary: string;
  source: string;
  /** Which of the ABL paper's attacks it is or stands for; absent = none. */
  paper?: Attack['paper'];
  /** What ASR counts; absent = triggered test images of the other classes that are answered with the target class. */
  success?: string;
  cleanLabel: boolean;
  /** 'target' by default. */
  goal?: Goal;
  /** False by default. */
  needsNetwork?: boolean;
  parameters: AttackParameter[];
  /** Whose images are poisoned; by default the target class (clean-label) or, as `include-target` says, others. */
  victims?(values: ParameterValues, request: AttackRequest): Eligible;
  /** Whose test images are triggered, or which ones; by default those of the other classes. */
  tested?(values: ParameterValues, request: AttackRequest): Eligible | Int32Array;
  /** Whose images may be cover examples, for attacks with the parameter `cover` (covers per poisoned image). */
  covers?(values: ParameterValues, request: AttackRequest): Eligible;
  /** Makes the trigger for images of a set. @throws ExpectedError when it does not fit on them */
  prepare(set: ImageSet, values: ParameterValues, seed: number, request: AttackRequest): Stamp;
}

const USUAL_SUCCESS = 'Triggered test images of the other classes are answered with the target class.';

/** The option of label-changing attacks to poison images of the target class too, as the official code does. */
export function includeTarget(byDefault: boolean): AttackParameter {
  return {
    name: 'include-target',
    help: 'Choose victims from all classes, the target class too (the official code does)',
    unit: '',
    default: byDefault,
  };
}

/** How many images carry the trigger (or a part of it) under their right label, to hide what the trigger does. */
export function coverParameter(byDefault: number): AttackParameter {
  return {
    name: 'cover',
    help: 'Cover examples, which keep their label, per poisoned example',
    unit: 'examples',
    default: byDefault,
    min: 0,
    max: 20,
  };
}

/** Completes an attack with what all share: choice of victims and covers, labels, truth, the triggered test set. */
export function defineAttack(definition: AttackDefinition): Attack {
  const { name, title, summary, source, cleanLabel, goal = 'target', parameters, prepare } = definition;
  const victimsOf = (values: ParameterValues, request: AttackRequest): Eligible => {
    if (definition.victims) return definition.victims(values, request);
    if (cleanLabel) return oneClass(request.target, 'of the target class');
    return values['include-target'] === true ? allClasses : otherClasses(request.target);
  };
  const choose = (train: ImageSet, request: AttackRequest) => {
    checkRequest(request);
    const values = completeParameters(name, parameters, request.parameters);
    return choosePoisoned(train, request, victimsOf(values, request));
  };
  return {
    name,
    title,
    summary,
    source,
    paper: definition.paper ?? null,
    success: definition.success ?? USUAL_SUCCESS,
    cleanLabel,
    goal,
    needsNetwork: definition.needsNetwork === true,
    parameters,
    choose,
    poison(train: ImageSet, request: AttackRequest): { train: ImageSet; truth: Truth } {
      const values = completeParameters(name, parameters, request.parameters);
      const victims = choose(train, request);
      const covered = definition.covers?.(values, request);
      const covers = covered
        ? chooseCovers(
            train,
            Math.round((values['cover'] as number) * victims.length),
            request.seed,
            victims,
            covered,
          )
        : [];
      const stamp = prepare(train, values, request.seed, request);
      const images = train.images.slice();
      const labels = train.labels.slice();
      const poisoned = new Uint8Array(train.count);
      const size = train.height * train.width * train.channels;
      for (const i of covers) stamp(images.subarray(i * size, (i + 1) * size), 'cover', i);
      for (const i of victims) {
        stamp(images.subarray(i * size, (i + 1) * size), 'train', i);
        labels[i] = goalClass(goal, labels[i]!, request.target, request.classes);
        poisoned[i] = 1;
      }
      return { train: { ...train, images, labels }, truth: { poisoned, trueLabels: train.labels.slice() } };
    },
    trigger(test: ImageSet, request: AttackRequest): TriggeredSet {
      checkRequest(request);
      const values = completeParameters(name, parameters, request.parameters);
      const tested = definition.tested?.(values, request) ?? otherClasses(request.target);
      const stamp = prepare(test, values, request.seed, request);
      const origins =
        tested instanceof Int32Array
          ? tested
          : Int32Array.from(test.labels.keys()).filter((i) => tested.may(test.labels[i]!));
      const size = test.height * test.width * test.channels;
      const images = new Uint8Array(origins.length * size);
      origins.forEach((from, to) => {
        const image = images.subarray(to * size, (to + 1) * size);
        image.set(test.images.subarray(from * size, (from + 1) * size));
        stamp(image, 'test', from);
      });
      return { ...test, count: origins.length, images, labels: origins.map((i) => test.labels[i]!), origins };
    },
  };
}

/** The class that the attacker wants as the answer to a triggered image of a class. */
export function goalClass(goal: Goal, trueClass: number, target: number, classes: number): number {
  return goal === 'next-class' ? (trueClass + 1) % classes : target;
}
