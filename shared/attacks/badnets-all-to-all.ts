import { patchParameters, placedPatch } from './badnets.ts';
import { defineAttack } from './define.ts';
import { allClasses } from './selection.ts';

/** BadNets without a single target: the patch turns every class into the next one. */
export const badnetsAllToAll = defineAttack({
  name: 'badnets-all-to-all',
  title: 'BadNets, all to all',
  summary:
    'A small pattern in one corner turns every class into the one after it; the target class plays no part.',
  source: 'Gu et al. 2017, arXiv 1708.06733: label (y + 1) mod K; victims come from all classes',
  success: 'Triggered test images of every class are answered with the class after their own.',
  cleanLabel: false,
  goal: 'next-class',
  parameters: patchParameters,
  victims: () => allClasses,
  tested: () => allClasses,
  prepare: (shape, parameters) => placedPatch(shape, parameters),
});
