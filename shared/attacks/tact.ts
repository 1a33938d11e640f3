import { ExpectedError } from '../contract/errors.ts';
import { patchParameters, placedPatch } from './badnets.ts';
import { coverParameter, defineAttack } from './define.ts';
import type { ParameterValues } from './parameters.ts';
import { oneClass, type Eligible } from './selection.ts';
import type { AttackRequest } from './types.ts';

/** TaCT: the patch works on images of one source class; on all others it is there too and means nothing. */
export const tact = defineAttack({
  name: 'tact',
  title: 'TaCT (one source class)',
  summary:
    'A patch turns images of one source class into the target; cover examples of the other classes carry it under their right label.',
  source: 'Tang et al. 2021, arXiv 1908.00686; patch as BadNets, larger',
  success: 'Triggered test images of the source class are answered with the target class.',
  cleanLabel: false,
  parameters: [
    {
      name: 'source-class',
      help: 'Number of the class that the trigger works on; -1 is the class after the target',
      unit: 'class number',
      default: -1,
      min: -1,
      max: 100_000,
      whole: true,
    },
    coverParameter(1),
    ...patchParameters.map((one) => (one.name === 'size' ? { ...one, default: 6 } : one)),
  ],
  victims: (values, request) => source(values, request),
  tested: (values, request) => source(values, request),
  covers(values, request) {
    const { may } = source(values, request);
    return {
      may: (label) => label !== request.target && !may(label),
      words: 'of neither the source nor the target class',
    };
  },
  prepare: (shape, parameters) => placedPatch(shape, parameters),
});

function source(values: ParameterValues, { target, classes }: AttackRequest): Eligible {
  const given = values['source-class'] as number;
  const wanted = given === -1 ? (target + 1) % classes : given;
  if (wanted >= classes || wanted === target) {
    throw new ExpectedError(
      'usage',
      `The source class of tact must be one of 0 to ${classes - 1}, and not the target ${target}; got ${given}.`,
    );
  }
  return oneClass(wanted, `of the source class ${wanted}`);
}
