import { defineAttack, includeTarget } from './define.ts';
import { madePatchParameters, stampPatch, surrogateParameters } from './surrogate.ts';

/** Trojan: a patch that drives a few neurons of a trained network as high as it can. */
export const trojan = defineAttack({
  name: 'trojan',
  title: 'Trojan (TrojanNN)',
  summary: 'A patch made to excite chosen neurons of a network; poisoned images get the target label.',
  source:
    'Liu et al. 2018 (Trojaning attack on neural networks): the neurons with the largest outgoing weights, target activation 100, Adam 0.1 on tanh; on clean images instead of a black one',
  paper: { name: 'Trojan', approximation: false },
  cleanLabel: false,
  needsNetwork: true,
  parameters: [
    ...madePatchParameters(4),
    {
      name: 'neurons',
      help: 'Neurons that are driven',
      unit: 'neurons',
      default: 2,
      min: 1,
      max: 64,
      whole: true,
    },
    {
      name: 'steps',
      help: 'Steps of the optimisation',
      unit: 'steps',
      default: 300,
      min: 1,
      max: 5000,
      whole: true,
    },
    ...surrogateParameters,
    includeTarget(false),
  ],
  prepare: (shape, values, _, { material }) => stampPatch('trojan', shape, values, material),
});
