import type { ImageSet, Truth } from '../contract/dataset.ts';
import { completeParameters, type ParameterValues } from './parameters.ts';
import { checkRequest, choosePoisoned } from './selection.ts';
import type { Attack, AttackParameter, AttackRequest } from './types.ts';

export interface Shape {
  height: number;
  width: number;
  /** 1 or 3 */
  channels: number;
}

/** Puts the trigger on one image, in place. `part` and `index` name the image for triggers that differ per image. */
export type Stamp = (image: Uint8Array, part: 'train' | 'test', index: number) => void;

export interface AttackDefinition {
  name: string;
  title: string;
  summary: string;
  source: string;
  cleanLabel: boolean;
  parameters: AttackParameter[];
  /** Makes the trigger for images of a shape. @throws ExpectedError when it does not fit on them */
  prepare(shape: Shape, parameters: ParameterValues, seed: number): Stamp;
}

/** The option of label-changing attacks to poison images of the target class too, as the official code does. */
export function includeTarget(byDefault: boolean): AttackParameter {
  return {
    name: 'include-target',
    help: 'Choose victims from all classes, the target class too (the official code does)',
    unit: '',
    default: byDefault,
  };
}

/** Completes an attack with what all share: choice of victims, labels, truth, and the triggered test set. */
export function defineAttack(definition: AttackDefinition): Attack {
  const { name, title, summary, source, cleanLabel, parameters, prepare } = definition;
  return {
    name,
    title,
    summary,
    source,
    cleanLabel,
    parameters,
    poison(train: ImageSet, request: AttackRequest): { train: ImageSet; truth: Truth } {
      const values = completeParameters(name, parameters, request.parameters);
      const others = values['include-target'] === true ? 'all-classes' : 'other-classes';
      const victims = choosePoisoned(train, request, cleanLabel ? 'target-class' : others);
      const stamp = prepare(train, values, request.seed);
      const images = train.images.slice();
      const labels = train.labels.slice();
      const poisoned = new Uint8Array(train.count);
      const size = train.height * train.width * train.channels;
      for (const i of victims) {
        stamp(images.subarray(i * size, (i + 1) * size), 'train', i);
        labels[i] = request.target;
        poisoned[i] = 1;
      }
      return { train: { ...train, images, labels }, truth: { poisoned, trueLabels: train.labels.slice() } };
    },
    trigger(test: ImageSet, request: AttackRequest): ImageSet {
      checkRequest(request);
      const stamp = prepare(test, completeParameters(name, parameters, request.parameters), request.seed);
      const others = Array.from(test.labels.keys()).filter((i) => test.labels[i] !== request.target);
      const size = test.height * test.width * test.channels;
      const images = new Uint8Array(others.length * size);
      others.forEach((from, to) => {
        const image = images.subarray(to * size, (to + 1) * size);
        image.set(test.images.subarray(from * size, (from + 1) * size));
        stamp(image, 'test', from);
      });
      return {
        ...test,
        count: others.length,
        images,
        labels: Int32Array.from(others, (i) => test.labels[i]!),
      };
    },
  };
}
